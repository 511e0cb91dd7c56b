"""Write a new revision: ``python -m storage.migrations DATABASE_URL "what changes"``.

The database must be at the newest revision. For developers; the product only upgrades.
"""

from __future__ import annotations

import asyncio
import sys

from storage.engine import normal_url
from storage.migrations.run import revise

if __name__ == "__main__":
    asyncio.run(revise(normal_url(sys.argv[1]), sys.argv[2]))
