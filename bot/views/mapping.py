"""Views of ``/integral map`` and ``/integral unmapped``. Pure: data to blocks."""

from __future__ import annotations

from collections.abc import Sequence

from bot.services.dimensions import ChosenValue
from bot.services.mapping_rows import Group, MappingState, Row, Unmapped
from bot.services.mappings import NO_CHOICE, Chosen
from bot.services.prerequisites import Prerequisites
from bot.views import advice, dimensions, kit
from bot.views.drawn import Drawn, bullets, count, next_step
from bot.views.prerequisites import checklist
from ledger.account_checks import MappingWarning
from ledger.organisation import Organisation

MAPPING_FORM = "mapping_form"
OPEN_GROUP = "mapping_group"
OPEN_MAPPING = "mapping_open"
PICK_ACCOUNT = "mapping_account"
CHOOSE_HERE = "unmapped_account"

ROWS_PER_FORM = 90
_GROUPS_SHOWN = 90
_ROWS_IN_MESSAGE = 40


def overview(state: MappingState) -> Drawn:
    """Return the three prerequisites in order, and what can be mapped, by wallet."""
    done = state.prerequisites
    blocks = [kit.section(f"*{kit.escape(state.company.name)}*"), *checklist(done)]
    if not state.groups:
        return Drawn.of(
            "Nothing to map yet.",
            *blocks,
            next_step("import transactions with `/integral import`; they say what is needed."),
        )
    options = [(_group_label(group), _page_value(group.id, 0)) for group in _in_need(state.groups)]
    picker = kit.select(
        OPEN_GROUP, options[:_GROUPS_SHOWN], placeholder="Choose a wallet or the categories"
    )
    blocks.append(kit.actions(picker, block_id=kit.pack(state.organisation.id)))
    blocks += dimensions.pickers(state.organisation, state.dimensions)
    if len(options) > _GROUPS_SHOWN:
        more = len(options) - _GROUPS_SHOWN
        blocks.append(kit.context(f"… and {more:,} more, shown once these are mapped."))
    text = f"{done.mapped:,} of {done.needed:,} accounts are mapped."
    return Drawn.of(text, *blocks, next_step(_after_overview(done, where="above")))


def form(organisation: Organisation, group: Group, *, page: int) -> kit.View:
    """Return the form of one wallet or of the categories, at most ninety choices a page."""
    rows = group.rows[page * ROWS_PER_FORM : (page + 1) * ROWS_PER_FORM]
    pages = (len(group.rows) - 1) // ROWS_PER_FORM + 1
    where = f" (page {page + 1} of {pages})" if pages > 1 else ""
    intro = (
        f"*{kit.escape(group.name)}*{where}. A token goes to its own account, otherwise to its "
        "wallet's. What is marked as suggested was found by name and is saved only if you save."
    )
    last = page + 1 >= pages
    return kit.modal(
        MAPPING_FORM,
        "Map accounts",
        [kit.section(intro), *(_row_input(row) for row in rows)],
        metadata=kit.pack(organisation.id, group.id, "" if last else str(page + 1)),
        submit="Save" if last else "Save and go on",
        close="Cancel",
    )


def saved(
    organisation: Organisation, warnings: Sequence[MappingWarning], prerequisites: Prerequisites
) -> Drawn:
    """Return that choices are saved, what is odd about them, and what is left."""
    p = prerequisites
    blocks = [
        kit.section(
            f":white_check_mark: Saved. {p.mapped:,} of {p.needed:,} accounts of "
            f"*{kit.escape(organisation.name)}* are mapped."
        )
    ]
    if warnings:
        blocks.append(_warnings(warnings))
    return Drawn.of("The mapping is saved.", *blocks, next_step(_after_overview(p)))


def unmapped(state: Unmapped) -> Drawn:
    """Return what blocks entries for want of an account, with a picker for each in place."""
    organisation, rows = state.organisation, state.rows
    if not rows and not state.dimensions and not state.is_anything_needed:
        return Drawn.of(
            "Nothing to map yet.",
            kit.section("Nothing to map yet: no transaction needs an account."),
            next_step("import transactions with `/integral import`; they say what is needed."),
        )
    if not rows and not state.dimensions:
        return Drawn.of(
            "Everything is mapped.",
            kit.section(":white_check_mark: Every account and required dimension is chosen."),
            next_step(f"`{advice.preview(state.ready)}` shows what would be sent."),
        )
    title = _blocking(state)
    blocks = dimensions.missing(organisation, state.dimensions)
    if rows:
        blocks += [kit.section(f"*{title}*"), *(_picker(organisation, r) for r in _shown(rows))]
    more = len(rows) - _ROWS_IN_MESSAGE
    if more > 0:
        blocks.append(kit.context(f"… and {more:,} more, shown once these are chosen."))
    blocks.append(next_step(_after_unmapped(state)))
    return Drawn.of(title, *blocks)


