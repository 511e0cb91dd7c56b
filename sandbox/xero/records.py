"""An organisation's records as the API shows them, by endpoint."""

from collections.abc import Iterator, Mapping

from sandbox.payload import JsonObject
from sandbox.xero.organisation import Organisation
from sandbox.xero.state import XeroState
from sandbox.xero.wire import account_json, contact_json, journal_json, tracking_json

_IDS = {
    "Accounts": "AccountID",
    "Contacts": "ContactID",
    "TrackingCategories": "TrackingCategoryID",
    "ManualJournals": "ManualJournalID",
}


def records(
    state: XeroState, organisation: Organisation, endpoint: str, parameters: Mapping[str, str]
) -> list[JsonObject]:
    """All records of an endpoint that the parameters do not leave out.

    Contacts and tracking leave archived ones out unless `includeArchived=true`; accounts never do.
    Manual journals have their lines only where a `page` is asked for.

    Raises:
        KeyError: the stand-in has no such endpoint.
    """
    archived = parameters.get("includeArchived", "").lower() == "true"
    match endpoint:
        case "Accounts":
            return [account_json(organisation, it) for it in organisation.accounts.values()]
        case "Contacts":
            summary = parameters.get("summaryOnly", "").lower() == "true"
            contacts = organisation.contacts.values()
            return [
                contact_json(it, summary=summary)
                for it in contacts
                if archived or it.status == "ACTIVE"
            ]
        case "TrackingCategories":
            categories = organisation.tracking.values()
            return [
                tracking_json(it, with_archived=archived)
                for it in categories
                if archived or it.active
            ]
        case "ManualJournals":
            journals = state.journals(organisation.tenant).values()
            with_lines = "page" in parameters
            return [journal_json(organisation, it, with_lines=with_lines) for it in journals]
        case _:
            raise KeyError(endpoint)


def record(
    state: XeroState, organisation: Organisation, endpoint: str, id_: str
) -> JsonObject | None:
    """One record in full by its id, archived or not."""
    everything = {"includeArchived": "true", "page": "1"}
    for found in records(state, organisation, endpoint, everything):
        if found[_IDS[endpoint]] == id_:
            return found
    return None


def actions(organisation: Organisation) -> Iterator[JsonObject]:
    """What the app's user may do in an organisation: some of Xero's names."""
    multicurrency = organisation.settings.multicurrency
    allowed = {"UseMulticurrency": multicurrency, "CreateDraftInvoice": True}
    for name, may in allowed.items():
        yield {"Name": name, "Status": "ALLOWED" if may else "NOT-ALLOWED"}
