"""Made-up states of an organisation that is being set up, with text as hostile as it comes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from bot.services.dimension_rows import DimensionRow, DimensionState
from bot.services.dimensions import DimensionsState
from bot.services.journal_settings import SettingsState
from bot.services.mapping_rows import Group, MappingState, Row, Unmapped
from bot.services.overview import CompanyState, Standing
from bot.services.prerequisites import Prerequisites
from bot.services.readiness import Ready
from bot.services.saying import Said
from bot.services.schedule_status import ScheduleStatus
from bot.services.sign_in import Connected, Invitation, ToChoose
from bot.views.drawn import Drawn
from ledger.books import (
    Account,
    AccountClass,
    Books,
    Contact,
    ContactKind,
    Dimension,
    DimensionValue,
)
from ledger.delivery import DeliveryState
from ledger.dimensions import Level, Place
from ledger.entries import Role, SourceAccount
from ledger.organisation import Company, ConnectionState, Organisation, Provider
from ledger.periods import Period
from ledger.problems import ProblemCode
from ledger.records import ConnectRequest, ImportOutcome, Reached, Source
from ledger.report import ProblemGroup
from ledger.runs import Run, RunState, Trigger
from ledger.schedules import Cadence, Moment, Schedule, ScheduledPeriod
from ledger.settings import JournalSettings
from sandbox.slack.block_kit import check_message_blocks, check_view

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
HOSTILE = "<!channel> & <https://evil.example|ok> *b* " + "long name " * 30
ONE = Decimal(1)
NOTHING = ImportOutcome(added=0, unchanged=0, corrected=0, stale_entries=0)


def organisation(name: str = "Acme", *, channel: str | None = "C1") -> Organisation:
    return Organisation(
        id="org-1",
        team_id="T1",
        name=name,
        code="A1B2",
        base_currency="USD",
        time_zone="UTC",
        finance_channel=channel,
    )


def company(name: str = "Acme Inc", *, enabled: bool = False) -> Company:
    return Company(
        id="company-1",
        organisation_id="org-1",
        provider=Provider.QUICKBOOKS,
        external_id="9130355",
        name=name,
        functional_currency="USD",
        is_confirmed=True,
        pushes_enabled=enabled,
        go_live_date=date(2026, 10, 1),
        connection=ConnectionState.ACTIVE,
        connected_by="U1",
        connected_at=NOW,
        books_at=NOW,
    )


def to_choose(name: str) -> ToChoose:
    """An authorisation of two grants, one of them of many companies."""
    choices = tuple(
        Reached(
            grant_id="grant-1" if number else "grant-2",
            provider=Provider.XERO,
            external_id=f"tenant-{number}",
            name=f"{name} {number}",
            connection_id=None,
            team_id="T1",
            authorised_by="U1",
        )
        for number in range(130)
    )
    return ToChoose(organisation=organisation(name), provider=Provider.XERO, choices=choices)


def ready() -> Ready:
    """Entries of two months."""
    october = Period(date(2026, 10, 3), date(2026, 10, 31))
    november = Period(date(2026, 11, 1), date(2026, 11, 2))
    return Ready(
        entries=7,
        first_date=october.first,
        last_date=november.last,
        periods=(october, november),
    )


def account(number: int = 1, name: str = "Kraken") -> Account:
    return Account(
        erp_id=str(number),
        name=name,
        classification=AccountClass.ASSET,
        erp_type="Bank",
        currency="EUR" if number % 3 == 0 else None,
        is_active=number % 5 != 0,
    )


def books(accounts: int = 3, *, name: str = "Kraken") -> Books:
    return Books(
        company_name=name,
        functional_currency="USD",
        accounts=tuple(account(n, f"{name} {n}") for n in range(accounts)),
        contacts=tuple(
            Contact(erp_id=str(n), name=name, kind=kind) for kind in ContactKind for n in range(30)
        ),
    )


def invitation(name: str = "Acme") -> Invitation:
    request = ConnectRequest(
        id="request-1",
        organisation_id="org-1",
        provider=Provider.QUICKBOOKS,
        team_id="T1",
        requested_by="U1",
        channel_id="C1",
        expires_at=NOW + timedelta(minutes=15),
    )
    url = "https://integral.example.com/connect/" + "t" * 43
    return Invitation(url=url, request=request, organisation=organisation(name))


def connected(name: str = "Acme Inc", *, reconnected: bool = False) -> Connected:
    return Connected(
        organisation=organisation(name),
        company=company(name),
        books=books(name=name),
        is_reconnected=reconnected,
    )


def prerequisites(*, hold: bool = False, name: str = "Kraken") -> Prerequisites:
    source = Source(name=name, transactions=214, last_import_at=NOW, first_date=NOW, last_date=NOW)
    return Prerequisites(
        sources=(source,) * 5,
        stale_sources=() if hold else (name,) * 5,
        needed=41,
        mapped=41 if hold else 38,
        missing_roles=() if hold else (Role.GAINS, Role.LOSSES),
        settings_saved=True,
    )


def row(number: int = 0, name: str = "Kraken", *, chosen: bool = False) -> Row:
    return Row(
        id=f'["asset","{number}","ETH"]',
        source=SourceAccount.of_asset(name, f"ETH{number}"),
        label=f"ETH{number} in {name}",
        entries=214,
        chosen=account(7, name) if chosen else None,
        suggested=None if chosen else account(8, name),
    )


def unmapped(rows: int, *, name: str = "Kraken") -> Unmapped:
    return Unmapped(
        organisation=organisation(name),
        company=company(name),
        rows=tuple(row(n, name) for n in range(rows)),
        blocked=214,
    )


def dimension_state(name: str = "Class", *, rows: int = 3, number: int = 0) -> DimensionState:
    value = DimensionValue(erp_id="1", name=name)
    return DimensionState(
        dimension=Dimension(key=f"class{number}", name=name, is_required=True, values=(value,)),
        rows=tuple(
            DimensionRow(
                id=f'["wallet","{n}"]',
                place=Place(Level.WALLET, str(n)),
                label=f"Wallet {name}",
                chosen=value if n % 3 == 0 else None,
                is_refused=n % 6 == 0,
                suggested=value if n % 3 == 1 else None,
            )
            for n in range(rows)
        ),
        is_required_by_people=True,
        missing=214,
    )


def dimensions_state(name: str = "Kraken", *, count: int) -> DimensionsState:
    netsuite = replace(company(name), provider=Provider.NETSUITE, segments=(("cseg_fund", name),))
    return DimensionsState(
        organisation=organisation(name),
        company=netsuite,
        dimensions=tuple(dimension_state(name, number=n) for n in range(count)),
    )


def mapping_state(groups: int, *, rows: int = 3, name: str = "Kraken") -> MappingState:
    return MappingState(
        organisation=organisation(name),
        company=company(name),
        groups=tuple(
            Group(id=f"{n:024}", name=name, rows=tuple(row(r, name) for r in range(rows)))
            for n in range(groups)
        ),
        prerequisites=prerequisites(name=name),
    )


def settings_state(name: str = "Kraken") -> SettingsState:
    return SettingsState(
        company=company(name),
        settings=JournalSettings(base_currency="USD", time_zone="UTC"),
        is_saved=False,
        chosen={Role.GAINS: account(5, name)},
        suggested={Role.LOSSES: account(6, name)},
        go_live=date(2026, 10, 1),
    )


def company_state(
    name: str = "Acme Inc", *, hold: bool = False, enabled: bool = False, ready: int = 3
) -> CompanyState:
    day = date(2026, 10, 31)
    group = ProblemGroup(
        code=ProblemCode.ACCOUNT_NOT_MAPPED,
        title="Account not mapped",
        remedy="Choose one with `/integral unmapped`.",
        count=3,
        subjects=(name,),
    )
    return CompanyState(
        company=company(name, enabled=enabled),
        fiscal_year_start_month=4,
        prerequisites=prerequisites(hold=hold, name=name),
        ready=Ready(
            entries=ready, first_date=day if ready else None, last_date=day if ready else None
        ),
        problems=() if hold else (group,) * 20,
        counts=dict.fromkeys(DeliveryState, 1_000),
        days_left=12,
    )


def standing(name: str = "Acme", *, state: CompanyState | None = None) -> Standing:
    run = Run(
        id="run-1",
        organisation_id="org-1",
        company_id="company-1",
        first_date=date(2026, 10, 1),
        last_date=date(2026, 10, 31),
        trigger=Trigger.HAND,
        requested_by="U1",
        requested_at=NOW,
        state=RunState.AWAITING_APPROVAL,
        waiting_for=name,
    )
    return Standing(
        organisation=organisation(name, channel=None),
        at=NOW,
        sources=(),
        active=state,
        unconfirmed=(),
        past=(company(name),) * 12,
        open_runs=(run,),
        recent_runs=(run,) * 5,
        schedule=schedule(name),
    )


def schedule(name: str = "Acme", *, waiting: int = 0) -> ScheduleStatus:
    """A daily schedule at 06:00 in UTC, with so many days that are due and wait."""
    first = date(2026, 11, 1) - timedelta(days=waiting)
    days = [
        ScheduledPeriod(
            organisation_id="org-1",
            cadence=Cadence.DAILY,
            period=first + timedelta(days=n),
            moment=Moment.RUN,
            due_at=datetime.combine(first + timedelta(days=n + 1), time(6), UTC),
            recorded_at=NOW,
        )
        for n in range(waiting + 1)
    ]
    return ScheduleStatus(
        organisation=organisation(name),
        company=company(name),
        schedule=Schedule(
            organisation_id="org-1",
            cadence=Cadence.DAILY,
            at=time(6),
            next_period=days[-1].period,
            next_moment=Moment.RUN,
            set_by="U1",
            set_at=NOW,
        ),
        waiting=tuple(days[:-1]),
        upcoming=days[-1],
    )


def require_sound(drawn: Drawn | Said) -> str:
    """Check a message as Slack would, and return everything it shows."""
    blocks = json.loads(drawn.blocks) if isinstance(drawn, Said) else list(drawn.blocks)
    assert drawn.text.strip()
    check_message_blocks(blocks)
    return _tame(blocks)


def require_sound_view(view: dict[str, object]) -> str:
    """Check a modal or a home as Slack would, and return everything it shows."""
    check_view(view, surface="home" if view["type"] == "home" else "modal")
    blocks = view["blocks"]
    assert isinstance(blocks, list)
    return _tame(blocks)


def _tame(blocks: Sequence[object]) -> str:
    """Return the blocks as text, having checked that no markup came in from outside."""
    marked = [text for block in blocks for text in _mrkdwn(block)]
    assert not [text for text in marked if "<!channel>" in text or "<https://evil" in text]
    return json.dumps(blocks, ensure_ascii=False)


def _mrkdwn(node: object) -> list[str]:
    if isinstance(node, list):
        return [text for child in node for text in _mrkdwn(child)]
    if not isinstance(node, dict):
        return []
    own = [str(node["text"])] if node.get("type") == "mrkdwn" else []
    return own + [text for child in node.values() for text in _mrkdwn(child)]
