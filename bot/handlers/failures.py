"""What becomes of an error nobody expected: a reference for the person, a line for the operator.

The log gets the error's type and where it was raised, never its text: an error's text may quote
a payload, a parameter or a secret.
"""

from __future__ import annotations

import secrets
import traceback

import structlog

_log = structlog.get_logger(__name__)


def report(error: BaseException, *, what: str, team_id: str | None = None) -> str:
    """Log an unexpected error and return its reference, eight letters and digits.

    Args:
        error: what was raised.
        what: the command, button or modal that failed, such as ``command sync``.
        team_id: the workspace it happened in.
    """
    reference = secrets.token_hex(4).upper()
    frames = traceback.extract_tb(error.__traceback__)
    _log.error(
        "handler_failed",
        reference=reference,
        what=what,
        team=team_id,
        error=type(error).__qualname__,
        at=[f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-12:]],
    )
    return reference


def apology(reference: str) -> str:
    """Return the sentence that a person sees, with what to do next."""
    return (
        "Something went wrong on our side and nothing more was done. Try again; if it happens"
        f" again, give reference `{reference}` to whoever runs Integral."
    )
