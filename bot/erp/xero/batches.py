"""Which entries travel in one request, and the ``Idempotency-Key`` of that request.

https://developer.xero.com/documentation/guides/idempotent-requests/idempotency (128 characters,
per app, kept for 6 minutes, errors too) and
https://developer.xero.com/documentation/guides/oauth2/limits (about 50 elements, 3.5 MB). Pure.

Why a second sending of an entry cannot double it, whatever else travels with it then:

1. The key is made of the tenant and the request keys of exactly the entries sent, in the order of
   their numbers. The same composition therefore is the same request, byte for byte, and Xero
   answers it a second time from memory; another composition is another request to Xero, and
   nothing less.
2. So the key protects a repetition of the same request (after a refused token, or by a proxy on
   the way) and nothing else. It is not relied on for an entry that is sent again:
3. An entry is sent again only if it was surely not processed (no connection, a lost claim, 401,
   403, 429), or after two searches found nothing, the later one ``settle_s`` (10 minutes) after
   the outcome became unknown. By then Xero has forgotten the key of *every* composition (6
   minutes), so that sending the same one again would be worth no more than sending another: a
   single entry per call would gain nothing.
4. What a composition cannot give, a look does: every entry that was sent before is searched for
   once more in the breath before it is sent (``connector``), since nothing of Xero's outlives
   those 6 minutes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256

from bot.erp.connector import Submission
from bot.erp.xero.payloads import entries_body

MOST_ENTRIES = 50
MOST_BYTES = 3_000_000


def batches(submissions: Sequence[Submission]) -> Iterator[tuple[Submission, ...]]:
    """Split submissions into requests, lowest number first, within Xero's count and size."""
    batch: list[Submission] = []
    size = 0
    for submission in sorted(submissions, key=lambda s: s.entry.number):
        length = len(entries_body([submission.entry]))
        if batch and (len(batch) == MOST_ENTRIES or size + length > MOST_BYTES):
            yield tuple(batch)
            batch, size = [], 0
        batch.append(submission)
        size += length
    if batch:
        yield tuple(batch)


def idempotency_key(tenant_id: str, batch: Sequence[Submission]) -> str:
    """Return the key of a request; the same for the same entries with the same request keys."""
    keys = "\n".join([tenant_id, *(submission.request_key for submission in batch)])
    return f"je-{sha256(keys.encode()).hexdigest()}"
