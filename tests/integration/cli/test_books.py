"""Import, preview, sync, status, export and tokens from the command line, over a real database."""

import csv
import io
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from ledger.delivery import DeliveryState
from ledger.entries import PreparedEntry, PreparedPosting, Side
from ledger.money import Money
from ledger.records import NewDelivery
from ledger.runs import Batch, BatchState, Run, RunState, Trigger
from storage.database import Database
from storage.vault import Vault
from tests.integration.cli.conftest import Terminal
from tests.support.databases import SECRET_KEYS, START, SettableClock
from tests.support.office import BANK, BANK_ID, CATEGORY, REVENUE_ID, Office, office_for

ROWS = (
    "id,timestamp,type,to_account,received_asset,received_quantity,category,counterparty\n"
    f"a,2026-10-05T12:00:00Z,deposit,{BANK},USD,100,{CATEGORY},Acme DAO\n"
    f"b,2026-10-06T12:00:00Z,deposit,{BANK},USD,50,{CATEGORY},Acme DAO\n"
)
"""Two good rows."""
IMPORT = ("--source", "bank", "--as", "ada")


async def freeze(database: Database, office: Office, *, memo: str) -> None:
    """Store a run with one frozen entry that has this memo."""
    company = office.company
    amount = Money(Decimal("100.00"), "USD")
    entry = PreparedEntry(
        company=company.key,
        number="INT-A1B2-00001-100526",
        entry_date=date(2026, 10, 5),
        currency="USD",
        memo=memo,
        postings=(
            PreparedPosting(
                account_id=BANK_ID, account_label="1000 Bank", side=Side.DEBIT, money=amount
            ),
            PreparedPosting(
                account_id=REVENUE_ID, account_label="@Revenue", side=Side.CREDIT, money=amount
            ),
        ),
    )
    run = Run(
        id="run-1",
        organisation_id=office.organisation.id,
        company_id=company.id,
        first_date=date(2026, 10, 1),
        last_date=date(2026, 10, 31),
        trigger=Trigger.HAND,
        requested_by="cli:ada",
        requested_at=START,
        state=RunState.OPEN,
    )
    batch = Batch(
        id="batch-1",
        run_id=run.id,
        organisation_id=office.organisation.id,
        company_id=company.id,
        state=BatchState.AWAITING_APPROVAL,
        digest="d",
        reason="more than one day",
        shape_version=0,
        frozen_at=START,
        entries=1,
        total="100.00 USD",
    )
    new = NewDelivery(
        id="delivery-1", entry=entry, state=DeliveryState.AWAITING_APPROVAL, request_key="k"
    )
    async with database.unit() as unit:
        await unit.runs.add(run)
        await unit.deliveries.freeze(batch, [new])
        await unit.commit()


def test_a_file_is_imported_once(terminal: Terminal, office: Office) -> None:
    file = terminal.file("rows.csv", ROWS)
    first = terminal.json("import", file, *IMPORT)
    second = terminal.json("import", file, *IMPORT)
    assert (first["added"], first["rejected"]) == (2, [])
    assert (second["added"], second["unchanged"]) == (0, 2)


def test_a_file_that_cannot_be_read_is_a_sentence(terminal: Terminal, office: Office) -> None:
    result = terminal.run("import", "missing.csv", *IMPORT)
    assert result.exit_code == 2
    assert result.stderr.strip() == "missing.csv: No such file or directory."


def test_an_import_is_audited_as_shaping_under_the_operators_name(
    terminal: Terminal, office: Office
) -> None:
    terminal.run("import", terminal.file("rows.csv", ROWS), *IMPORT)

    async def shapers(database: Database) -> dict[str, tuple[str, ...]]:
        async with database.unit(read_only=True) as unit:
            return await unit.audit.shapers(office.organisation.id, None)

    assert "cli:ada" in terminal.stored(shapers)


