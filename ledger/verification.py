"""Verification: is what the ERP holds what was approved, posting by posting.

Seventh stage of the line. Also the rule for look-alikes: entries that somebody may have made by
hand from the same facts. Pure comparison; who asks the ERP, and when, is decided elsewhere.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from ledger.entries import PreparedEntry, PreparedPosting, Side
from ledger.money import Money, total
from ledger.numbers import find_number


class HeldPosting(Protocol):
    """One debit or credit as the ERP holds it."""

    @property
    def account_id(self) -> str:
        """The ERP's id of the account."""
        ...

    @property
    def side(self) -> Side:
        """Debit or credit."""
        ...

    @property
    def money(self) -> Money:
        """The amount, above zero."""
        ...

    @property
    def memo(self) -> str:
        """The posting's own memo."""
        ...

    @property
    def contact_id(self) -> str | None:
        """The ERP's id of the customer or vendor, if there is one."""
        ...

    @property
    def dimensions(self) -> tuple[tuple[str, str], ...]:
        """Pairs of dimension key and value id."""
        ...


class HeldEntry(Protocol):
    """An entry as the ERP holds it; the connectors' ``FoundEntry`` is one."""

    @property
    def number(self) -> str | None:
        """Our journal number, none for an entry that is not ours."""
        ...

    @property
    def entry_date(self) -> date:
        """The date it counts for."""
        ...

    @property
    def currency(self) -> str:
        """The currency of the amounts."""
        ...

    @property
    def memo(self) -> str:
        """The memo, with or without our number in front."""
        ...

    @property
    def postings(self) -> Sequence[HeldPosting]:
        """All debits and credits."""
        ...


def differences(entry: PreparedEntry, held: HeldEntry, *, erp: str = "the ERP") -> list[str]:
    """Compare what was approved with what the ERP holds; an empty list means verified.

    The order of postings does not matter, nor does our number in front of a memo, which some
    ERPs keep there; everything else does.

    Args:
        entry: What was approved and sent.
        held: What was read back.
        erp: The ERP's name, for the sentences.
    """
    pairs = (
        ("Number", entry.number, held.number or "none"),
        ("Date", entry.entry_date.isoformat(), held.entry_date.isoformat()),
        ("Currency", entry.currency, held.currency),
        ("Memo", _quoted(entry.memo), _quoted(held.memo)),
    )
    heads = [_differs(name, ours, theirs, erp) for name, ours, theirs in pairs if ours != theirs]
    return heads + list(_posting_differences(entry, held, erp))


def look_alike(entry: PreparedEntry, held: HeldEntry) -> bool:
    """Say whether an entry that is not ours may be the same thing, entered by hand.

    Same date and total, and the same memo (our number aside) or the same accounts.
    """
    if held.entry_date != entry.entry_date or held.currency != entry.currency:
        return False
    debits = [p.money for p in held.postings if p.side is Side.DEBIT]
    if any(m.currency != entry.currency for m in debits):
        return False
    if total(debits, entry.currency) != entry.total:
        return False
    ours = {p.account_id for p in entry.postings}
    has_same_accounts = ours == {p.account_id for p in held.postings}
    memo = plain_memo(entry.memo).casefold()
    return has_same_accounts or (bool(memo) and memo == plain_memo(held.memo).casefold())


def plain_memo(memo: str) -> str:
    """Return a memo without the number in front of it, and with single spaces."""
    number = find_number(memo)
    if number is not None:
        memo = re.sub(rf"^\s*\[?{re.escape(number)}\]?", "", memo)
    return " ".join(memo.split())


@dataclass(frozen=True, slots=True)
class _Line:
    """A posting reduced to what is compared."""

    account_id: str
    side: Side
    money: Money
    memo: str
    contact_id: str | None
    dimensions: tuple[tuple[str, str], ...]


_Names = dict[str | tuple[str, str], str]


def _posting_differences(entry: PreparedEntry, held: HeldEntry, erp: str) -> Iterator[str]:
    """Pair equal postings, then those of equal amount, then those of equal account and side."""
    labels = {p.account_id: p.account_label for p in entry.postings}
    names = _dimension_names(entry)
    ours = Counter(_line(p) for p in entry.postings)
    theirs = Counter(_line(p) for p in held.postings)
    missing, strange = list((ours - theirs).elements()), list((theirs - ours).elements())
    for is_same in (_is_same_amount, _is_same_place):
        for line in list(missing):
            partner = next((other for other in strange if is_same(line, other)), None)
            if partner is not None:
                missing.remove(line)
                strange.remove(partner)
                place = f"{line.side.value} on {labels[line.account_id]}"
                yield from _line_differences(line, partner, place=place, names=names, erp=erp)
    for line in missing:
        yield f"{_words(line, labels)} was approved and is missing in {erp}"
    for line in strange:
        yield f"{_words(line, labels)} is in {erp} and was not approved"


def _line_differences(
    ours: _Line, theirs: _Line, *, place: str, names: _Names, erp: str
) -> Iterator[str]:
    pairs = (
        ("Amount", _amount(ours), _amount(theirs)),
        ("Memo", _quoted(ours.memo), _quoted(theirs.memo)),
        ("Contact", ours.contact_id or "none", theirs.contact_id or "none"),
        ("Dimensions", _dimensions(ours, names), _dimensions(theirs, names)),
    )
    for name, mine, other in pairs:
        if mine != other:
            yield _differs(f"{name} of {place}", mine, other, erp)


def _line(posting: PreparedPosting | HeldPosting) -> _Line:
    return _Line(
        posting.account_id,
        posting.side,
        posting.money,
        plain_memo(posting.memo),
        posting.contact_id,
        tuple(sorted(posting.dimensions)),
    )


def _is_same_amount(one: _Line, other: _Line) -> bool:
    return _is_same_place(one, other) and one.money == other.money


def _is_same_place(one: _Line, other: _Line) -> bool:
    return (one.account_id, one.side) == (other.account_id, other.side)


def _words(line: _Line, labels: dict[str, str]) -> str:
    label = labels.get(line.account_id, f"account {line.account_id}")
    return f"{line.side.value.capitalize()} of {_amount(line)} on {label}"


def _differs(what: str, ours: str, theirs: str, erp: str) -> str:
    return f"{what}: approved {ours}, {erp} has {theirs}"


def _amount(line: _Line) -> str:
    return f"{line.money}"


def _dimension_names(entry: PreparedEntry) -> _Names:
    """Return key → dimension's name, and (key, value id) → value's name, as they were prepared."""
    names: _Names = {}
    for posting in entry.postings:
        labels = posting.dimension_labels or posting.dimensions
        for (key, value_id), (name, value) in zip(posting.dimensions, labels, strict=True):
            names[key], names[key, value_id] = name, value
    return names


def _dimensions(line: _Line, names: _Names) -> str:
    words = (f"{names.get(key, key)} {names.get((key, v), v)}" for key, v in line.dimensions)
    return ", ".join(words) or "none"


def _quoted(memo: str) -> str:
    return f"“{plain_memo(memo)}”"
