"""Buttons that account for unknown numbers: only owners and admins may press them."""

from datetime import date

from bot.handlers import doctor as handlers
from bot.services.accounted import Adopted
from bot.services.checks import examine
from bot.services.doctor import Examination
from bot.views import doctor as view
from ledger.organisation import Right
from tests.unit.services.test_checks import COMPANY, HEALTHY

ORGANISATION = HEALTHY.organisation


def test_adopting_and_cutting_over_need_the_right_to_administer() -> None:
    rights = {each.action_id: each.right for each in handlers.ACTIONS}
    assert rights == {
        view.ADOPT: Right.ADMINISTER,
        view.OPEN_CUT_OVER: Right.ADMINISTER,
        view.BUNDLE: Right.READ,
    }
    assert {each.right for each in handlers.MODALS} == {Right.ADMINISTER}


def test_the_findings_offer_a_support_bundle() -> None:
    said = view.result(
        Examination(
            organisation=ORGANISATION,
            company=COMPANY,
            findings=examine(HEALTHY),
            unknown=(),
            dates=(),
            failed=(),
        )
    )
    assert view.BUNDLE in said.blocks


def test_the_end_of_a_cut_over_says_what_still_stops_everything() -> None:
    said = view.ended(
        Adopted(
            organisation=ORGANISATION,
            company=COMPANY,
            adopted=(),
            foreign=("INT-A1B2-00001-101226",),
            left=("INT-A1B2-00002-103126",),
            cut_over=date(2026, 10, 20),
        )
    )
    assert "20 Oct 2026" in said.blocks
    assert "still unknown" in said.blocks
    assert "/integral doctor" in said.blocks


def test_an_adoption_of_nothing_says_so() -> None:
    said = view.ended(Adopted(organisation=ORGANISATION, company=COMPANY, adopted=(), foreign=()))
    assert "known already" in said.blocks
