"""Everything the NetSuite stand-in remembers, and its keeping on disk.

Accounts with their lists and credentials, journals and deleted journals, other transactions,
asynchronous jobs and access tokens. Changes go through the methods here, so that nothing is changed
in memory that was not first written down. Nonces and failed logins live in memory only.
"""

from collections import Counter
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from sandbox.clock import SandboxClock
from sandbox.document_store import DocumentStore
from sandbox.netsuite.account import Journal, NetSuiteAccount, OtherTransaction
from sandbox.netsuite.credentials import AccessGrant
from sandbox.netsuite.defaults import default_accounts
from sandbox.netsuite.job import Job

_FIRST_TRANSACTION = 2000
_Model = TypeVar("_Model", bound=BaseModel)


class NetSuiteState:
    """The stand-in's memory; with a file, what it held when it stopped."""

    def __init__(self, clock: SandboxClock, data_file: Path | None) -> None:
        self.clock = clock
        self.store = DocumentStore(data_file)
        self.accounts = self._load("account", NetSuiteAccount)
        self.jobs = self._load("job", Job)
        self.grants = self._load("grant", AccessGrant)
        self.calls: dict[str, Counter[str]] = {}
        self._journals = self._by_account("journal", Journal)
        self._deleted = self._by_account("deleted", Journal)
        self._others = self._by_account("other", OtherTransaction)
        self._last_ids = {
            account: max(int(id_) for id_ in self._ids(account)) for account in self._known()
        }
        self._external = {account: self._external_ids_of(account) for account in self._known()}
        if not self.accounts:
            for account in default_accounts():
                self.keep_account(account)

    def keep_account(self, account: NetSuiteAccount) -> None:
        """Write a new or changed account."""
        self.store.put("account", account.id, account.model_dump(mode="json"))
        self.accounts[account.id] = account

    def journals(self, account: str) -> dict[str, Journal]:
        """An account's journals by id, oldest first."""
        return self._journals.setdefault(account, {})

    def deleted_journals(self, account: str) -> dict[str, Journal]:
        """Those that were deleted, as they last stood."""
        return self._deleted.setdefault(account, {})

    def other_transactions(self, account: str) -> dict[str, OtherTransaction]:
        """Transactions of other types."""
        return self._others.setdefault(account, {})

    def next_transaction_id(self, account: str) -> str:
        """The id of the account's next transaction; ids of deleted ones are not used again."""
        self._last_ids[account] = self._last_ids.get(account, _FIRST_TRANSACTION) + 1
        return str(self._last_ids[account])

    def holder(self, account: str, external_id: str) -> str | None:
        """The id of the transaction, of any type, that has an external id in any case."""
        return self._external.get(account, {}).get(external_id.lower())

    def keep_journal(self, account: str, journal: Journal) -> None:
        """Write a new or changed journal."""
        self.store.put("journal", f"{account}/{journal.id}", journal.model_dump(mode="json"))
        before = self.journals(account).get(journal.id)
        self._release(account, before.external_id if before else None)
        self._hold(account, journal.external_id, journal.id)
        self.journals(account)[journal.id] = journal

    def drop_journal(self, account: str, journal: Journal) -> None:
        """Move a journal to the deleted ones; its external id is free again."""
        key = f"{account}/{journal.id}"
        self.store.delete("journal", key)
        self.store.put("deleted", key, journal.model_dump(mode="json"))
        self._release(account, journal.external_id)
        self.deleted_journals(account)[journal.id] = self.journals(account).pop(journal.id)

    def keep_other(self, account: str, transaction: OtherTransaction) -> None:
        """Write a transaction of another type."""
        key = f"{account}/{transaction.id}"
        self.store.put("other", key, transaction.model_dump(mode="json"))
        self._hold(account, transaction.external_id, transaction.id)
        self.other_transactions(account)[transaction.id] = transaction

    def keep_job(self, job: Job) -> None:
        """Write a new or changed asynchronous job."""
        self.store.put("job", job.id, job.model_dump(mode="json"))
        self.jobs[job.id] = job

    def keep_grant(self, grant: AccessGrant) -> None:
        """Write an OAuth 2.0 access token."""
        self.store.put("grant", grant.token, grant.model_dump(mode="json"))
        self.grants[grant.token] = grant

    def count_call(self, account: str, kind: str) -> None:
        """Count an admitted API call by kind."""
        self.calls.setdefault(account, Counter())[kind] += 1

    def _load(self, kind: str, model: type[_Model]) -> dict[str, _Model]:
        return {key: model.model_validate(body) for key, body in self.store.load(kind).items()}

    def _by_account(self, kind: str, model: type[_Model]) -> dict[str, dict[str, _Model]]:
        found: dict[str, dict[str, _Model]] = {}
        for key, record in self._load(kind, model).items():
            account, id_ = key.split("/")
            found.setdefault(account, {})[id_] = record
        return found

    def _known(self) -> set[str]:
        return {*self._journals, *self._deleted, *self._others}

    def _ids(self, account: str) -> list[str]:
        return [
            *self.journals(account),
            *self.deleted_journals(account),
            *self.other_transactions(account),
        ]

    def _external_ids_of(self, account: str) -> dict[str, str]:
        every: list[Journal | OtherTransaction] = [
            *self.journals(account).values(),
            *self.other_transactions(account).values(),
        ]
        return {it.external_id.lower(): it.id for it in every if it.external_id is not None}

    def _hold(self, account: str, external_id: str | None, id_: str) -> None:
        if external_id is not None:
            self._external.setdefault(account, {})[external_id.lower()] = id_

    def _release(self, account: str, external_id: str | None) -> None:
        if external_id is not None:
            self._external.get(account, {}).pop(external_id.lower(), None)
