"""What a run came to: the ERP's journals against what was imported, and our own books closed.

It must not ask the product what is right: what was imported and what the ERP holds decide.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.erp.journal_file.connector import JournalFileConnector
from ledger.delivery import RELEASED, DeliveryState
from ledger.entries import PreparedEntry
from ledger.organisation import Provider
from ledger.runs import OPEN_RUN_STATES, Delivery
from sandbox.reckoning import Line
from tests.faults import rules
from tests.faults.children import Json
from tests.faults.connecting import SETTLE_S
from tests.faults.erp_side import ErpSide, Held, Place, creations
from tests.faults.life import EVERYBODY, World
from tests.faults.lives import Cuts
from tests.faults.plan import Plan, Row
from tests.faults.real_process import SETTLE_S as REAL_SETTLE_S
from tests.faults.rules import Finding

_SETTLED = {
    # A person confirms a journal file's import, which no run waits for.
    Provider.JOURNAL_FILE: (DeliveryState.PENDING_IN_ERP.value, DeliveryState.VERIFIED.value)
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one run came to; all three are zero when it went well."""

    entries: int
    lost: int
    duplicated: int
    unsettled: int
    findings: tuple[str, ...] = ()
    torn: int = 0
    """How many of its tears took place."""

    @property
    def is_good(self) -> bool:
        """True when every entry is there exactly once and nothing is open."""
        return not (self.lost or self.duplicated or self.unsettled)


def judge(
    world: World, erp: ErpSide, stored: Json, *, cuts: Cuts, besides: Sequence[Finding] = ()
) -> Verdict:
    """Judge a run by what its company holds now, by the trace it left, and what was found besides.

    A real process' slot becomes free at a moment that nobody notes.
    """
    place = world.place
    if place.provider is Provider.JOURNAL_FILE:
        held = [_read_held(row) for row in _rows(stored, "filed")]
        sent = {}
    else:
        held = erp.journals(place)
        sent = creations(place, erp.requests(place))
    given = rules.Given(
        settle_s=_settle_s(world),
        ends={} if world.plan.real else _ends(world),
        creations=sent,
        is_one_a_request=place.provider is not Provider.XERO,
    )
    found = [
        *compare(world.plan, place, held, stored),
        *rules.broken(rules.with_earlier(_rows(stored, "claims"), _earlier(world)), given),
        *besides,
    ]
    if cuts.stuck is not None:
        found.append(("unsettled", cuts.stuck))
    return tally(world.plan, found, torn=cuts.torn)


def _earlier(world: World) -> list[Json]:
    """Return the claims that there were before a backup was restored; none when none was."""
    file = world.folder / rules.EARLIER_CLAIMS
    found: list[Json] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    return found


def _settle_s(world: World) -> float:
    if world.place.provider is Provider.JOURNAL_FILE:
        return JournalFileConnector.settle_s
    return REAL_SETTLE_S if world.plan.real else SETTLE_S


def tally(plan: Plan, found: Sequence[Finding], *, torn: int = 0) -> Verdict:
    """Count the findings of a run."""
    kinds = Counter(kind for kind, _words in found)
    return Verdict(
        entries=len(plan.rows),
        lost=kinds["lost"],
        duplicated=kinds["duplicated"],
        unsettled=kinds["unsettled"],
        findings=tuple(f"{kind}: {words}" for kind, words in found),
        torn=torn,
    )


def compare(plan: Plan, place: Place, held: Sequence[Held], stored: Json) -> list[Finding]:
    """Compare what had to arrive with what the company holds and with what we stored.

    Args:
        plan: What had to arrive.
        place: The company.
        held: Everything that it holds.
        stored: What :func:`read_stored` returned.
    """
    wanted = [_content(row, place) for row in plan.rows]
    return [
        *_lost(wanted, held, stored),
        *_duplicated(wanted, held, stored),
        *_unsettled(stored, _SETTLED.get(place.provider, (DeliveryState.VERIFIED.value,))),
    ]