def test_an_import_without_a_name_or_with_an_odd_one_is_refused(
    terminal: Terminal, office: Office
) -> None:
    file = terminal.file("rows.csv", ROWS)
    assert terminal.run("import", file, "--source", "bank").exit_code == 2
    result = terminal.run("import", file, "--source", "bank", "--as", "<@U1>")
    assert result.exit_code == 2
    assert "--as" in result.stderr


def test_rejected_rows_are_printed_and_a_file_of_nothing_else_fails(
    terminal: Terminal, office: Office
) -> None:
    file = terminal.file("rows.csv", ROWS.replace("100", "1,00").replace("50", "-5"))
    result = terminal.run("import", file, *IMPORT)
    assert result.exit_code == 1
    assert "received_quantity" in result.stdout


def test_opening_lots_are_imported(terminal: Terminal, office: Office) -> None:
    file = terminal.file(
        "lots.csv", "account,asset,quantity,cost,acquired_at\nKraken,ETH,1,2000,2026-01-01\n"
    )
    assert terminal.json("import", file, *IMPORT, "--kind", "opening_lots")["added"] == 1


def test_an_organisation_is_named_by_code_or_name_when_there_are_several(
    terminal: Terminal, office: Office
) -> None:
    other = office_for("2002", now=START, code="C3D4").organisation

    async def add(database: Database) -> None:
        async with database.unit() as unit:
            await unit.organisations.add(other)
            await unit.commit()

    terminal.stored(add)
    assert terminal.run("token", "list").exit_code == 2
    assert terminal.json("token", "list", "--org", "a1b2") == []
    assert terminal.json("token", "list", "--org", "Acme 2002") == []
    unknown = terminal.run("token", "list", "--org", "nobody")
    assert unknown.exit_code == 1
    assert "Acme 1001 (A1B2)" in unknown.stderr


def test_a_token_is_made_shown_once_listed_and_revoked(terminal: Terminal, office: Office) -> None:
    made = terminal.json("token", "create", "--source", "bank", "--name", "Feed", "--days", "7")
    assert made["token"].startswith("int_")
    (listed,) = terminal.json("token", "list")
    assert listed == {key: value for key, value in made.items() if key != "token"}
    assert listed["created_by"] == "cli:ada"

    assert terminal.run("token", "revoke", made["id"]).exit_code == 0
    assert terminal.json("token", "list")[0]["revoked_at"] is not None
    again = terminal.run("token", "revoke", made["id"])
    assert again.exit_code == 1
    assert "no such token" in again.stderr


def test_a_period_is_refused_with_the_accepted_forms(terminal: Terminal, office: Office) -> None:
    result = terminal.run("status", "soon")
    assert result.exit_code == 2
    assert "2026-10-01..2026-10-31" in result.stderr


def test_without_a_company_preview_says_what_to_do(terminal: Terminal, office: Office) -> None:
    async def disconnect(database: Database) -> None:
        async with database.unit() as unit:
            await unit.companies.save(replace(office.company, is_confirmed=False))
            await unit.commit()

    terminal.stored(disconnect)
    result = terminal.run("preview", "2026-10")
    assert result.exit_code == 1
    assert "/integral connect" in result.stderr


def test_status_counts_what_is_kept_back_before_anything_was_sent(
    terminal: Terminal, office: Office
) -> None:
    terminal.run("import", terminal.file("rows.csv", ROWS), *IMPORT)
    found = terminal.json("status", "2026-10")
    # Without an imported chart no account can be used, for more than one reason each.
    assert found["entries"] == found["blocked"] == 2
    assert (found["posted"], found["verified"], found["held"]) == (0, 0, 0)
    assert found["run"] is None
    assert {p["count"] for p in found["problems"]} == {2}
    assert found["late"] == 0


