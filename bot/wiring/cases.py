"""Builds the use cases from the ground, the outside and the process that they run in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import httpx

from bot.handlers.announce import OutboxAnnouncer
from bot.handlers.authorize import FixedToken, StoredTokens
from bot.handlers.files import SlackFiles
from bot.handlers.grants import GrantAnnouncer
from bot.handlers.slack_api import SlackApi
from bot.handlers.slack_channels import SlackChannels
from bot.metrics import Metrics
from bot.services.access import Access
from bot.services.advancing import Advancing
from bot.services.approvals import Approvals
from bot.services.corrections import Corrections
from bot.services.delivery import Delivering, Pace
from bot.services.dimensions import Dimensions
from bot.services.due_schedules import DueSchedules
from bot.services.grants import Grants
from bot.services.imports import Imports, ImportWords
from bot.services.journal_settings import JournalSettingsService
from bot.services.look_alikes import LookAlikes
from bot.services.mappings import Mappings
from bot.services.overview import Overview
from bot.services.pipeline import Pipeline
from bot.services.ports import Engine, Owners
from bot.services.preparing import Preparing
from bot.services.previews import Previews
from bot.services.runs import RunPorts, Runs
from bot.services.schedule_recording import Recording
from bot.services.schedules import Schedules
from bot.services.use_cases import UseCases
from bot.services.verification import Verification
from bot.services.watch import Watch
from bot.settings import Settings
from bot.views import grants as grant_views
from bot.views import imports as import_views
from bot.views import schedules as schedule_views
from bot.views import staleness as staleness_views
from bot.views import start as start_views
from bot.wiring.aftercare import build_aftercare
from bot.wiring.configuration import is_sandbox
from bot.wiring.connecting import build_connections
from bot.wiring.erp_parts import ErpParts
from bot.wiring.erps import Erps, build_erps
from bot.wiring.ground import Ground
from bot.wiring.journal_files import books_of, build_file_company, build_journal_files
from bot.wiring.month_end import build_month_end
from storage.slack_installations import SlackInstallations

_WITHOUT_PROXY = dict.fromkeys(("all://localhost", "all://127.0.0.1", "all://[::1]"))
"""The environment's proxies are for other machines, never for this one:
https://www.python-httpx.org/advanced/transports/#mounting-transports"""
_SANDBOX_WAIT_S = 2.0
_SANDBOX_WINDOW_S = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """The ways to Slack and to the ERPs; no connection is opened before it is used."""

    slack: SlackApi
    slack_tokens: FixedToken | StoredTokens
    http: httpx.AsyncClient
    grants: Grants
    erps: Erps
    metrics: Metrics

    async def close(self) -> None:
        """Close all connections."""
        await self.http.aclose()
        await self.slack.aclose()


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """The process that the use cases run in."""

    engine: Engine
    owners: Owners
    stopping: Callable[[], bool]


def open_outside(ground: Ground) -> Outside:
    """Build the clients of Slack and the ERPs."""
    settings = ground.settings
    metrics = Metrics()
    tokens: FixedToken | StoredTokens
    if settings.slack_bot_token is not None:
        tokens = FixedToken(settings.slack_bot_token.get_secret_value())
    else:
        tokens = StoredTokens(SlackInstallations(ground.database))
    slack = SlackApi(
        base_url=settings.slack_api_url,
        tokens=tokens,
        is_loopback=is_sandbox(settings.slack_api_url),
    )
    http = httpx.AsyncClient(mounts=_WITHOUT_PROXY)
    grants = Grants(
        storage=ground.database,
        clock=ground.clock,
        on_ended=GrantAnnouncer(clock=ground.clock),
    )
    erps = build_erps(
        ErpParts(
            settings=settings,
            http=http,
            clock=ground.clock,
            ids=ground.ids,
            grants=grants,
            observe=metrics.erp_call,
            book_of=books_of(ground),
        )
    )
    return Outside(
        slack=slack, slack_tokens=tokens, http=http, grants=grants, erps=erps, metrics=metrics
    )


