"""Views of dimensions: class, location, department, segments, tracking. Pure: data to blocks."""

from __future__ import annotations

from collections.abc import Sequence

from bot.services.dimension_rows import DimensionRow, DimensionState
from bot.services.dimensions import DimensionsState
from bot.services.mappings import NO_CHOICE
from bot.views import kit
from bot.views.drawn import Drawn, count, next_step
from ledger.books import DimensionValue
from ledger.organisation import Organisation

DIMENSION_FORM = "dimension_form"
OPEN_DIMENSION = "dimension_open"
PICK_VALUE = "dimension_value"
CHOOSE_VALUE_HERE = "unmapped_dimension"
SEGMENT_FORM = "dimension_segment_form"
VALUE_FORM = "dimension_value_form"
NAME_DIMENSION = "dimension_name"
REMOVE_SEGMENT = "dimension_segment_remove"
"""Followed by ``:KEY``, so that one message may have several."""
REQUIRED = "required"
"""Block id of the choice whether every posting must have it; its two options:"""
IS_REQUIRED, IS_OPTIONAL = "required", "optional"

ROWS_PER_FORM = 90
_MOST_IN_A_MESSAGE = 6
_MOST_REMOVERS = 20
_RULE = (
    "The most specific choice wins: an account's before a category's, that before a wallet's, "
    "that before *Everywhere else*. Every posting carries it."
)


def overview(state: DimensionsState) -> Drawn:
    """Return what the company has, what is chosen, and how to change it."""
    name = kit.escape(state.company.name)
    blocks = [kit.section(f"*Dimensions of {name}*\n{_RULE}")]
    if state.dimensions:
        lines = (f"• *{kit.escape(s.dimension.name)}*: {standing(s)}" for s in state.dimensions)
        blocks.append(kit.section("\n".join(lines)))
    blocks += pickers(state.organisation, state.dimensions)
    if state.takes_segments or state.takes_values:
        label = "Add a custom segment" if state.takes_segments else "Add a class or location"
        button = kit.button(label, NAME_DIMENSION, kit.pack(state.organisation.id))
        blocks.append(kit.actions(button, *_removers(state)))
    if state.unseen_segments:
        unseen = kit.escape(", ".join(state.unseen_segments))
        blocks.append(
            kit.context(
                f"Not seen in the last import: {unseen}. Refresh with `/integral accounts "
                "refresh`; if that changes nothing, the role does not see them, or their id is "
                "wrong: then remove them and add them anew."
            )
        )
    if not state.dimensions:
        text = f"{state.company.name} has no classes, locations or other dimensions."
        hint = (
            "add one; journal files then have a column for it."
            if state.takes_values
            else "turn them on in the ERP, then refresh with `/integral accounts refresh`."
        )
        return Drawn.of(text, *blocks, kit.section(kit.escape(text)), next_step(hint))
    return Drawn.of(f"Dimensions of {state.company.name}", *blocks, next_step(_after(state)))


def _removers(state: DimensionsState) -> list[kit.Block]:
    """Return a button for each segment that people named, those that were never seen first."""
    segments = sorted(state.company.segments, key=lambda s: s[1] not in state.unseen_segments)
    return [
        kit.button(
            f"Remove {name} ({key})",
            f"{REMOVE_SEGMENT}:{key}",
            kit.pack(state.organisation.id, key),
            confirm=kit.Confirm(
                title="Remove this segment?",
                text=f"{name} ({key}) and its defaults are forgotten here; NetSuite keeps it. "
                "A segment that entries carry stays.",
                confirm="Remove",
            ),
        )
        for key, name in segments[:_MOST_REMOVERS]
    ]


def pickers(organisation: Organisation, states: Sequence[DimensionState]) -> list[kit.Block]:
    """Return a picker that opens the form of a dimension; nothing where there is none."""
    if not states:
        return []
    options = [
        (kit.cut(f"{s.dimension.name}: {standing(s)}", kit.OPTION_LIMIT), _page(s.dimension.key, 0))
        for s in states
    ]
    picker = kit.select(OPEN_DIMENSION, options, placeholder="Choose a class, location, …")
    return [kit.actions(picker, block_id=kit.pack(organisation.id, "dimensions"))]


def standing(state: DimensionState) -> str:
    """Say in a few words what is chosen of a dimension, and what it lacks."""
    words = [count(state.chosen, "default")] if state.chosen else ["no default"]
    if state.dimension.is_required:
        words.append(f"required, missing in {state.missing:,}" if state.missing else "required")
    if state.refused:
        words.append(f"{state.refused} not accepted by the ERP")
    return ", ".join(words)


def form(organisation: Organisation, state: DimensionState, *, page: int) -> kit.View:
    """Return the form of one dimension, at most ninety choices a page."""
    key, name = state.dimension.key, kit.escape(state.dimension.name)
    rows = state.rows[page * ROWS_PER_FORM : (page + 1) * ROWS_PER_FORM]
    pages = (len(state.rows) - 1) // ROWS_PER_FORM + 1
    where = f" (page {page + 1} of {pages})" if pages > 1 else ""
    last = page + 1 >= pages
    blocks = [kit.section(f"*{name}*{where}. {_RULE}")]
    if page == 0:
        blocks.append(_required(state))
    return kit.modal(
        DIMENSION_FORM,
        "Choose defaults",
        [*blocks, *(_row_input(row) for row in rows)],
        metadata=kit.pack(organisation.id, key, "" if last else str(page + 1)),
        submit="Save" if last else "Save and go on",
        close="Cancel",
    )