def test_status_says_how_much_came_late_of_closed_months(
    terminal: Terminal, office: Office
) -> None:
    terminal.run("import", terminal.file("rows.csv", ROWS), *IMPORT)

    async def close(database: Database) -> None:
        async with database.unit() as unit:
            company = await unit.companies.get(office.company.id)
            assert company is not None
            await unit.companies.save(replace(company, last_month_end=date(2026, 10, 31)))
            await unit.commit()

    terminal.stored(close)
    # Whatever period is asked for: they wait for one choice.
    assert terminal.json("status", "2026-11")["late"] == 2
    shown = terminal.run("status", "2026-11").stdout
    assert "2 late of closed months wait for a choice" in shown
    assert "/integral approvals" in shown


def test_sync_starts_one_run_and_says_that_a_server_does_the_work(
    terminal: Terminal, office: Office
) -> None:
    first = terminal.json("sync", "2025-10", "--as", "ada")
    second = terminal.json("sync", "2025-10", "--as", "bo")
    assert first["is_new"]
    assert not second["is_new"]
    assert first["id"] == second["id"]
    assert (first["state"], first["requested_by"]) == ("open", "cli:ada")

    async def due(database: Database) -> list[Run]:
        async with database.unit(read_only=True) as unit:
            run = await unit.runs.get(first["id"])
            assert run is not None
            assert run.wake_at is not None
            return await unit.runs.due(run.wake_at, 10)

    assert [run.id for run in terminal.stored(due)] == [first["id"]]
    assert terminal.json("status", "2025-10")["run"]["id"] == first["id"]


def test_sync_is_refused_while_pushes_are_paused(terminal: Terminal, office: Office) -> None:
    async def pause(database: Database) -> None:
        async with database.unit() as unit:
            await unit.companies.save(replace(office.company, pushes_enabled=False))
            await unit.commit()

    terminal.stored(pause)
    result = terminal.run("sync", "2025-10", "--as", "ada")
    assert result.exit_code == 1
    assert "/integral resume" in result.stderr


def test_an_export_has_a_row_for_each_posting_and_no_formula(
    terminal: Terminal, office: Office
) -> None:
    terminal.stored(lambda database: freeze(database, office, memo='=HYPERLINK("http://x")'))

    printed = terminal.run("export", "2026-10")
    terminal.run("export", "2026-10", "--out", "out.csv")

    rows = list(csv.DictReader(io.StringIO(printed.stdout, newline="")))
    assert [(r["account"], r["debit"], r["credit"]) for r in rows] == [
        ("1000 Bank", "100.00", ""),
        ("'@Revenue", "", "100.00"),
    ]
    assert {r["memo"] for r in rows} == {'\'=HYPERLINK("http://x")'}
    assert {r["number"] for r in rows} == {"INT-A1B2-00001-100526"}
    written = (terminal.folder / "out.csv").read_bytes()
    assert written.decode().splitlines() == printed.stdout.splitlines()


def test_rotating_keys_encrypts_every_secret_with_the_first_key(
    terminal: Terminal, office: Office
) -> None:
    new = "new:" + "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY="
    terminal.monkeypatch.setenv("INTEGRAL_SECRET_KEYS", f"{new},{SECRET_KEYS}")
    assert terminal.json("keys", "rotate") == {"changed": 1}
    assert terminal.json("keys", "rotate") == {"changed": 0}

    async def read(old: Database) -> str | None:
        database = Database(str(old.url), Vault.from_text(new), clock=SettableClock())
        try:
            async with database.unit(read_only=True) as unit:
                return await unit.grants.read_secret(office.company.grant_id or "")
        finally:
            await database.close()

    assert terminal.stored(read)


@pytest.mark.parametrize("name", ["new", SECRET_KEYS.partition(":")[0]])
def test_rotating_without_the_old_key_says_which_key_is_needed(
    terminal: Terminal, office: Office, name: str
) -> None:
    # Another key under the old one's name opens nothing either.
    new = f"{name}:YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY="
    terminal.monkeypatch.setenv("INTEGRAL_SECRET_KEYS", new)
    result = terminal.run("keys", "rotate")
    assert result.exit_code == 1
    assert "INTEGRAL_SECRET_KEYS" in result.stderr
