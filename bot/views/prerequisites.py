"""The checklist of the three prerequisites, the same wherever it is shown. Pure."""

from __future__ import annotations

from bot.services.prerequisites import Prerequisites
from bot.views import kit
from bot.views.drawn import count
from ledger.entries import Role

_DONE, _OPEN = ":white_check_mark:", ":white_large_square:"


def checklist(prerequisites: Prerequisites) -> list[kit.Block]:
    """Return the three, in the order in which they must hold, with counts and remedies."""
    p = prerequisites
    return [
        kit.section(
            "\n".join(
                (
                    f"{_mark(done=p.sources_live)} *1. Sources live*: {_sources(p)}",
                    f"{_mark(done=p.accounts_mapped)} *2. Accounts mapped*: {_mapping(p)}",
                    f"{_mark(done=p.settings_configured)} *3. Settings configured*: {_settings(p)}",
                )
            )
        )
    ]


def role_name(role: Role) -> str:
    """Return a role as people read it."""
    return role.value.replace("_", " ")


def _mark(*, done: bool) -> str:
    return _DONE if done else _OPEN


def _sources(p: Prerequisites) -> str:
    if not p.sources:
        return "none yet. `/integral import`"
    if p.stale_sources:
        names = ", ".join(p.stale_sources[:3])
        more = f" and {len(p.stale_sources) - 3:,} more" if len(p.stale_sources) > 3 else ""
        return f"nothing new from {kit.escape(names)}{more} for too long. `/integral import`"
    rows = sum(source.transactions for source in p.sources)
    return f"{count(len(p.sources), 'source')}, {count(rows, 'transaction')}"


def _mapping(p: Prerequisites) -> str:
    if not p.needed and not p.everything_mapped:
        return "nothing to map before the first import"
    counts = f"{p.mapped:,} of {p.needed:,}{_dimensions(p)}"
    return counts if p.everything_mapped else f"{counts}. `/integral map`"


def _dimensions(p: Prerequisites) -> str:
    if not p.dimensions:
        return ""
    chosen = len(p.dimensions) - len(p.missing_dimensions)
    words = f", {chosen} of {count(len(p.dimensions), 'required dimension')}"
    lacking = (f"{g.dimension.name} in {g.transactions:,}" for g in p.missing_dimensions)
    names = kit.escape(", ".join(lacking))
    return f"{words} (missing: {names})" if names else words


def _settings(p: Prerequisites) -> str:
    if not p.settings_saved:
        return "never saved. `/integral settings`"
    if p.missing_roles:
        names = ", ".join(role_name(role) for role in p.missing_roles)
        return f"no account for {names}. `/integral settings`"
    return "saved"
