"""Drift: how an entry in the ERP can leave what was approved, and what can be done about it.

Deleted, doubled, rejected or edited, each with its words. Pure; the comparison is
``ledger.verification``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum

from ledger.periods import Period, month_before, month_of

GONE = "It is no longer in the ERP."
"""The one difference of an entry that was deleted."""
REJECTED = "It was rejected in the ERP's own approval, so it is not in the ledger."
"""Said first of an entry that the ERP's approval routing turned down, before what else differs."""
_DOUBLED = "It is in the ERP {times} times: {ids}."
_DOUBLED_START = "It is in the ERP "


_NIGHTS = 28
"""Every calendar month has so many."""


class DriftKind(StrEnum):
    """What somebody did to a posted entry."""

    DELETED = "deleted"
    DOUBLED = "doubled"
    REJECTED = "rejected"
    EDITED = "edited"


TITLES = {
    DriftKind.DELETED: "Deleted in the ERP",
    DriftKind.DOUBLED: "In the ERP more than once",
    DriftKind.REJECTED: "Rejected in the ERP's own approval",
    DriftKind.EDITED: "Edited in the ERP",
}

WAYS = {
    DriftKind.DELETED: "Integral never posts an entry a second time by itself; the ERP's audit log "
    "says who deleted it. If it is to be in the books, an approver presses *Make them anew* under "
    "the answer of `/integral verify`: the next sync makes new entries of the transactions.",
    DriftKind.DOUBLED: "Delete or reverse the copies but one in the ERP; the ERP's audit log says "
    "who made them.",
    DriftKind.REJECTED: "It is in the ERP but not in its ledger, and Integral never posts an entry "
    "a second time by itself. Ask there who rejected it and why. If it is right, have it approved "
    "in the ERP after all. If not, delete it there and mend its cause here; the next "
    "`/integral verify` finds it deleted, and an approver can have its transactions made anew.",
    DriftKind.EDITED: "Put back in the ERP what was approved, or leave the change if it is right; "
    "the ERP's audit log says who made it. Integral never edits a posted entry.",
}
"""What a person can do; afterwards verification finds the entry in order."""


def doubled(erp_ids: Sequence[str]) -> str:
    """Return the one difference of an entry that is in the ERP several times."""
    return _DOUBLED.format(times=len(erp_ids), ids=", ".join(erp_ids))


def kind_of(differences: Sequence[str]) -> DriftKind:
    """Return what happened to an entry, from the differences that were found."""
    if GONE in differences:
        return DriftKind.DELETED
    if any(words.startswith(_DOUBLED_START) for words in differences):
        return DriftKind.DOUBLED
    if REJECTED in differences:
        return DriftKind.REJECTED
    return DriftKind.EDITED


def older_months(night: date, *, since: date | None, before: date) -> list[Period]:
    """Return the months before a day that are looked at again tonight, the oldest first.

    Each has one night of the first 28 of every calendar month; up to 28 months of history make one
    a night at most. The last may be a month's beginning.

    Args:
        night: The local day.
        since: The first day that has entries; none for no day at all.
        before: What is older than this day is meant.
    """
    found: list[Period] = []
    month = month_of(before - timedelta(days=1))
    while since is not None and month.last >= since:
        if (month.first.year * 12 + month.first.month) % _NIGHTS == night.day - 1:
            found.append(Period(month.first, min(month.last, before - timedelta(days=1))))
        month = month_before(month.first)
    return found[::-1]


def changed_parts(differences: Sequence[str]) -> tuple[str, ...]:
    """Name what differs without any amount, account or memo, for a channel that many read."""
    found = []
    for words in differences:
        name, colon, _ = words.partition(":")
        part = name.partition(" of ")[0].lower() if colon else "postings"
        found.append(part if part in _PARTS else "postings")
    return tuple(dict.fromkeys(found))


_PARTS = {"number", "date", "currency", "memo", "amount", "contact", "dimensions"}