async def read_stored(world: World) -> Json:
    """Read our side: each live delivery, the runs that are open, the claims, what is filed."""
    database, month = world.open_database(), world.plan.asks[0][0].period
    company = world.office.company
    try:
        async with database.unit(read_only=True) as unit:
            found = await unit.deliveries.in_state(company.id, list(DeliveryState))
            runs = await unit.runs.recent(world.office.organisation.id, 100)
            filed = await unit.journal_files.between(company.id, month.first, month.last)
        claims = await rules.read_claims(database)
    finally:
        await database.close()
    live = [delivery for delivery in found if delivery.state not in RELEASED]
    return {
        "deliveries": [_described(delivery) for delivery in live],
        "open": [run.requested_by for run in runs if run.state in OPEN_RUN_STATES],
        "asked": [run.requested_by for run in runs],
        "claims": claims,
        "filed": [_as_row(each.entry) for each in filed],
    }


_Content = tuple[date, tuple[Line, ...]]


def _lost(wanted: Sequence[_Content], held: Sequence[Held], stored: Json) -> list[Finding]:
    """Find transactions without their journal, and approved numbers without theirs."""
    contents = {(journal.day, journal.postings) for journal in held}
    found = [("lost", f"transaction {content}") for content in wanted if content not in contents]
    there = {_written(journal) for journal in held}
    approved = (delivery["content"] for delivery in _rows(stored, "deliveries"))
    return found + [("lost", f"approved entry {it}") for it in approved if it not in there]


def _duplicated(wanted: Sequence[_Content], held: Sequence[Held], stored: Json) -> list[Finding]:
    """Find journals that are there twice, or that nobody approved."""
    contents = Counter((journal.day, journal.postings) for journal in held)
    numbers = Counter(journal.number for journal in held)
    approved = {delivery["content"] for delivery in _rows(stored, "deliveries")}
    found = []
    for content, count in contents.items():
        extra = count - (content in wanted)
        found += [("duplicated", f"{count} journals of {content}")] * extra
    found += [("duplicated", f"number {n}") for n, count in numbers.items() if count > 1]
    found += [
        ("duplicated", f"not approved: {journal}")
        for journal in held
        if _written(journal) not in approved
    ]
    return found


def _unsettled(stored: Json, settled: Sequence[str]) -> list[Finding]:
    found = [("unsettled", f"the push {name} is open") for name in _names(stored, "open")]
    if not _names(stored, "asked"):
        found.append(("unsettled", "nothing was asked for"))
    found += [
        ("unsettled", f"{delivery['content']} is {delivery['state']}")
        for delivery in _rows(stored, "deliveries")
        if delivery["state"] not in settled
    ]
    return found


def _content(row: Row, place: Place) -> _Content:
    cents = int(row.amount * 100)
    both: list[Line] = [(place.bank_id, "debit", cents), (place.revenue_id, "credit", cents)]
    return row.day, tuple(sorted(both))


def _described(delivery: Delivery) -> dict[str, str]:
    return {"content": _written(_held(delivery.entry)), "state": delivery.state.value}


def _held(entry: PreparedEntry) -> Held:
    lines: list[Line] = [
        (posting.account_id, posting.side.value, int(posting.money.amount * 100))
        for posting in entry.postings
    ]
    return Held(number=entry.number, day=entry.entry_date, postings=tuple(sorted(lines)))


def _written(journal: Held) -> str:
    lines = (f"{side} {account} {cents}" for account, side, cents in journal.postings)
    return f"{journal.number} {journal.day} {', '.join(lines)}"


def _as_row(entry: PreparedEntry) -> dict[str, str]:
    """Write a filed entry so that it can leave the child that read it."""
    held = _held(entry)
    postings = json.dumps(held.postings)
    return {"number": held.number, "day": held.day.isoformat(), "postings": postings}


def _read_held(row: Mapping[str, str]) -> Held:
    postings = tuple((account, side, cents) for account, side, cents in json.loads(row["postings"]))
    return Held(number=row["number"], day=date.fromisoformat(row["day"]), postings=postings)


def _ends(world: World) -> dict[str, datetime]:
    """Return when each life's slot became free first; all did when everybody's did."""
    lines = world.ends.read_text(encoding="utf-8").splitlines() if world.ends.exists() else []
    rows = [(row["name"], datetime.fromisoformat(row["at"])) for row in map(json.loads, lines)]
    everybody = [at for name, at in rows if name == EVERYBODY]
    own = {name: min(at for other, at in rows if other == name) for name, _at in rows}
    return {name: min([at, *everybody]) for name, at in own.items()}


def _rows(stored: Json, key: str) -> list[dict[str, str]]:
    found = stored[key]
    assert isinstance(found, list)
    return found


def _names(stored: Json, key: str) -> list[str]:
    found = stored[key]
    assert isinstance(found, list)
    return found
