"""What an administrator at NetSuite's own screens can do and see in the books."""

from collections import defaultdict
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from sandbox.netsuite.account import (
    Journal,
    NetSuiteAccount,
    OtherTransaction,
    Settings,
    Side,
    normal_id,
)
from sandbox.netsuite.credentials import (
    Security,
    new_integration,
    new_token,
)
from sandbox.netsuite.defaults import USER, new_account
from sandbox.netsuite.job import Operation, RecordRequest
from sandbox.netsuite.journal_book import JournalBook
from sandbox.netsuite.permissions import ADMINISTRATOR_ROLE, INTEGRATION_ROLE, default_roles
from sandbox.netsuite.state import NetSuiteState
from sandbox.netsuite.wire import JournalView
from sandbox.payload import JsonObject, JsonValue, write_json

_CURRENCIES = {"USD": "1", "EUR": "2", "GBP": "3"}


class NewAccount(BaseModel):
    """The order for an account, the body of `POST /control/netsuite/accounts`."""

    model_config = ConfigDict(extra="forbid")

    name: str
    id: str | None = None
    """In either spelling; left out, the next free number."""
    one_world: bool = True
    currency: str = "USD"
    settings: dict[str, object] = {}
    """Any of `Settings`' fields."""


class NewTransaction(BaseModel):
    """A transaction of another type, as somebody or something else made it."""

    model_config = ConfigDict(extra="forbid")

    type: str = "CustInvc"
    external_id: str | None = None
    tran_date: str


class Desk:
    """Accounts and their books, past the API and its limits."""

    def __init__(self, *, state: NetSuiteState, book: JournalBook) -> None:
        self._state = state
        self._book = book

    def account(self, id_: str) -> NetSuiteAccount:
        """An account by either spelling of its id.

        Raises:
            LookupError: there is none.
        """
        if normal_id(id_) not in self._state.accounts:
            raise LookupError(f"account {id_}")
        return self._state.accounts[normal_id(id_)]

    def accounts(self) -> list[JsonValue]:
        """Every account in brief."""
        return [self.describe(id_) for id_ in self._state.accounts]

    def describe(self, id_: str) -> JsonObject:
        """An account without its lists."""
        account = self.account(id_)
        settings: JsonObject = account.settings.model_dump(mode="json")
        return {
            "id": account.id,
            "name": account.name,
            "base_currency": account.currencies[account.base_currency].symbol,
            "subsidiaries": {
                it.id: {"name": it.name, "currency": account.currencies[it.currency].symbol}
                for it in account.subsidiaries.values()
            }
            if account.settings.one_world
            else {},
            "accounts": len(account.accounts),
            "journals": len(self._state.journals(account.id)),
            "settings": settings,
        }

    def add_account(self, order: NewAccount) -> NetSuiteAccount:
        """Make an account with the default lists and a fresh set of credentials.

        Raises:
            ValueError: the id is taken or the currency is none of those known.
        """
        id_ = normal_id(order.id) if order.id else self._next_id()
        if id_ in self._state.accounts or order.currency not in _CURRENCIES:
            raise ValueError(f"account {id_} is taken, or {order.currency} is not known")
        integration = new_integration("Integral")
        token = new_token(integration, user=USER, role=INTEGRATION_ROLE)
        account = new_account(
            id_,
            name=order.name,
            settings=Settings.model_validate({"one_world": order.one_world} | order.settings),
            security=Security(
                integrations={integration.consumer_key: integration},
                tokens={token.token_id: token},
                roles=default_roles(),
            ),
            base_currency=_CURRENCIES[order.currency],
        )
        self._state.keep_account(account)
        return account

    def replace(self, account: NetSuiteAccount) -> None:
        """Keep an account whose settings or lists were changed."""
        self._state.keep_account(account)

    def journals(self, id_: str) -> list[Journal]:
        """An account's journals, oldest first."""
        return list(self._state.journals(self.account(id_).id).values())

    def books(self, id_: str) -> JsonObject:
        """An account's journals and its deleted ones in the API's shape, oldest first."""
        account = self.account(id_)
        kept, deleted = self._state.journals(account.id), self._state.deleted_journals(account.id)
        return {
            "journals": [_shown(account, it) for it in kept.values()],
            "deleted": [_shown(account, it) for it in deleted.values()],
        }

    def account_totals(self, id_: str) -> list[JsonValue]:
        """Each ledger account with postings: id, number, name, debits and credits as text.

        Amounts are in base currency; journals that wait for approval are not in the ledger.
        """
        account = self.account(id_)
        sums: dict[str, dict[Side, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        for journal in self._state.journals(account.id).values():
            if journal.posting:
                for line in journal.lines:
                    sums[line.account][line.side] += journal.in_base(line)
        return [
            {
                "id": key,
                "number": ledger_account.number,
                "name": account.full_name(ledger_account),
                "debit": str(sums[key].get(Side.DEBIT, Decimal(0))),
                "credit": str(sums[key].get(Side.CREDIT, Decimal(0))),
            }
            for key, ledger_account in account.accounts.items()
            if key in sums
        ]

    def change_journal(
        self, id_: str, operation: Operation, *, payload: JsonObject, journal: str | None = None
    ) -> JsonObject:
        """Type, edit (the given properties, given lines in place of the old) or delete by hand.

        Raises:
            LookupError: no such account or journal.
            NetSuiteError: NetSuite's screens would refuse it too, a closed period among it.
        """
        account = self.account(id_)
        if journal is not None and journal not in self._state.journals(account.id):
            raise LookupError(f"journal {journal}")
        request = RecordRequest(
            operation=operation,
            target=journal,
            body=write_json(payload),
            replace_lines=True,
            validation="Error",
            by_hand=True,
        )
        made = self._book.make(account, account.security.roles[ADMINISTRATOR_ROLE], request)
        kept = {**self._state.deleted_journals(account.id), **self._state.journals(account.id)}
        return _shown(account, kept[made])

    def add_transaction(self, id_: str, order: NewTransaction) -> OtherTransaction:
        """Add a transaction of another type.

        Raises:
            ValueError: its external id is taken.
        """
        account = self.account(id_)
        if order.external_id and self._state.holder(account.id, order.external_id):
            raise ValueError(f"the external id {order.external_id} is taken")
        key = self._state.next_transaction_id(account.id)
        made = OtherTransaction.model_validate(
            {"id": key, "tran_id": f"T{key}", **order.model_dump()}
        )
        self._state.keep_other(account.id, made)
        return made

    def calls(self) -> JsonObject:
        """Each account's admitted API calls by the last part of their path."""
        return {account: dict(counts) for account, counts in self._state.calls.items()}

    def _next_id(self) -> str:
        numbers = [id_.split("_")[0] for id_ in self._state.accounts]
        return str(max((int(number) for number in numbers if number.isdigit()), default=0) + 1)


def _shown(account: NetSuiteAccount, journal: Journal) -> JsonObject:
    shown = JournalView(account, "").journal(journal, expanded=True)
    return {**shown, "posting": journal.posting, "byHand": journal.by_hand}
