"""What is said when a company is connected again: what became ready meanwhile, and to push it.

Pure. Nothing is pushed before a person presses the button or a sync takes it.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.services.readiness import Ready
from bot.services.sign_in import Connected
from bot.views import kit
from bot.views.company import company_fields, mismatch
from bot.views.drawn import Drawn, count, next_step
from ledger.periods import Period, period_label

PUSH_READY = "connect_push_ready"
PUSH_LATER = "connect_push_later"


def reconnected(result: Connected) -> Drawn:
    """Return that a company is as it was, what became ready meanwhile, and whether to push it."""
    company = result.company
    blocks = [
        kit.section(
            f":white_check_mark: *{kit.escape(company.name)}* is connected again. Mapping and "
            f"settings are as they were. Nothing that is in {company.provider.label} is sent "
            "again; syncs that waited for this go on."
        ),
        company_fields(company, result.books),
    ]
    if result.currency_differs:
        blocks.append(mismatch(result))
    elif result.ready is not None:
        blocks += _became_ready(result, result.ready)
    return Drawn.of(
        f"{company.name} is connected again.",
        *blocks,
        next_step("`/integral status` shows what waits to be pushed."),
    )


def _became_ready(result: Connected, ready: Ready) -> list[kit.Block]:
    """Say what became ready meanwhile, and ask whether it shall go now."""
    company = result.company
    if ready.first_date is None or ready.last_date is None:
        return [kit.section("Nothing became ready meanwhile.")]
    dates = period_label(Period(ready.first_date, ready.last_date))
    verb = "is" if ready.entries == 1 else "are"
    text = f"*{count(ready.entries, 'entry', 'entries')} of {dates} {verb} ready.*"
    if not company.pushes_enabled:
        return [kit.section(f"{text} Pushes are paused, as before: `/integral resume`.")]
    value = kit.pack(result.organisation.id, company.id)
    return [
        kit.section(f"{text} Push now?"),
        kit.actions(
            kit.button("Push now", PUSH_READY, value, style="primary"),
            kit.button("Later", PUSH_LATER, value),
        ),
    ]


def pushing(periods: Sequence[Period]) -> Drawn:
    """Return which syncs were started."""
    dates = ", ".join(period_label(period) for period in periods)
    return Drawn.of(
        "The sync is under way.",
        kit.section(f":arrows_counterclockwise: The sync of {dates} is under way."),
        next_step("its message shows how far it is, and asks for approval where that is needed."),
    )


def pushing_later() -> Drawn:
    """Return that nothing is pushed now."""
    return Drawn.of(
        "What is ready goes with the next sync.",
        kit.section("What is ready goes with the next scheduled sync."),
        next_step("`/integral sync` pushes it whenever you like."),
    )
