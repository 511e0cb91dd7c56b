"""Creating and changing an organisation's manual journals, by the API or by hand.

https://developer.xero.com/documentation/api/accounting/manualjournals. Outcomes come in the order
of the elements; there is no other way to tell which is which.
"""

from dataclasses import dataclass

from sandbox.payload import JsonObject, JsonValue, text_at
from sandbox.xero.errors import invalid, validation_errors
from sandbox.xero.journal_reader import Reader
from sandbox.xero.journal_rules import Proposal, findings
from sandbox.xero.organisation import Journal, Organisation
from sandbox.xero.state import XeroState, new_id
from sandbox.xero.wire import journal_json

_NO_ID = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How elements are written."""

    may_update: bool
    """An element with the id of a journal changes it; otherwise every element is a new journal."""
    summarize: bool = True
    """Refuse the whole request for one bad element, which is Xero's default."""
    by_hand: bool = False
    """Typed in Xero itself, by an adviser."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    payload: JsonObject
    journal: Journal
    problems: list[str]


class JournalBook:
    """The manual journals of every organisation."""

    def __init__(self, state: XeroState) -> None:
        self._state = state

    def write(
        self, organisation: Organisation, elements: list[JsonObject], manner: Manner
    ) -> list[JsonValue]:
        """Keep what is acceptable, and return what the reply's `ManualJournals` holds.

        The caller has a transaction open.

        Raises:
            XeroRefusal: 400, an element is bad and errors are summarised.
        """
        outcomes = [self._outcome(organisation, element, manner) for element in elements]
        bad = [outcome for outcome in outcomes if outcome.problems]
        if not (bad and manner.summarize) or organisation.settings.summarized_keeps_good:
            for outcome in outcomes:
                if not outcome.problems:
                    self._state.keep_journal(organisation.tenant, outcome.journal)
        if bad and manner.summarize:
            raise invalid([_refused(outcome) for outcome in bad])
        return [_shown(organisation, outcome, manner) for outcome in outcomes]

    def _outcome(self, organisation: Organisation, payload: JsonObject, manner: Manner) -> _Outcome:
        reader = Reader(organisation, self._state.clock.now())
        id_ = text_at(payload, "ManualJournalID") if manner.may_update else None
        current = self._state.journals(organisation.tenant).get((id_ or "").lower())
        journal = reader.journal(payload, current)
        if current is None:
            journal.id, journal.by_hand = new_id(), manner.by_hand
        problems = reader.problems
        if id_ is not None and current is None:
            problems.append(f"The manual journal {id_} does not exist")
        proposal = Proposal(
            organisation=organisation, journal=journal, current=current, adviser=manner.by_hand
        )
        # A line that could not be read would only be counted as missing from the totals.
        problems += [] if problems else findings(proposal)
        return _Outcome(payload=payload, journal=journal, problems=problems)


def _refused(outcome: _Outcome) -> JsonObject:
    return {
        "ManualJournalID": _NO_ID,
        **outcome.payload,
        "ValidationErrors": validation_errors(outcome.problems),
    }


def _shown(organisation: Organisation, outcome: _Outcome, manner: Manner) -> JsonObject:
    if outcome.problems:
        errors: JsonObject = {"StatusAttributeString": "ERROR", "HasErrors": True}
        return _refused(outcome) | errors
    shown = journal_json(organisation, outcome.journal)
    return shown if manner.summarize else {**shown, "StatusAttributeString": "OK"}