def chosen(result: Chosen, *, actor: str) -> Drawn:
    """Return what remains after a choice, under a line that says what it freed and who made it."""
    freed = (
        f"{count(result.freed, 'entry is', 'entries are')} no longer blocked by it."
        if result.freed
        else "Its entries still need another account."
    )
    line = kit.section(
        f":white_check_mark: {kit.escape(result.label)} goes to "
        f"*{kit.escape(result.account.label)}* (chosen by <@{actor}>). {freed}"
    )
    warnings = [_warnings(result.warnings)] if result.warnings else []
    rest = unmapped(result.remaining)
    return Drawn.of(rest.text, line, *warnings, *rest.blocks)


def value_chosen(result: ChosenValue, *, actor: str) -> Drawn:
    """Return what remains after a dimension's value was chosen for all that lacked one."""
    name, value = kit.escape(result.dimension.name), kit.escape(result.value.name)
    line = kit.section(
        f":white_check_mark: {name} is *{value}* wherever nothing more specific is chosen (chosen "
        f"by <@{actor}>). {count(result.freed, 'entry no longer lacks', 'entries no longer lack')} "
        "it."
    )
    rest = unmapped(result.remaining)
    return Drawn.of(rest.text, line, *rest.blocks)


def _row_input(row: Row) -> kit.Block:
    account = row.chosen or row.suggested
    entries = count(row.entries, "transaction")
    return kit.field_input(
        row.id,
        kit.cut(f"{row.label} · {entries}", 150),
        kit.type_ahead(PICK_ACCOUNT, chosen=(account.label, account.erp_id) if account else None),
        hint=_hint(row),
        optional=True,
    )


def _hint(row: Row) -> str | None:
    if row.chosen is None and row.suggested is not None:
        return "Suggested by its name; not saved yet."
    if row.inherited is not None:
        return f"Goes to {row.inherited.label}, unless you choose one here."
    if row.is_open:
        return "Not mapped: its entries are blocked."
    return None


def _picker(organisation: Organisation, row: Row) -> kit.Block:
    hint = f" · suggested: {row.suggested.label}" if row.suggested else ""
    text = kit.escape(f"{row.label} · {count(row.entries, 'transaction')}{hint}")
    return kit.section(
        kit.cut(text, 500),
        accessory=kit.type_ahead(CHOOSE_HERE, placeholder="Choose an account"),
        block_id=kit.pack(organisation.id, row.id),
    )


def _shown(rows: Sequence[Row]) -> Sequence[Row]:
    return rows[:_ROWS_IN_MESSAGE]


def _after_unmapped(state: Unmapped) -> str:
    if not state.rows:
        return (
            "choose a value: its entries are ready at once. `/integral map dimensions` has one for "
            "each wallet, category or account."
        )
    return "choose an account: its entries are ready at once. `/integral map` has all."


def _blocking(state: Unmapped) -> str:
    if not state.rows:
        names = ", ".join(each.dimension.name for each in state.dimensions)
        return f"{names}: required and missing"
    accounts = count(len(state.rows), "account")
    if not state.blocked:
        return f"{accounts} not mapped yet"
    verb = "blocks" if len(state.rows) == 1 else "block"
    return f"{accounts} {verb} {count(state.blocked, 'entry', 'entries')}"


def _in_need(groups: Sequence[Group]) -> list[Group]:
    return sorted(groups, key=lambda group: group.open == 0)


def _group_label(group: Group) -> str:
    own = [row for row in group.rows if row.source is not None]
    state = f"{group.open} of {len(own)} open" if group.open else f"all {len(own)} mapped"
    return f"{kit.cut(group.name, 50)}: {state}"


def _page_value(group_id: str, page: int) -> str:
    return f"{group_id}:{page}"


def _after_overview(prerequisites: Prerequisites, *, where: str = "in `/integral map`") -> str:
    p = prerequisites
    if not p.sources_live:
        return "import the latest transactions with `/integral import`."
    if p.missing_dimensions and p.mapped == p.needed:
        return "choose the required dimensions in `/integral unmapped`."
    if p.mapped < p.needed:
        return f"choose a wallet {where}, or go through `/integral unmapped`."
    if not p.settings_configured:
        return "configure the journal entries with `/integral settings`."
    return "`/integral status` shows what is ready and how to push it."


def _warnings(warnings: Sequence[MappingWarning]) -> kit.Block:
    lines = (f"{kit.escape(w.subject)}: {kit.escape(w.message)}" for w in warnings[:10])
    return kit.section(f":warning: Allowed, but seldom meant:\n{bullets(lines)}")


def options(found: Sequence[tuple[str, str]], *, typed: str) -> list[tuple[str, str]]:
    """Return what a type-ahead offers, after the way to take a choice away."""
    none = [] if typed else [("No account of its own", NO_CHOICE)]
    return [*none, *found][:100]