def saved(state: DimensionState) -> Drawn:
    """Return that the defaults of a dimension are saved, and what it still lacks."""
    name = kit.escape(state.dimension.name)
    step = (
        "`/integral unmapped` shows what is still missing."
        if state.missing
        else "`/integral status` shows what is ready and how to push it."
    )
    return Drawn.of(
        f"{state.dimension.name} is saved.",
        kit.section(f":white_check_mark: Saved. *{name}*: {standing(state)}."),
        next_step(step),
    )


def missing(organisation: Organisation, states: Sequence[DimensionState]) -> list[kit.Block]:
    """Return what blocks entries for want of a dimension, with a picker for each in place."""
    return [
        kit.section(
            f"*{kit.escape(s.dimension.name)}* is required and missing: "
            f"{count(s.missing, 'entry', 'entries')}",
            accessory=kit.type_ahead(CHOOSE_VALUE_HERE, placeholder="Choose for all of these"),
            block_id=kit.pack(organisation.id, s.dimension.key),
        )
        for s in states[:_MOST_IN_A_MESSAGE]
    ]


def segment_form(organisation: Organisation) -> kit.View:
    """Return the form that names a custom segment."""
    where = "In NetSuite: Customization > Lists, Records, & Fields > Custom Segments."
    return kit.modal(
        SEGMENT_FORM,
        "Custom segment",
        [
            kit.section(
                "NetSuite does not list its custom segments, so name those that your journal "
                "lines carry. Their values are imported with the accounts."
            ),
            kit.field_input(
                "key",
                "Id of the segment",
                kit.text_input("key", placeholder="cseg_fund", max_length=44),
                hint=where,
            ),
            kit.field_input(
                "name", "Name", kit.text_input("name", placeholder="Fund", max_length=60)
            ),
        ],
        metadata=kit.pack(organisation.id),
        submit="Save",
        close="Cancel",
    )


def value_form(organisation: Organisation) -> kit.View:
    """Return the form that adds a value of a dimension to a company without an ERP."""
    return kit.modal(
        VALUE_FORM,
        "Class or location",
        [
            kit.section("Write it as the system does that imports the files; one value at a time."),
            kit.field_input(
                "key",
                "What it is",
                kit.text_input("key", placeholder="Class", max_length=60),
                hint="Class or Location for QuickBooks, a tracking category for Xero.",
            ),
            kit.field_input(
                "name", "Value", kit.text_input("name", placeholder="Fund I", max_length=60)
            ),
        ],
        metadata=kit.pack(organisation.id),
        submit="Save",
        close="Cancel",
    )


def segment_saved(name: str) -> Drawn:
    """Return that a segment is known, and that its values must be imported."""
    return Drawn.of(
        f"The segment {name} is saved.",
        kit.section(f":white_check_mark: The segment *{kit.escape(name)}* is saved."),
        next_step("import its values with `/integral accounts refresh`."),
    )


def segment_removed(name: str) -> Drawn:
    """Return that a segment is forgotten."""
    return Drawn.of(
        f"The segment {name} is removed.",
        kit.section(
            f":wastebasket: The segment *{kit.escape(name)}* is removed, with its defaults."
        ),
        next_step("`/integral map dimensions` shows what is left, and adds it anew."),
    )


def options(found: Sequence[DimensionValue]) -> list[tuple[str, str]]:
    """Return what a type-ahead offers."""
    return [(value.name, value.erp_id) for value in found]


def options_of_form(found: Sequence[DimensionValue], *, typed: str) -> list[tuple[str, str]]:
    """Return what a type-ahead of the form offers, after the way to take a choice away."""
    none = [] if typed else [("No value of its own", NO_CHOICE)]
    return [*none, *options(found)][:100]


def _required(state: DimensionState) -> kit.Block:
    if state.dimension.is_required and not state.is_required_by_people:
        return kit.context("The ERP asks for it on every posting.")
    chosen = IS_REQUIRED if state.is_required_by_people else IS_OPTIONAL
    return kit.field_input(
        REQUIRED,
        "Must every posting have it?",
        kit.select(
            REQUIRED,
            [("No, it may be left out", IS_OPTIONAL), ("Yes, it is required", IS_REQUIRED)],
            chosen=chosen,
        ),
        hint="If it is required, entries without it wait here instead of being refused by the ERP.",
    )


def _row_input(row: DimensionRow) -> kit.Block:
    value = row.chosen or row.suggested
    return kit.field_input(
        row.id,
        kit.cut(row.label, 150),
        kit.type_ahead(PICK_VALUE, chosen=(value.name, value.erp_id) if value else None),
        hint=_hint(row),
        optional=True,
    )


def _hint(row: DimensionRow) -> str | None:
    if row.is_refused:
        return "The ERP does not take this value (any more): choose another or none."
    if row.chosen is None and row.suggested is not None:
        return "Suggested by its name; not saved yet."
    return None


def _after(state: DimensionsState) -> str:
    if any(s.missing for s in state.dimensions):
        return "`/integral unmapped` has a picker for what is missing."
    return "choose one above to see and change its defaults."


def _page(key: str, page: int) -> str:
    return f"{key}:{page}"
