"""The next step of an organisation, as a line of mrkdwn, with the period that it is about. Pure."""

from __future__ import annotations

from bot.services.overview import CompanyState, Standing
from bot.services.readiness import Ready
from bot.services.schedule_status import ScheduleStatus
from bot.views.runs import typed_period
from ledger.delivery import DeliveryState
from ledger.organisation import ConnectionState
from ledger.periods import month_of
from ledger.runs import RunState


def next_of(standing: Standing) -> str:
    """Return what a person does next, from connecting to pushing."""
    state = standing.active
    if state is None:
        if standing.unconfirmed:
            return "confirm the company in your direct messages."
        return "connect your company with `/integral connect`."
    if state.company.connection is not ConnectionState.ACTIVE:
        return "sign in again with `/integral reauthorize`."
    p = state.prerequisites
    if not p.sources_live:
        return "import the latest transactions with `/integral import`."
    if not p.accounts_mapped:
        return "map the accounts with `/integral map`."
    if not p.settings_configured:
        return "configure the journal entries with `/integral settings`."
    if not state.company.pushes_enabled:
        return f"look at `{preview(state.ready)}`, then enable pushes: `/integral resume`."
    return _after_setup(standing, state)


def _after_setup(standing: Standing, state: CompanyState) -> str:
    if any(run.state is RunState.AWAITING_APPROVAL for run in standing.open_runs):
        return "an approver decides: `/integral approvals`."
    if state.counts.get(DeliveryState.HELD):
        return "decide on the possible duplicates with `/integral duplicates`."
    if state.counts.get(DeliveryState.DIVERGED):
        return "look at the differences with `/integral verify`."
    if state.late:
        return "choose what becomes of the late transactions: `/integral approvals`."
    if state.problems:
        return state.problems[0].remedy
    if state.ready.entries:
        return f"`{sync(state.ready)}` pushes what is ready{_first_of(state.ready)}."
    return "nothing to do; new transactions come with `/integral import`."


def when_resumed(state: CompanyState, schedule: ScheduleStatus) -> str:
    """Return what a person does next once pushes are enabled."""
    if schedule.waiting or state.counts.get(DeliveryState.APPROVED):
        return "watch what goes in the finance channel."
    if not state.ready.entries:
        return "import transactions with `/integral import`."
    if schedule.upcoming is not None:
        return f"nothing, the schedule pushes it; or `{sync(state.ready)}` now."
    return f"`{sync(state.ready)}` pushes now; `/integral schedule` does it for you."


def preview(ready: Ready) -> str:
    """Return the command that shows what is ready, the earliest month first."""
    return f"/integral preview {_month(ready)}"


def sync(ready: Ready) -> str:
    """Return the command that pushes what is ready, the earliest month first."""
    return f"/integral sync {_month(ready)}"


def _month(ready: Ready) -> str:
    if not ready.periods:
        return "last-month"
    return typed_period(month_of(ready.periods[0].first))


def _first_of(ready: Ready) -> str:
    return " of the first month" if len(ready.periods) > 1 else ""
