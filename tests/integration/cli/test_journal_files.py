"""Journal files from the command line: the same bytes each time, with totals and checksums."""

from datetime import date
from decimal import Decimal
from hashlib import sha256

import pytest

from ledger.entries import PreparedEntry, PreparedPosting, Side
from ledger.money import Money
from ledger.organisation import Company, ConnectionState, Organisation, Provider
from storage.database import Database
from tests.integration.cli.conftest import Terminal

COMPANY = Company(
    id="company-1",
    organisation_id="org-1",
    provider=Provider.JOURNAL_FILE,
    external_id="org-1",
    name="Acme books",
    functional_currency="USD",
    is_confirmed=True,
    connection=ConnectionState.ACTIVE,
)


def entry(sequence: int) -> PreparedEntry:
    sides = ((Side.DEBIT, "1000"), (Side.CREDIT, "4000"))
    return PreparedEntry(
        company=COMPANY.key,
        number=f"INT-A1B2-{sequence:05}-100526",
        entry_date=date(2026, 10, 5),
        currency="USD",
        memo="=1+1",
        postings=tuple(
            PreparedPosting(
                account_id=code,
                account_label=f"{code} Account",
                side=side,
                money=Money(Decimal("10.00"), "USD"),
            )
            for side, code in sides
        ),
    )


@pytest.fixture
def filed(terminal: Terminal) -> Terminal:
    """A company without an ERP that has two posted entries."""

    async def store(database: Database) -> None:
        async with database.unit() as unit:
            await unit.organisations.add(
                Organisation(
                    id="org-1",
                    team_id="T1",
                    name="Acme",
                    code="A1B2",
                    base_currency="USD",
                    time_zone="UTC",
                )
            )
            await unit.companies.add(COMPANY)
            for sequence in (1, 2):
                await unit.journal_files.file_entry(
                    f"e{sequence}", COMPANY.id, entry(sequence), database.clock.now()
                )
            await unit.commit()

    terminal.stored(store)
    return terminal


def test_files_are_written_with_their_checksums(filed: Terminal) -> None:
    words = ("export", "2026-10", "--layout", "xero", "--as", "ada", "--out", "files")
    (file,) = filed.json(*words)["files"]
    assert (file["entries"], file["debits"], file["imported_by"]) == (2, "20.00", None)
    (part,) = file["parts"]
    written = (filed.folder / "files" / part["name"]).read_bytes()
    assert sha256(written).hexdigest() == part["sha256"]
    assert b"'=1+1" not in written, "the narration begins with our number"
    assert b"[INT-A1B2-00001-100526] =1+1" in written
    assert (filed.folder / "files" / file["manifest"]["name"]).exists()
    assert filed.json(*words)["files"] == [file]


def test_freezing_takes_a_name(filed: Terminal) -> None:
    result = filed.run("export", "2026-10", "--layout", "generic")
    assert result.exit_code == 2
    assert "--as NAME" in result.stderr


def test_a_person_reads_counts_totals_and_checksums(filed: Terminal) -> None:
    printed = filed.run("export", "2026-10", "--layout", "quickbooks", "--as", "ada").stdout
    assert "Journal file 1: 2 entries, debits = credits = 20.00 USD, not imported yet" in printed
    assert "journal-0001-2026-10-05-2026-10-05-quickbooks.csv" in printed
    again = filed.run("export", "2026-09", "--layout", "quickbooks", "--as", "ada").stdout
    assert "no posted entries in 2026-09" in again