def build_use_cases(ground: Ground, outside: Outside, host: Host) -> UseCases:
    """Build every use case, once."""
    storage, clock = ground.database, ground.clock
    pipeline = Pipeline(clock=clock)
    ports = RunPorts(
        storage=storage,
        clock=clock,
        ids=ground.ids,
        engine=host.engine,
        connectors=outside.erps,
        announcer=OutboxAnnouncer(clock=clock),
    )
    preparing = Preparing(storage=storage, clock=clock, ids=ground.ids, pipeline=pipeline)
    delivering = Delivering(
        storage=storage, clock=clock, owners=host.owners, pace=_pace(ground.settings)
    )
    runs = Runs(ports)
    recording = _recording(ports)
    connections = build_connections(
        ground, outside.erps, engine=host.engine, pipeline=pipeline, runs=runs
    )
    return UseCases(
        access=_access(ground, outside, host),
        connections=connections,
        file_company=build_file_company(ground, outside.slack, ports, connections),
        watch=_watch(ground, outside, host),
        imports=_imports(ground, outside, host),
        settings=JournalSettingsService(storage=storage, clock=clock),
        mappings=Mappings(storage=storage, clock=clock, pipeline=pipeline),
        dimensions=Dimensions(storage=storage, clock=clock, pipeline=pipeline),
        overview=Overview(storage=storage, clock=clock, pipeline=pipeline),
        previews=Previews(storage=storage, pipeline=pipeline),
        runs=runs,
        schedules=Schedules(storage=storage, clock=clock, recording=recording),
        due_schedules=_due_schedules(ports, runs, recording),
        advancing=_advancing(ports, host, preparing, delivering),
        approvals=_approvals(ports, preparing, runs),
        look_alikes=LookAlikes(ports, runs=runs),
        corrections=_corrections(ports, runs, pipeline),
        verification=Verification(ports, delivering=delivering),
        aftercare=build_aftercare(
            ground, outside.slack, ports, pipeline=pipeline, delivering=delivering
        ),
        journal_files=build_journal_files(ground, outside.slack, ports, delivering),
        month_end=build_month_end(
            ground, outside.slack, ports, pipeline=pipeline, preparing=preparing
        ),
        storage=storage,
        clock=clock,
    )


def _advancing(
    ports: RunPorts, host: Host, preparing: Preparing, delivering: Delivering
) -> Advancing:
    return Advancing(ports, preparing=preparing, delivering=delivering, stopping=host.stopping)


def _recording(ports: RunPorts) -> Recording:
    return Recording(
        clock=ports.clock, overtaken_words=lambda late: schedule_views.overtaken(late).said()
    )


def _due_schedules(ports: RunPorts, runs: Runs, recording: Recording) -> DueSchedules:
    return DueSchedules(
        storage=ports.storage,
        clock=ports.clock,
        engine=ports.engine,
        runs=runs,
        recording=recording,
    )


def _approvals(ports: RunPorts, preparing: Preparing, runs: Runs) -> Approvals:
    return Approvals(
        storage=ports.storage,
        clock=ports.clock,
        preparing=preparing,
        runs=runs,
        announcer=ports.announcer,
    )


def _corrections(ports: RunPorts, runs: Runs, pipeline: Pipeline) -> Corrections:
    return Corrections.over(ports, runs=runs, pipeline=pipeline, stale_words=staleness_views.told)


def _access(ground: Ground, outside: Outside, host: Host) -> Access:
    return Access(
        storage=ground.database,
        clock=ground.clock,
        ids=ground.ids,
        engine=host.engine,
        channels=SlackChannels(outside.slack),
        channel_words=start_views.channel_chosen,
    )


def _watch(ground: Ground, outside: Outside, host: Host) -> Watch:
    return Watch(
        storage=ground.database,
        clock=ground.clock,
        engine=host.engine,
        connectors=outside.erps,
        grants=outside.grants,
        expiring_words=grant_views.expiring,
    )


def _imports(ground: Ground, outside: Outside, host: Host) -> Imports:
    return Imports(
        storage=ground.database,
        clock=ground.clock,
        ids=ground.ids,
        engine=host.engine,
        files=SlackFiles(outside.slack, files_url=ground.settings.slack_files_url),
        words=ImportWords(channel=import_views.announced, person=import_views.finished),
    )


def _pace(settings: Settings) -> Pace:
    """Return how delivery takes its time; only sandboxes whose settling is shortened hurry.

    Every ERP that is set up must be one; NetSuite needs no keys, so its address tells.
    """
    usual, s = Pace(), settings
    erps = [
        (s.quickbooks_client_id, s.quickbooks_api_address, s.quickbooks_settle_s),
        (s.xero_client_id, s.xero_api_url, s.xero_settle_s),
        (s.netsuite_api_url, s.netsuite_api_url, s.netsuite_settle_s),
    ]
    waits = [
        settle_s if is_sandbox(address) else usual.send_window_s
        for is_set_up, address, settle_s in erps
        if is_set_up
    ]
    longest = max(waits, default=usual.send_window_s)
    if longest >= usual.send_window_s:
        return usual
    # Never shorter than sending one claim takes at the ERPs' pace.
    return Pace(send_window_s=max(longest, _SANDBOX_WINDOW_S), default_wait_s=_SANDBOX_WAIT_S)
