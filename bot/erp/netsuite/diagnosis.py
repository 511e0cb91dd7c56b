"""Why the account of a line was refused, from the account itself.

NetSuite refuses an inactive account, one kept in another currency and one of no use with the same
words, in the user's language, so the account is looked at. Pure: its row in, the code out.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.erp.payload import JsonObject, text_at
from ledger.problems import ProblemCode


def account_problem(rows: Sequence[JsonObject], *, currency_id: str | None) -> ProblemCode:
    """Return what is wrong with an account that was refused, as its row (or no row) shows.

    Args:
        rows: The account's row of ``queries.account_state``; none when it is gone.
        currency_id: Internal id of the entry's currency.
    """
    if not rows:
        return ProblemCode.ACCOUNT_DELETED
    if text_at(rows[0], "isinactive") == "T":
        return ProblemCode.ACCOUNT_INACTIVE
    if text_at(rows[0], "currency") not in (None, currency_id):
        return ProblemCode.CURRENCY_MISMATCH
    return ProblemCode.ACCOUNT_REFUSED
