"""What a run came to: QuickBooks' journals against what was imported, and our own books closed."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from ledger.delivery import RELEASED, DeliveryState
from ledger.entries import Side
from ledger.runs import OPEN_RUN_STATES, Delivery
from tests.faults.children import Json
from tests.faults.erp_side import ErpSide, Held
from tests.faults.life import World
from tests.faults.plan import Plan, Row
from tests.support.office import BANK_ID, REVENUE_ID

_SIDES = {Side.DEBIT: "Debit", Side.CREDIT: "Credit"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one run came to; all three are zero when it went well."""

    seed: int
    entries: int
    lost: int
    duplicated: int
    unsettled: int
    findings: tuple[str, ...] = ()
    torn: int = 0
    """How many of its tears took place."""
    seconds: float = 0

    @property
    def is_good(self) -> bool:
        """True when every entry is there exactly once and nothing is open."""
        return not (self.lost or self.duplicated or self.unsettled)


def compare(plan: Plan, journals: Iterable[Held], stored: Json) -> Verdict:
    """Judge a run.

    Args:
        plan: What had to arrive.
        journals: Everything the ERP's company holds.
        stored: What :func:`read_stored` returned.
    """
    held = list(journals)
    findings = [
        *_lost(plan.rows, held, stored),
        *_duplicated(plan.rows, held, stored),
        *_unsettled(stored),
    ]
    kinds = Counter(kind for kind, _words in findings)
    return Verdict(
        seed=plan.seed,
        entries=len(plan.rows),
        lost=kinds["lost"],
        duplicated=kinds["duplicated"],
        unsettled=kinds["unsettled"],
        findings=tuple(f"{kind}: {words}" for kind, words in findings),
    )


async def read_stored(world: World) -> Json:
    """Read our side: each live delivery, and the runs that are open."""
    database = world.open_database()
    try:
        async with database.unit(read_only=True) as unit:
            found = await unit.deliveries.in_state(world.office.company.id, list(DeliveryState))
            runs = await unit.runs.recent(world.office.organisation.id, 100)
    finally:
        await database.close()
    live = [delivery for delivery in found if delivery.state not in RELEASED]
    return {
        "deliveries": [_described(delivery) for delivery in live],
        "open": [run.requested_by for run in runs if run.state in OPEN_RUN_STATES],
        "asked": [run.requested_by for run in runs],
    }


def judge(world: World, erp: ErpSide, stored: Json) -> Verdict:
    """Judge a run by what its company holds now."""
    return compare(world.plan, erp.journals(world.office.company.external_id), stored)


Finding = tuple[str, str]


def _lost(rows: Iterable[Row], held: list[Held], stored: Json) -> list[Finding]:
    """Find transactions without their journal, and approved numbers without theirs."""
    contents = {(journal.day, journal.postings) for journal in held}
    found = [("lost", f"transaction {row}") for row in rows if _content(row) not in contents]
    there = {_written(journal) for journal in held}
    approved = (delivery["content"] for delivery in _deliveries(stored))
    return found + [("lost", f"approved entry {it}") for it in approved if it not in there]


def _duplicated(rows: Iterable[Row], held: list[Held], stored: Json) -> list[Finding]:
    """Find journals that are there twice, or that nobody approved."""
    contents = Counter((journal.day, journal.postings) for journal in held)
    numbers = Counter(journal.number for journal in held)
    wanted = {_content(row) for row in rows}
    approved = {str(delivery["content"]) for delivery in _deliveries(stored)}
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


def _unsettled(stored: Json) -> list[Finding]:
    found = [("unsettled", f"the push {name} is open") for name in _names(stored, "open")]
    if not _names(stored, "asked"):
        found.append(("unsettled", "nothing was asked for"))
    found += [
        ("unsettled", f"{delivery['content']} is {delivery['state']}")
        for delivery in _deliveries(stored)
        if delivery["state"] != DeliveryState.VERIFIED.value
    ]
    return found


def _content(row: Row) -> tuple[object, tuple[tuple[str, str, object], ...]]:
    both = ((BANK_ID, "Debit", row.amount), (REVENUE_ID, "Credit", row.amount))
    return row.day, tuple(sorted(both))


def _described(delivery: Delivery) -> dict[str, str]:
    entry = delivery.entry
    postings = sorted((p.account_id, _SIDES[p.side], p.money.amount) for p in entry.postings)
    content = f"{entry.number} {entry.entry_date} {_lines(postings)}"
    return {"content": content, "state": delivery.state.value}


def _written(journal: Held) -> str:
    return f"{journal.number} {journal.day} {_lines(journal.postings)}"


def _lines(postings: Iterable[tuple[str, str, object]]) -> str:
    return ", ".join(f"{side} {account} {amount:.2f}" for account, side, amount in postings)


def _deliveries(stored: Json) -> list[dict[str, str]]:
    found = stored["deliveries"]
    assert isinstance(found, list)
    return found


def _names(stored: Json, key: str) -> list[str]:
    found = stored[key]
    assert isinstance(found, list)
    return found
