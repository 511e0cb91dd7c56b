"""What a person submitted for one dimension, checked against the books. No I/O."""

from __future__ import annotations

from collections.abc import Mapping as Table
from dataclasses import dataclass

from bot.services.dimension_rows import DimensionState
from bot.services.mappings import NO_CHOICE
from bot.services.saying import FieldRefusal
from ledger.books import Books
from ledger.dimensions import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class DimensionForm:
    """What a person submitted for one dimension."""

    key: str
    choices: Table[str, str | None]
    """Row id → value id; ``NO_CHOICE`` or none takes a choice away."""
    is_required: bool | None = None
    """Whether every posting must have it; none leaves that as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DimensionChange:
    """What of a dimension changes."""

    state: DimensionState
    places: dict[Place, str | None]
    is_required: bool | None

    @property
    def is_one(self) -> bool:
        """Say whether anything changes at all."""
        return bool(self.places) or self.is_required is not None

    @property
    def facts(self) -> tuple[dict[str, object], dict[str, object]]:
        """Return the names before and after, for the audit trail."""
        dimension, rows = self.state.dimension, {row.place: row for row in self.state.rows}
        before: dict[str, object] = {"dimension": dimension.name}
        after = dict(before)
        for place, value_id in self.places.items():
            row = rows[place]
            value = dimension.value(value_id) if value_id else None
            before[row.label] = row.chosen.name if row.chosen else None
            after[row.label] = value.name if value else value_id
        if self.is_required is not None:
            before["required"], after["required"] = not self.is_required, self.is_required
        return before, after


def checked(form: DimensionForm, state: DimensionState, books: Books) -> DimensionChange:
    """Return what changes.

    Raises:
        FieldRefusal: naming every row that cannot be taken.
    """
    rows = {row.id: row for row in state.rows}
    errors: dict[str, str] = {}
    places: dict[Place, str | None] = {}
    for id_, chosen in form.choices.items():
        value_id = chosen if chosen != NO_CHOICE else None
        row = rows.get(id_)
        if row is None:
            errors[id_] = "No transaction needs this any more; type /integral map dimensions."
            continue
        before = row.chosen.erp_id if row.chosen else None
        if value_id is not None and not books.takes_dimension(form.key, value_id):
            errors[id_] = _refused(form.key, value_id, books)
        elif value_id != before:
            places[row.place] = value_id
    if errors:
        raise FieldRefusal(errors)
    wanted = form.is_required
    is_new = wanted is not None and wanted is not state.is_required_by_people
    return DimensionChange(state=state, places=places, is_required=wanted if is_new else None)


def _refused(key: str, value_id: str, books: Books) -> str:
    dimension = books.dimension(key)
    value = dimension.value(value_id) if dimension else None
    name = value.name if value else "This value"
    state = "is inactive in the ERP" if value else "is not among the imported ones"
    return (
        f"{name} {state}: choose another or none, or make it active there and refresh with "
        "/integral accounts refresh."
    )
