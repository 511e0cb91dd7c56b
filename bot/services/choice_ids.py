"""What stands for a stored key in Slack, whose ids are short. Pure."""

from __future__ import annotations

from hashlib import sha256

_LONGEST_ID = 150


def choice_id(key: str) -> str:
    """Return what stands for a storage key in Slack: the key itself, or a digest of a long one.

    Ids of blocks hold 255 characters, and an organisation's id besides.
    """
    is_plain = len(key) <= _LONGEST_ID and key.isascii()
    return key if is_plain else f"#{sha256(key.encode()).hexdigest()}"
