"""Messages at rest: what the outbox keeps is encrypted, since a connect link may stand in it.

The one place that knows how the outbox' ``text`` and ``blocks`` are sealed.
"""

from __future__ import annotations

from ledger.records import Message
from storage.statements import AnyRow, value_from
from storage.vault import Place, Vault

SEALED = ("text", "blocks")
"""The columns of the outbox that are encrypted."""


def place_of(key: str, column: str) -> Place:
    """Return where one of a message's sealed columns is stored."""
    return Place("outbox", column, key)


def seal(vault: Vault, key: str, content: dict[str, str]) -> dict[str, str]:
    """Encrypt column → words."""
    return {name: vault.encrypt(words, place_of(key, name)) for name, words in content.items()}


def message_from(vault: Vault, row: AnyRow) -> Message:
    """Read a message from its row, decrypted.

    Raises:
        VaultError: a key is not configured, or the text is damaged.
    """
    stored = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
    opened = {name: vault.decrypt(stored[name], place_of(stored["key"], name)) for name in SEALED}
    return value_from(Message, row, **opened)
