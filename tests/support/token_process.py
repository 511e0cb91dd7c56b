"""A process that needs a QuickBooks token: asks for it when told to, and prints its digest.

Run as `python -m tests.support.token_process DATABASE_URL QUICKBOOKS_URL COMPANY_ID`. It prints
*ready* once it can ask, and asks when its input has a line.
"""

import asyncio
import hashlib
import sys
from collections.abc import Sequence

from bot.erp.credentials import TokenSource
from bot.erp.oauth import AppKeys
from bot.erp.quickbooks.company import LABEL
from bot.erp.quickbooks.oauth import QuickBooksOAuth
from bot.services.grants import Grants
from bot.services.ports import UnitOfWork
from ledger.organisation import Company
from tests.support.databases import opened
from tests.support.loopback import open_client
from tests.support.quickbooks import CLIENT_ID, CLIENT_SECRET, addresses_at


async def ask(url: str, quickbooks_url: str, company_id: str) -> None:
    """Ask for the company's token once."""
    async with opened(url) as database, open_client() as http:
        async with database.unit(read_only=True) as unit:
            company = await unit.companies.get(company_id)
        assert company is not None
        oauth = QuickBooksOAuth(
            AppKeys(client_id=CLIENT_ID, client_secret=CLIENT_SECRET),
            addresses=addresses_at(quickbooks_url),
            http=http,
            now=database.clock.now,
        )
        grants = Grants(storage=database, clock=database.clock, on_ended=_say_ended)
        now = database.clock.now
        source = TokenSource(grants.of(company), oauth.refresh, now=now, subject=LABEL)
        _say("ready")
        await asyncio.to_thread(sys.stdin.readline)
        _say(digest(await source.token()))


def digest(token: str) -> str:
    """Return what tells tokens apart."""
    return hashlib.sha256(token.encode()).hexdigest()


async def _say_ended(unit: UnitOfWork, companies: Sequence[Company]) -> None:
    _say("ended")


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(ask(*sys.argv[1:]))
