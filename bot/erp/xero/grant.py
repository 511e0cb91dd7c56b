"""The grant through which an organisation is reached: one person's consent, perhaps to several.

Values only; what is done with it, ``api`` and ``connector`` decide.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.erp.credentials import OAuthTokens, TokenSource


@dataclass(frozen=True, slots=True, kw_only=True)
class XeroGrant:
    """A grant as one of its organisations sees it."""

    tokens: TokenSource
    """Bound to the vault, and so to the lock, of the grant: all its organisations share one."""
    revoke: Callable[[OAuthTokens], Awaitable[None]]
    """Ends the grant at Xero, with **all** of its connections."""
    is_last: Callable[[], Awaitable[bool]]
    """Asked once this organisation's connection is gone: does no other one use the grant?"""
    note_cut_off: Callable[[], Awaitable[None]]
    """Told that Xero reaches this organisation no longer through the grant, which itself lives on:
    its people must authorise again. May be told more than once."""
