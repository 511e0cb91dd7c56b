"""A process that claims an executor slot, prints it, and holds it until its input ends.

Run as `python -m tests.support.slot_holder DATABASE_URL INCARNATION`.
"""

import asyncio
import sys

from storage.owners import Slots
from tests.support.databases import opened


async def hold(url: str, incarnation: str) -> None:
    """Claim the first free slot and wait."""
    async with opened(url) as database:
        sys.stdout.write(await Slots(database).claim(incarnation) + "\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(hold(sys.argv[1], sys.argv[2]))
