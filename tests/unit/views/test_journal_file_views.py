"""What people see of journal files is what Slack accepts, with nothing from outside as markup."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from bot.services.file_company import ChartRefused
from bot.services.journal_files import Exported, GivenFile, ImportConfirmed
from bot.views import journal_files as view
from ledger.filing import FilePart, JournalFile
from ledger.layouts import Layout
from ledger.money import Money
from ledger.organisation import Provider
from ledger.periods import Period
from ledger.problems import Problem, ProblemCode
from tests.unit.views import onboarding as made
from tests.unit.views.onboarding import HOSTILE, require_sound, require_sound_view

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))
ORGANISATION = made.organisation()
COMPANY = replace(made.company(), provider=Provider.JOURNAL_FILE, name=HOSTILE)
FILE = JournalFile(
    id="f1",
    company_id="c1",
    position=7,
    first_date=OCTOBER.first,
    last_date=OCTOBER.last,
    entries=1214,
    debits=Money(Decimal("12345678.90"), "USD"),
    digest="d" * 64,
    frozen_at=AT,
    frozen_by="U1",
)


def part(number: int) -> FilePart:
    return FilePart(
        file_id="f1",
        layout=Layout.XERO,
        part=number,
        name=f"journal-0007-2026-10-01-2026-10-31-xero-{number}-of-40.csv",
        content="",
        sha256="a" * 64,
        rows=300,
    )


def exported(file: JournalFile = FILE, *, files: int = 1, parts: int = 1) -> Exported:
    given = GivenFile(
        file=file,
        layout=Layout.XERO,
        parts=tuple(part(number) for number in range(1, parts + 1)),
        manifest=part(0),
        other_layouts=(Layout.QUICKBOOKS,),
    )
    return Exported(
        organisation=ORGANISATION,
        company=COMPANY,
        period=OCTOBER,
        layout=Layout.XERO,
        files=tuple(replace(given, file=replace(file, position=n)) for n in range(files)),
    )


@pytest.mark.parametrize(("files", "parts"), [(0, 1), (1, 1), (3, 40), (40, 6)])
def test_an_export_is_what_slack_accepts(files: int, parts: int) -> None:
    require_sound(view.exported(exported(files=files, parts=parts)))


def test_an_export_names_count_total_checksum_and_asks_once_more() -> None:
    said = view.exported(exported())
    for words in ("1,214 entries", "12,345,678.90 USD", "a" * 64, "import only one"):
        assert words in said.blocks
    (button,) = [
        element
        for block in json.loads(said.blocks)
        for element in block.get("elements", [])
        if element.get("type") == "button"
    ]
    assert button["text"]["text"] == "I imported it"
    assert "verified from now on" in button["confirm"]["text"]["text"]


def test_an_imported_file_has_no_button() -> None:
    done = replace(FILE, imported_at=AT, imported_by="U2")
    said = view.exported(exported(done))
    assert "Do not import it again" in said.blocks
    assert '"button"' not in said.blocks


@pytest.mark.parametrize(("is_new", "verified"), [(True, 1214), (False, 0), (False, 3)])
@pytest.mark.parametrize("diverged", [0, 2])
def test_the_word_of_a_person_is_answered(is_new: bool, verified: int, diverged: int) -> None:
    done = ImportConfirmed(
        file=replace(FILE, imported_at=AT, imported_by="U2"),
        company=COMPANY,
        is_new=is_new,
        verified=verified,
        diverged=diverged,
    )
    require_sound(view.imported(done).said())


def test_a_charts_faults_are_listed_with_their_rows() -> None:
    problem = Problem(
        code=ProblemCode.INVALID_ROW,
        subject="Row 3",
        facts=(("row", "3"), ("field", "type"), ("reason", HOSTILE)),
    )
    said = view.chart_refused(ChartRefused(organisation=ORGANISATION, problems=(problem,) * 30))
    require_sound(said)
    assert "20 more" in said.blocks


@pytest.mark.parametrize("is_known", [True, False])
def test_the_form_is_what_slack_accepts(is_known: bool) -> None:
    known = COMPANY if is_known else None
    require_sound_view(view.form(ORGANISATION, known, suggested=OCTOBER.first))


def test_the_other_answers_are_what_slack_accepts() -> None:
    require_sound(view.reading_chart().said())
    require_sound(view.asked(COMPANY, OCTOBER, Layout.XERO).said())
    require_sound(view.refused(exported(), HOSTILE))
