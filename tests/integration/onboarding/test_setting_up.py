"""Importing, mapping and settings: what is missing is named, what is chosen is checked and kept."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest

from bot.services.errors import Refusal
from bot.services.imports import FileKind, Imported
from bot.services.journal_settings import SettingsForm
from bot.services.mapping_rows import CATEGORIES
from bot.services.mappings import NO_CHOICE
from bot.services.saying import FieldRefusal
from ledger.entries import Role
from ledger.mapping import key_of_category, key_of_token, key_of_wallet
from ledger.organisation import Organisation
from tests.integration.onboarding.desk import OWNER, ROLES, Desk
from tests.integration.onboarding.test_connecting import confirm, sign_in

HEADER = (
    "id,timestamp,type,from_account,to_account,sent_asset,sent_quantity,received_asset,"
    "received_quantity,fee_asset,fee_quantity,value,category"
)
ROWS = (
    "t1,2026-11-01T10:00:00Z,deposit,,Bank,,,USD,1000,,,,Payroll",
    "t2,2026-11-01T11:00:00Z,deposit,,Bank,,,USD,50,,,,Payroll",
    "t3,2026-11-01T12:00:00Z,deposit,,Ops|Wallet,,,ETH,2,,,4000,Payroll",
)


async def test_rows_that_are_fine_go_in_and_the_others_are_listed(desk: Desk) -> None:
    organisation = await desk.start()
    bad = "t4,yesterday,deposit,,Bank,,,USD,5,,,,Payroll"
    imported = await import_rows(desk, organisation, *ROWS, bad)
    assert (imported.outcome.added, imported.rejected) == (3, 1)
    assert dict(imported.problems[0].facts)["field"] == "timestamp"
    again = await import_rows(desk, organisation, *ROWS)
    assert (again.outcome.added, again.outcome.unchanged) == (0, 3)


async def test_wrong_columns_refuse_the_whole_file(desk: Desk) -> None:
    organisation = await desk.start()
    data = b"when,what\n2026-11-01,buy\n"
    imported = await desk.imports.import_file(organisation, data, source="Kraken", actor=OWNER)
    assert imported.problems
    assert not imported.changed
    assert await desk.imports.sources(organisation) == []


async def test_only_an_import_that_changed_something_shapes(desk: Desk) -> None:
    organisation = await desk.start()
    await import_rows(desk, organisation, *ROWS)
    desk.clock.advance(seconds=1)
    await import_rows(desk, organisation, *ROWS)
    shaping = [s for action, s in await desk.actions(organisation) if action.startswith("import")]
    assert shaping == [True, False]
    async with desk.database.unit(read_only=True) as unit:
        stored = await unit.organisations.get(organisation.id)
    assert stored is not None
    assert stored.shape_version == 1


async def test_a_file_from_slack_is_imported_once_and_its_giver_is_told(desk: Desk) -> None:
    organisation = await desk.start()
    desk.slack.files["F1"] = "\n".join((HEADER, *ROWS, "t9,no,buy,,,,,,,,,,")).encode()
    upload = desk.imports.new_upload(
        organisation, user_id=OWNER, source="Bank", kind=FileKind.TRANSACTIONS
    )
    await desk.imports.ask(
        organisation, replace(upload, slack_file_id="F1", filename="november.csv")
    )
    await desk.work()
    await desk.imports.run(upload.id)
    said = (await desk.said())[f"import:{upload.id}"]
    assert "3 added" in said
    assert "timestamp" in said


async def test_a_file_that_slack_no_longer_has_is_said_to_be_gone(desk: Desk) -> None:
    organisation = await desk.start()
    upload = desk.imports.new_upload(
        organisation, user_id=OWNER, source="Bank", kind=FileKind.TRANSACTIONS
    )
    await desk.imports.ask(organisation, replace(upload, slack_file_id="F9", filename="x.csv"))
    await desk.work()
    assert "no longer in Slack" in (await desk.said())[f"import:{upload.id}"]


async def test_opening_lots_are_kept_apart_from_transactions(desk: Desk) -> None:
    organisation = await desk.start()
    data = b"account,asset,quantity,cost,acquired_at\nKraken,ETH,2,3000.00,2026-01-01\n"
    imported = await desk.imports.import_file(
        organisation, data, source="Kraken", kind=FileKind.OPENING_LOTS, actor=OWNER
    )
    assert imported.outcome.added == 1
    async with desk.database.unit(read_only=True) as unit:
        (lot,) = await unit.transactions.opening_lots(organisation.id)
    assert lot.asset == "ETH"


async def test_mapping_needs_a_company_first(desk: Desk) -> None:
    organisation = await desk.start()
    with pytest.raises(Refusal, match="No company"):
        await desk.mappings.state(organisation)


async def test_what_is_unmapped_is_counted_with_what_it_blocks(desk: Desk) -> None:
    organisation = await connected(desk)
    await import_rows(desk, organisation, *ROWS)
    unmapped = await desk.mappings.unmapped(organisation)
    assert {row.label: row.entries for row in unmapped.rows} == {
        "category Payroll": 3,
        "USD in Bank": 2,
        "ETH in Ops|Wallet": 1,
    }
    assert unmapped.blocked == 3
    suggested = {row.label: row.suggested for row in unmapped.rows}
    payroll = suggested["category Payroll"]
    assert payroll is not None
    assert payroll.name == "Payroll"


async def test_a_choice_in_place_frees_just_its_entries(desk: Desk) -> None:
    organisation = await connected(desk)
    await import_rows(desk, organisation, *ROWS)
    await desk.mappings.save(organisation, {key_of_category("Payroll"): "7"}, actor=OWNER)
    chosen = await desk.mappings.choose(
        organisation, key_of_token("Bank", "USD"), "10", actor=OWNER
    )
    assert (chosen.freed, chosen.remaining.blocked) == (2, 1)
    assert [row.label for row in chosen.remaining.rows] == ["ETH in Ops|Wallet"]


@pytest.mark.parametrize(
    ("account_id", "why"),
    [("8", "inactive"), ("9", "currency"), ("99", "no longer knows")],
)
async def test_an_account_that_takes_no_entries_is_refused(
    desk: Desk, account_id: str, why: str
) -> None:
    organisation = await connected(desk)
    await import_rows(desk, organisation, *ROWS)
    row = key_of_token("Bank", "USD")
    with pytest.raises(FieldRefusal, match=why) as refused:
        await desk.mappings.save(organisation, {row: account_id}, actor=OWNER)
    assert set(refused.value.errors) == {row}


async def test_a_token_without_its_own_account_goes_back_to_its_wallet_s(desk: Desk) -> None:
    organisation = await connected(desk)
    await import_rows(desk, organisation, *ROWS)
    token, wallet = key_of_token("Bank", "USD"), key_of_wallet("Bank")
    await desk.mappings.save(organisation, {token: "1", wallet: "10"}, actor=OWNER)
    await desk.mappings.save(organisation, {token: NO_CHOICE}, actor=OWNER)
    state = await desk.mappings.state(organisation)
    (row,) = [r for g in state.groups for r in g.rows if r.label == "USD in Bank"]
    assert row.chosen is None
    assert row.inherited is not None
    assert row.inherited.erp_id == "10"


async def test_nobody_maps_what_no_transaction_needs(desk: Desk) -> None:
    organisation = await connected(desk)
    with pytest.raises(FieldRefusal, match="No transaction needs"):
        await desk.mappings.save(organisation, {key_of_wallet("Else"): "1"}, actor=OWNER)


async def test_saving_the_same_choice_again_shapes_nothing(desk: Desk) -> None:
    organisation = await connected(desk)
    await import_rows(desk, organisation, *ROWS)
    for _ in range(2):
        await desk.mappings.save(organisation, {key_of_wallet("Bank"): "10"}, actor=OWNER)
    actions = [action for action, _ in await desk.actions(organisation)]
    assert actions.count("mapping.saved") == 1


async def test_groups_are_wallets_and_then_categories(desk: Desk) -> None:
    organisation = await connected(desk)
    await import_rows(desk, organisation, *ROWS)
    state = await desk.mappings.state(organisation)
    assert [group.name for group in state.groups] == ["Bank", "Ops|Wallet", "Categories"]
    assert state.groups[-1].id == CATEGORIES


async def test_settings_suggest_by_name_and_save_only_what_is_submitted(desk: Desk) -> None:
    organisation = await connected(desk)
    state = await desk.settings.state(organisation)
    assert not state.is_saved
    assert {role.value: a.erp_id for role, a in state.suggested.items()} == ROLES
    assert not state.chosen
    await save_settings(desk, organisation)
    state = await desk.settings.state(organisation)
    assert state.is_saved
    assert {role.value: a.erp_id for role, a in state.chosen.items()} == ROLES


@pytest.mark.parametrize(
    ("field", "values", "roles"),
    [
        ("memo", {"memo": "{note}"}, ROLES),
        ("custom_date", {"entry_date": "transaction", "custom_date": "2026-10-31"}, ROLES),
        ("gains", {}, {k: v for k, v in ROLES.items() if k != "gains"}),
        ("proceeds", {}, ROLES | {"proceeds": "9"}),
        ("rollup", {"rollup": "weekly"}, ROLES),
    ],
)
async def test_a_setting_that_cannot_be_is_refused_at_its_field(
    desk: Desk, field: str, values: Mapping[str, str], roles: Mapping[str, str]
) -> None:
    organisation = await connected(desk)
    form = SettingsForm(values=values, roles={Role(k): v for k, v in roles.items()})
    with pytest.raises(FieldRefusal) as refused:
        await desk.settings.save(organisation, form, actor=OWNER)
    assert set(refused.value.errors) == {field}
    assert not (await desk.settings.state(organisation)).is_saved


async def test_a_wrong_first_day_is_corrected_with_the_settings(desk: Desk) -> None:
    organisation = await connected(desk)
    roles = {Role(k): v for k, v in ROLES.items()}
    first = date(2026, 9, 1)
    await desk.settings.save(
        organisation, SettingsForm(values={}, roles=roles, go_live=first), actor=OWNER
    )
    state = await desk.settings.state(organisation)
    assert (state.go_live, state.company.go_live_date) == (first, first)
    slip = SettingsForm(values={}, roles=roles, go_live=date(2030, 9, 1))
    with pytest.raises(FieldRefusal, match="more than a year ahead"):
        await desk.settings.save(organisation, slip, actor=OWNER)


async def test_pushes_are_enabled_only_when_the_three_prerequisites_hold(desk: Desk) -> None:
    organisation = await connected(desk)
    with pytest.raises(Refusal, match="not every source is live"):
        await desk.overview.resume(organisation, actor=OWNER)
    await import_rows(desk, organisation, *ROWS)
    with pytest.raises(Refusal, match="0 of 3 accounts"):
        await desk.overview.resume(organisation, actor=OWNER)
    await map_all(desk, organisation)
    with pytest.raises(Refusal, match="settings are not configured"):
        await desk.overview.resume(organisation, actor=OWNER)
    await save_settings(desk, organisation)
    state = await desk.overview.resume(organisation, actor=OWNER)
    assert state.company.pushes_enabled
    assert state.ready.entries == 3


async def test_a_source_that_went_quiet_is_no_longer_live(desk: Desk) -> None:
    organisation = await ready(desk)
    limit = organisation.policies.source_limit_hours * 3600
    desk.clock.advance(seconds=limit + 1)
    with pytest.raises(Refusal, match="not every source is live"):
        await desk.overview.resume(organisation, actor=OWNER)


async def test_pausing_stops_pushes_and_resuming_is_by_hand(desk: Desk) -> None:
    organisation = await ready(desk)
    await desk.overview.resume(organisation, actor=OWNER)
    assert not (await desk.overview.pause(organisation, actor=OWNER)).pushes_enabled
    with pytest.raises(Refusal, match="paused already"):
        await desk.overview.pause(organisation, actor=OWNER)
    standing = await desk.overview.standing(organisation)
    assert standing.active is not None
    assert not standing.active.company.pushes_enabled


async def test_the_standing_counts_days_until_somebody_must_sign_in(desk: Desk) -> None:
    organisation = await connected(desk)
    desk.clock.advance(seconds=86400 * 10)
    standing = await desk.overview.standing(organisation)
    assert standing.active is not None
    assert standing.active.days_left == 90


async def connected(desk: Desk) -> Organisation:
    """An organisation with a confirmed company."""
    organisation = await desk.start()
    await confirm(desk, organisation, (await sign_in(desk, organisation)).company)
    return organisation


async def ready(desk: Desk) -> Organisation:
    """An organisation whose three prerequisites hold."""
    organisation = await connected(desk)
    await import_rows(desk, organisation, *ROWS)
    await map_all(desk, organisation)
    await save_settings(desk, organisation)
    return organisation


async def import_rows(desk: Desk, organisation: Organisation, *rows: str) -> Imported:
    """Import rows of the generic format."""
    data = "\n".join((HEADER, *rows)).encode()
    return await desk.imports.import_file(organisation, data, source="Bank", actor=OWNER)


async def map_all(desk: Desk, organisation: Organisation) -> None:
    """Map both wallets and the category."""
    choices = {
        key_of_wallet("Bank"): "10",
        key_of_wallet("Ops|Wallet"): "1",
        key_of_category("Payroll"): "7",
    }
    await desk.mappings.save(organisation, choices, actor=OWNER)


async def save_settings(desk: Desk, organisation: Organisation) -> None:
    """Save the defaults with the five accounts."""
    roles = {Role(name): account for name, account in ROLES.items()}
    await desk.settings.save(organisation, SettingsForm(values={}, roles=roles), actor=OWNER)
