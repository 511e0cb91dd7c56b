"""What people see while setting up is what Slack accepts, with nothing from outside as markup."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.services.access import ChannelChoice
from bot.services.charts import Refreshed
from bot.services.connections import Confirmed
from bot.services.dimensions import ChosenValue
from bot.services.imports import SHOWN_PROBLEMS, FileKind, Imported
from bot.services.leaving import Disconnected
from bot.services.mappings import Chosen
from bot.services.saying import Said
from bot.services.sign_in import AuthorizationError, Failed, PageProblem
from bot.services.watch import Expiring
from bot.views import (
    charts,
    choosing,
    connect,
    credentials,
    dimensions,
    grants,
    imports,
    kit,
    mapping,
    overview,
    reconnect,
    roles,
    settings,
    start,
)
from bot.views.drawn import Drawn
from bot.views.prerequisites import checklist
from ledger.account_checks import MappingWarning
from ledger.books import Dimension, DimensionValue
from ledger.delivery import DeliveryState
from ledger.dimensions import DimensionGap
from ledger.organisation import PersonRole, Provider
from ledger.problems import Problem, ProblemCode
from ledger.records import ImportOutcome
from tests.unit.views import onboarding as made
from tests.unit.views.onboarding import HOSTILE, require_sound, require_sound_view

AWAY = Problem(code=ProblemCode.ERP_UNREACHABLE, subject=HOSTILE)


def rejected_rows(count: int) -> Imported:
    """An import with rows that were refused."""
    problem = Problem(
        code=ProblemCode.INVALID_ROW,
        subject="Row 3",
        facts=(("row", "3"), ("field", "value"), ("reason", HOSTILE * 3)),
    )
    return Imported(
        source=HOSTILE[:60],
        kind=FileKind.TRANSACTIONS,
        filename=HOSTILE,
        outcome=ImportOutcome(added=3, unchanged=2, corrected=1, stale_entries=1),
        problems=(problem,) * count,
    )


MESSAGES: dict[str, Callable[[str], Drawn | Said]] = {
    "started": lambda n: start.started(made.organisation(n), channel_id=None),
    "channel": lambda n: start.channel_now(made.organisation(n)),
    "no channel": lambda n: start.channel_now(made.organisation(n, channel=None)),
    "channel refused": lambda n: start.channel_chosen(
        ChannelChoice(organisation=made.organisation(n), channel_id="C1", is_refused=True)
    ),
    "channel chosen": lambda n: start.channel_chosen(
        ChannelChoice(organisation=made.organisation(n), channel_id="C1", is_refused=False)
    ),
    "roles": lambda n: roles.listing(
        made.organisation(n), {f"U{i}": frozenset(PersonRole) for i in range(200)}
    ),
    "role of the command line": lambda n: roles.changed(
        f"cli:{n}", PersonRole.ADMIN, is_granted=True
    ),
    "invitation": lambda n: connect.invitation(made.invitation(n)),
    "invitation used": lambda _: connect.invitation_used(Provider.QUICKBOOKS),
    "connected": lambda n: connect.connected(made.connected(n)),
    "reconnected": lambda n: connect.connected(made.connected(n, reconnected=True)),
    "mismatch": lambda n: connect.connected(
        replace(made.connected(n), company=replace(made.company(n), functional_currency="EUR"))
    ),
    "confirmed": lambda n: connect.confirmed(
        Confirmed(company=made.company(n), accounts=84, contacts=1, replaced=made.company(n))
    ),
    "rejected": lambda n: connect.rejected(made.company(n)),
    "ask disconnect": lambda n: connect.ask_disconnect(made.organisation(n), made.company(n)),
    "which": lambda n: connect.which(made.organisation(n), list(Provider)),
    "ask disconnect of a file company": lambda n: connect.ask_disconnect(
        made.organisation(n), replace(made.company(n), provider=Provider.JOURNAL_FILE)
    ),
    "disconnected": lambda n: connect.disconnected(
        Disconnected(company=made.company(n), erp_problem=AWAY)
    ),
    "choose": lambda n: choosing.choose(made.to_choose(n)),
    "offered": lambda n: choosing.offered(
        made.organisation(n),
        Provider.XERO,
        made.to_choose(n).choices,
        other=kit.button("Sign in", connect.SIGN_IN, "v"),
    ),
    "company chosen": lambda n: choosing.chosen(made.to_choose(n).choices[0]),
    "not connected": lambda n: choosing.failed(
        Failed(
            organisation=made.organisation(n),
            provider=Provider.NETSUITE,
            error=AuthorizationError(PageProblem.ERP, erp_problem=AWAY),
        )
    ),
    "became ready": lambda n: connect.connected(
        replace(
            made.connected(n, reconnected=True),
            company=made.company(n, enabled=True),
            ready=made.ready(),
        )
    ),
    "pushing": lambda _: reconnect.pushing(made.ready().periods),
    "pushing later": lambda _: reconnect.pushing_later(),
    "ended": lambda n: grants.ended([made.company(n)]),
    "ended for many": lambda n: grants.ended(
        [replace(made.company(n), id=f"company-{number}") for number in range(40)]
    ),
    "expiring": lambda n: grants.expiring(
        Expiring(
            organisation=made.organisation(n),
            company=made.company(n),
            until=made.NOW,
            within_days=7,
        )
    ),
    "checking": lambda _: credentials.checking(Provider.NETSUITE),
    "accepted": lambda _: credentials.accepted(Provider.NETSUITE),
    "accounts": lambda n: charts.accounts(
        made.organisation(n), made.company(n), made.books(500, name=n), page=2
    ),
    "no accounts": lambda n: charts.accounts(
        made.organisation(n), made.company(n), made.books(0), page=0
    ),
    "contacts": lambda n: charts.contacts(made.company(n), made.books(name=n)),
    "refreshing": lambda n: charts.refreshing(made.company(n)),
    "refreshed": lambda n: charts.refreshed(
        Refreshed(company=made.company(n), books=made.books(), problem=None, added=1, gone=2)
    ),
    "not refreshed": lambda n: charts.refreshed(
        Refreshed(company=made.company(n), books=None, problem=AWAY)
    ),
    "importing": imports.importing,
    "import finished": lambda _: imports.finished(rejected_rows(400)),
    "import announced": lambda _: imports.announced(rejected_rows(0)),
    "settings saved": lambda n: settings.saved(made.organisation(n)),
    "mapping": lambda n: mapping.overview(made.mapping_state(300, name=n)),
    "nothing to map": lambda n: mapping.overview(made.mapping_state(0, name=n)),
    "mapping saved": lambda n: mapping.saved(
        made.organisation(n), [MappingWarning(subject=n, message=n)] * 30, made.prerequisites()
    ),
    "unmapped": lambda n: mapping.unmapped(made.unmapped(300, name=n)),
    "unmapped dimensions": lambda n: mapping.unmapped(
        replace(made.unmapped(0, name=n), dimensions=made.dimensions_state(n, count=9).dimensions)
    ),
    "everything unmapped": lambda n: mapping.unmapped(
        replace(made.unmapped(300, name=n), dimensions=made.dimensions_state(n, count=9).dimensions)
    ),
    "dimensions": lambda n: dimensions.overview(made.dimensions_state(n, count=9)),
    "no dimensions": lambda n: dimensions.overview(made.dimensions_state(n, count=0)),
    "dimension saved": lambda n: dimensions.saved(made.dimension_state(n)),
    "segment saved": dimensions.segment_saved,
    "value chosen": lambda n: mapping.value_chosen(
        ChosenValue(
            dimension=made.dimension_state(n).dimension,
            value=DimensionValue(erp_id="1", name=n),
            freed=214,
            remaining=made.unmapped(60, name=n),
        ),
        actor="U1",
    ),
    "mapping with dimensions": lambda n: mapping.overview(
        replace(made.mapping_state(2, name=n), dimensions=(made.dimension_state(n),))
    ),
    "all mapped": lambda n: mapping.unmapped(made.unmapped(0, name=n)),
    "chosen": lambda n: mapping.chosen(
        Chosen(
            label=n,
            account=made.account(name=n),
            freed=214,
            warnings=(MappingWarning(subject=n, message=n),),
            remaining=made.unmapped(60, name=n),
        ),
        actor="U1",
    ),
    "status before a company": lambda n: overview.status(made.standing(n)),
    "status": lambda n: overview.status(made.standing(n, state=made.company_state(n))),
    "ask resume": lambda n: overview.ask_resume(
        made.organisation(n), made.company_state(n, hold=True), made.schedule(n, waiting=3)
    ),
    "not ready": lambda n: overview.not_ready(made.company_state(n), n),
    "resumed": lambda n: overview.resumed(made.company_state(n, ready=0), made.schedule(n)),
    "paused": lambda n: overview.paused(made.company(n), made.schedule(n)),
    "help": lambda n: overview.help_page([(f"command{i}", n[:80]) for i in range(40)], then="x"),
}


@pytest.mark.parametrize("draw", MESSAGES.values(), ids=MESSAGES.keys())
@pytest.mark.parametrize("name", ["Acme", HOSTILE], ids=["plain", "hostile"])
def test_every_message_is_one_that_slack_takes(
    draw: Callable[[str], Drawn | Said], name: str
) -> None:
    require_sound(draw(name))


@pytest.mark.parametrize("name", ["Acme", HOSTILE], ids=["plain", "hostile"])
def test_every_form_is_one_that_slack_takes(name: str) -> None:
    organisation, state = made.organisation(name), made.mapping_state(1, rows=200, name=name)
    sources = [
        replace(s, name=f"{i} {s.name}"[:60])
        for i in range(120)
        for s in made.prerequisites().sources[:1]
    ]
    for view in (
        start.form(code=name[:200], channel_id="C1"),
        connect.confirm_form(organisation, made.company(name), suggested=made.NOW.date()),
        connect.confirm_form(
            organisation, made.company(name), suggested=None, present=made.company(name)
        ),
        imports.form(organisation, []),
        imports.form(organisation, sources),
        settings.form(organisation, made.settings_state(name)),
        mapping.form(organisation, state.groups[0], page=0),
        mapping.form(organisation, state.groups[0], page=2),
        dimensions.form(organisation, made.dimension_state(name, rows=200), page=0),
        dimensions.form(organisation, made.dimension_state(name, rows=200), page=2),
        dimensions.segment_form(organisation),
        dimensions.value_form(organisation),
        overview.home(made.standing(name, state=made.company_state(name)), frozenset(PersonRole)),
        overview.home(made.standing(name), frozenset()),
        overview.home_of_nobody(),
    ):
        require_sound_view(view)


def test_messages_say_the_next_step() -> None:
    silent = [
        name
        for name, draw in MESSAGES.items()
        if "Next:" not in require_sound(draw("Acme"))
        and name
        not in {
            "invitation used",
            "ask disconnect",
            "ask disconnect of a file company",
            "refreshing",
            "importing",
        }
    ]
    assert not silent


def test_the_invitation_says_what_is_asked_and_what_is_promised() -> None:
    shown = require_sound(connect.invitation(made.invitation()))
    for words in (
        "Read access to your chart of accounts",
        "Write access to journal entries",
        "company details and the fiscal year",
        "customers and vendors",
        "15 minutes",
        "creates journal entries only",
        "single permission",
    ):
        assert words in shown


def test_disconnecting_says_what_stays() -> None:
    shown = require_sound(connect.ask_disconnect(made.organisation(), made.company()))
    for words in (
        "stay there",
        "Mapping, settings and history stay",
        "wiped",
        "nothing is sent again",
    ):
        assert words in shown


def test_a_company_without_an_erp_has_no_credentials_to_wipe() -> None:
    company = replace(made.company(), provider=Provider.JOURNAL_FILE)
    asked = str(connect.ask_disconnect(made.organisation(), company))
    done = str(connect.disconnected(Disconnected(company=company, erp_problem=None)))
    assert "redential" not in asked + done
    assert "files made of them stay" in asked
    assert "/integral connect file" in done


def test_entries_for_a_file_wait_for_a_person_and_not_for_an_erp() -> None:
    state = replace(made.company_state(), counts={DeliveryState.PENDING_IN_ERP: 3})
    filed = replace(state, company=replace(state.company, provider=Provider.JOURNAL_FILE))
    of_erp, of_file = (
        str(overview.status(made.standing(state=each)).blocks) for each in (state, filed)
    )
    assert "3 waiting for the ERP's own approval" in of_erp.replace("\\'", "'")
    assert "ERP's own approval" not in of_file.replace("\\'", "'")
    assert "3 for a file, until a person says that it was imported" in of_file


def test_the_first_rejected_rows_are_listed_and_the_rest_counted() -> None:
    shown = require_sound(imports.finished(rejected_rows(400)))
    assert shown.count("row 3") == SHOWN_PROBLEMS
    assert f"{400 - SHOWN_PROBLEMS} more" in shown


def test_a_file_that_came_to_nothing_is_said_so_once_with_its_reason() -> None:
    reason = "The file is larger than 47 MB. Split it."
    problem = Problem(code=ProblemCode.INVALID_ROW, subject="the file", facts=(("reason", reason),))
    imported = replace(rejected_rows(0), outcome=made.NOTHING, problems=(problem,))
    shown = require_sound(imports.finished(imported))
    assert "nothing was imported" in shown
    assert f"• {reason}" in shown
    assert "0 added" not in shown
    assert "mend the file and import it again" in shown


def test_rejected_rows_are_mended_before_anything_is_mapped() -> None:
    shown = require_sound(imports.finished(rejected_rows(3)))
    assert "mend the rejected rows" in shown
    assert "/integral map" not in shown


def test_a_channel_post_of_an_import_has_counts_only() -> None:
    shown = require_sound(imports.announced(rejected_rows(3)))
    assert "row 3" not in shown
    assert "1 rejected" in shown


def test_nobody_starts_with_a_time_zone_that_was_not_chosen() -> None:
    (zone,) = [
        b
        for b in start.form(code="", channel_id="C1")["blocks"]
        if b.get("block_id") == "time_zone"
    ]
    assert "initial_option" not in zone["element"]


def test_before_the_first_import_nothing_is_said_to_be_mapped() -> None:
    nothing = replace(made.unmapped(0), is_anything_needed=False)
    shown = require_sound(mapping.unmapped(nothing))
    assert "Nothing to map yet" in shown
    assert "/integral import" in shown
    assert "Every account" not in shown


def test_an_account_that_frees_nothing_yet_says_what_its_entries_still_need() -> None:
    freed = Chosen(
        label="ETH", account=made.account(1), freed=0, warnings=(), remaining=made.unmapped(1)
    )
    shown = require_sound(mapping.chosen(freed, actor="U1"))
    assert "still need another account" in shown
    assert "0 entries" not in shown


def test_unmapped_accounts_are_summed_up_in_one_sentence() -> None:
    drawn = mapping.unmapped(made.unmapped(3))
    assert drawn.text == "3 accounts block 214 entries"


def test_a_required_dimension_says_how_many_entries_lack_it() -> None:
    lacking = replace(made.unmapped(0), dimensions=(made.dimension_state("Department"),))
    drawn = mapping.unmapped(lacking)
    assert drawn.text == "Department: required and missing"
    assert "*Department* is required and missing: 214 entries" in str(drawn.blocks)


def test_the_checklist_counts_required_dimensions() -> None:
    gaps = tuple(
        DimensionGap(dimension=Dimension(key=name, name=name), transactions=lacking)
        for name, lacking in (("Class", 0), ("Department", 214))
    )
    (block,) = checklist(replace(made.prerequisites(hold=True), dimensions=gaps))
    assert (
        ":white_large_square: *2. Accounts mapped*: 41 of 41, 1 of 2 required dimensions "
        "(missing: Department in 214). `/integral map`"
    ) in block["text"]["text"]
    met = replace(made.prerequisites(hold=True), dimensions=gaps[:1])
    assert met.accounts_mapped


def test_the_checklist_ticks_in_order_and_counts() -> None:
    shown = require_sound(mapping.overview(made.mapping_state(1)))
    assert shown.index("1. Sources live") < shown.index("2. Accounts mapped")
    assert shown.index("2. Accounts mapped") < shown.index("3. Settings configured")
    assert "38 of 41" in shown


def test_next_steps_name_the_month_that_is_ready() -> None:
    paused = replace(made.company_state(hold=True), ready=made.ready(), counts={})
    enabled = replace(paused, company=made.company(enabled=True))
    standing = replace(made.standing(state=enabled), open_runs=())
    shown = {
        "status": overview.status(standing),
        "resume": overview.ask_resume(made.organisation(), paused, made.schedule()),
        "resumed": overview.resumed(enabled, made.schedule()),
        "unmapped": mapping.unmapped(replace(made.unmapped(0), ready=made.ready())),
    }
    for name, drawn in shown.items():
        words = require_sound(drawn)
        assert re.search(r"/integral (sync|preview) 2026-10`", words), name
        assert "last-month" not in words, name
    assert "pushes what is ready of the first month" in require_sound(shown["status"])


def test_status_and_home_say_how_many_late_transactions_wait_and_where_to_choose() -> None:
    state = replace(
        made.company_state(hold=True), company=made.company(enabled=True), counts={}, late=2
    )
    standing = replace(made.standing(state=state), open_runs=())
    home = overview.home(standing, frozenset({PersonRole.PREPARER}))
    for words in (require_sound(overview.status(standing)), require_sound_view(home)):
        assert "*2 late transactions* of closed months wait for a choice" in words
        assert "choose what becomes of the late transactions: `/integral approvals`" in words
    none = replace(standing, active=replace(state, late=0))
    assert "late" not in require_sound(overview.status(none))


def test_home_offers_what_a_person_s_roles_may_press() -> None:
    standing = made.standing(state=made.company_state(hold=True))
    owner = require_sound_view(overview.home(standing, frozenset({PersonRole.OWNER})))
    preparer = require_sound_view(overview.home(standing, frozenset({PersonRole.PREPARER})))
    viewer = require_sound_view(overview.home(standing, frozenset({PersonRole.VIEWER})))
    assert overview.ASK_RESUME in owner
    assert overview.ASK_RESUME not in preparer
    assert imports.OPEN_IMPORT in preparer
    assert '"button"' not in viewer


def test_a_token_can_be_given_back_to_its_wallet_in_the_picker() -> None:
    offered = mapping.options([("1 Kraken", "1")] * 150, typed="")
    assert offered[0] == ("No account of its own", "none")
    assert len(offered) == 100
    assert mapping.options([("1 Kraken", "1")], typed="kra") == [("1 Kraken", "1")]
