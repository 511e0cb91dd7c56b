"""A digest of which effects are taken, whatever order they come in. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from ledger.entries import EntryMember


def digest_of(members: Iterable[EntryMember]) -> str:
    """Return a digest that is another one as soon as the effects are others."""
    return digest_of_rows((m.source, m.transaction_id, m.effect) for m in members)


def digest_of_rows(rows: Iterable[tuple[str, str, str]]) -> str:
    """Return the same from (source, transaction id, effect) as they are stored."""
    lines = sorted(
        f"{len(source)} {source} {len(id_)} {id_} {effect}" for source, id_, effect in rows
    )
    return sha256("\n".join(lines).encode()).hexdigest()
