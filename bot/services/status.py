"""Where a run stands, as data: what the progress message, the report and the card are drawn of.

Values only; ``bot.services.run_status`` reads them and ``bot.views`` draws them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bot.services.built import Built
from ledger.corrections import Summary
from ledger.delivery import IN_THE_ERP, DeliveryState
from ledger.organisation import Company, Organisation
from ledger.periods import Period
from ledger.problems import CATALOGUE, ProblemCode
from ledger.report import AccountTotal, ProblemGroup, group_problems
from ledger.runs import Batch, Delivery, Run

_EXAMPLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStatus:
    """Everything about a run that people are told."""

    organisation: Organisation
    company: Company
    run: Run
    batch: Batch | None
    counts: Mapping[DeliveryState, int]
    """The run's own deliveries by state; refused and blocked ones are in ``problems``."""
    earlier: int
    """Entries of the period that were in the ERP before this run."""
    problems: tuple[ProblemGroup, ...]
    """What formed no entry or was refused, by cause."""
    held: tuple[Delivery, ...]
    """Possible duplicates that wait for a person."""
    diverged: tuple[Delivery, ...]
    arrived: tuple[str, ...] = ()
    """ERP ids of the run's entries that the ERP has, first number first."""
    biggest: tuple[AccountTotal, ...] = ()
    """The accounts that the run moves most."""
    correction: Summary | None = None
    """What a correction's batch holds; none for a push, and before it is frozen."""
    example_url: str | None = None
    """Where a person can look at one of the run's entries in the ERP."""
    left_behind: int = 0
    """Entries of the run that are of days before its own: they became ready only now."""

    taken_back: int = 0
    """Entries that needed no decision any more, and were withdrawn before they were sent."""
    settled: Mapping[DeliveryState, int] = field(default_factory=dict)
    """Outcomes that were unknown, by where a search left each; see the port ``Deliveries``."""

    elsewhere: Mapping[DeliveryState, int] = field(default_factory=dict)
    """Of a push: entries of its period that other runs prepared and the ERP lacks, by state."""
    not_ended: int = 0
    """Transactions that a roll-up leaves, as their day goes on."""
    left_out: int = 0
    """Transactions that a person left out of the books."""
    is_closed: bool | None = None
    """Of a whole month's push that has ended: the month is closed on our side; else none."""
    kept_back: int | None = None
    """Transactions and entries that problems keep back, each once; none in older reports."""

    @property
    def blocked(self) -> int:
        """How many entries problems keep back; one with several problems counts once."""
        if self.kept_back is not None:
            return self.kept_back
        return sum(group.count for group in self.problems)

    @property
    def held_in_all(self) -> int:
        """How many of the period's entries are held as possible duplicates, by whichever run."""
        return len(self.held) + self.elsewhere.get(DeliveryState.HELD, 0)

    @property
    def needs_a_person(self) -> bool:
        """Say whether something of the period goes no further before somebody acts."""
        waits = (DeliveryState.REFUSED, DeliveryState.AWAITING_APPROVAL)
        return bool(
            self.problems or self.held_in_all or any(self.elsewhere.get(each) for each in waits)
        )

    @property
    def prepared(self) -> int:
        """How many entries were made and are on their way or arrived."""
        return sum(self.counts.values())

    @property
    def in_the_erp(self) -> int:
        """How many of the run's entries the ERP surely has."""
        return sum(count for state, count in self.counts.items() if state in IN_THE_ERP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """How a period's entries compare with the ERP's copies."""

    organisation: Organisation
    company: Company
    period: Period
    checked: int
    diverged: tuple[Delivery, ...]
    """Each with what differs, in words."""
    urls: tuple[str, ...]
    """Where to look at each diverged entry, in the same order; empty text when it has no id."""
    pending: int = 0
    """How many wait for the ERP's own approval, or for the import of their file."""
    given_up: int | None = None
    """How many deleted entries were given up just now; none when nobody asked for it."""
    too_early: int = 0
    """How many could not be given up yet, since they were found to be gone only a moment ago."""
    links: Mapping[str, str] = field(default_factory=dict)
    """Delivery id → by which numbers it is undone or replaced, or which it undoes, in words."""


def dump_problems(groups: Iterable[ProblemGroup], *, blocked: int | None = None) -> str:
    """Write what was blocked as JSON text, for the run's stored report.

    Args:
        groups: The problems by cause.
        blocked: How many transactions they block, each once; none when that is not known.
    """
    content = [
        {"code": g.code.value, "count": g.count, "subjects": list(g.subjects[:_EXAMPLES])}
        for g in groups
    ]
    report = content if blocked is None else {"blocked": blocked, "groups": content}
    return json.dumps(report, ensure_ascii=False)


def report_of(built: Built) -> str:
    """Write what a run left of what it looked at, and why, as its stored report."""
    groups = group_problems(finding.problem for finding in built.findings)
    report = json.loads(dump_problems(groups, blocked=built.blocked))
    report |= {"not_ended": len(built.not_ended), "left_out": len(built.left_out)}
    return json.dumps(report, ensure_ascii=False)


def load_problems(text: str | None) -> tuple[ProblemGroup, ...]:
    """Read what :func:`dump_problems` wrote; nothing stored is nothing blocked."""
    report = json.loads(text or "[]")
    groups = report["groups"] if isinstance(report, dict) else report
    return tuple(_group(content) for content in groups)


def load_blocked(text: str | None) -> int | None:
    """Read how many transactions are blocked, each once; none when it was not written."""
    report = json.loads(text or "[]")
    if isinstance(report, dict):
        return int(report["blocked"])
    return None if report else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """Transactions that a run left without a problem standing in their way."""

    not_ended: int = 0
    """Of a day that goes on: a roll-up takes it when it has ended."""
    left_out: int = 0
    """By a person's choice."""


def load_left(text: str | None) -> Left:
    """Read what :func:`report_of` wrote of it; nothing in reports that do not have it."""
    report = json.loads(text or "[]")
    if not isinstance(report, dict):
        return Left()
    names = ("not_ended", "left_out")
    return Left(**{name: int(report.get(name, 0)) for name in names})


def _group(content: Mapping[str, object]) -> ProblemGroup:
    code = ProblemCode(str(content["code"]))
    subjects = content["subjects"]
    return ProblemGroup(
        code=code,
        title=CATALOGUE[code].title,
        remedy=CATALOGUE[code].remedy,
        count=int(str(content["count"])),
        subjects=tuple(subjects) if isinstance(subjects, list) else (),
    )
