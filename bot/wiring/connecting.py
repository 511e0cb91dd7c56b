"""Builds the use cases of connecting: links, typed credentials, arrivals, charts, connections."""

from __future__ import annotations

from bot.services.arrivals import Arrivals, ArrivalWords
from bot.services.authorizations import Authorizations, SignInWords
from bot.services.charts import Charts
from bot.services.connections import Connections, ConnectionWords
from bot.services.credentials import CredentialWords, TypedCredentials
from bot.services.pipeline import Pipeline
from bot.services.ports import Engine
from bot.services.runs import Runs
from bot.views import charts as chart_views
from bot.views import choosing
from bot.views import connect as connect_views
from bot.views import credentials as credential_views
from bot.wiring.configuration import public_url
from bot.wiring.erps import Erps
from bot.wiring.ground import Ground


def build_connections(
    ground: Ground, erps: Erps, *, engine: Engine, pipeline: Pipeline, runs: Runs
) -> Connections:
    """Build what people connect companies with."""
    storage, clock, ids = ground.database, ground.clock, ground.ids
    arrivals = Arrivals(
        storage=storage,
        clock=clock,
        ids=ids,
        engine=engine,
        connectors=erps,
        until=erps.until,
        pipeline=pipeline,
        wake=runs.wake_company,
        words=ArrivalWords(
            connected=connect_views.connected,
            choose=lambda asked: choosing.choose(asked).said(),
            failed=lambda failed: choosing.failed(failed).said(),
        ),
    )
    return Connections(
        storage=storage,
        clock=clock,
        ids=ids,
        engine=engine,
        connectors=erps,
        authorizations=_authorizations(ground, erps, arrivals),
        credentials=_credentials(ground, erps, arrivals, engine=engine),
        arrivals=arrivals,
        charts=Charts(
            storage=storage,
            clock=clock,
            ids=ids,
            engine=engine,
            connectors=erps,
            refreshed_words=chart_views.refreshed,
        ),
        words=ConnectionWords(
            confirmed=lambda result: connect_views.confirmed(result).said(),
            rejected=lambda company: connect_views.rejected(company).said(),
        ),
    )


def _authorizations(ground: Ground, erps: Erps, arrivals: Arrivals) -> Authorizations:
    return Authorizations(
        storage=ground.database,
        clock=ground.clock,
        ids=ground.ids,
        authorizers=erps.authorizers,
        arrivals=arrivals,
        words=SignInWords(
            invited=lambda invitation: connect_views.invitation(invitation).said(),
            used=lambda provider: connect_views.invitation_used(provider).said(),
        ),
        public_url=public_url(ground.settings),
    )


def _credentials(
    ground: Ground, erps: Erps, arrivals: Arrivals, *, engine: Engine
) -> TypedCredentials:
    return TypedCredentials(
        storage=ground.database,
        clock=ground.clock,
        ids=ground.ids,
        engine=engine,
        forms=erps.forms,
        arrivals=arrivals,
        words=CredentialWords(
            checking=lambda provider: credential_views.checking(provider).said(),
            accepted=lambda provider: credential_views.accepted(provider).said(),
            failed=lambda failed: choosing.failed(failed).said(),
        ),
    )
