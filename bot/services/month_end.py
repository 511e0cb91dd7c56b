"""The looks ahead at a month's end, named once for who sets them off and who carries them out.

The clock enqueues a workflow of one of these names with the arguments (organisation id, "YYYY-MM");
the push of the month itself is a run like every other.
This module must not do anything at those moments: ``bot.services.month_ends`` does.
"""

from typing import Final

DRY_RUN: Final = "month_end_dry_run"
"""Two days before the month's last day: what would block it, said while there is time."""

PRE_CHECK: Final = "month_end_pre_check"
"""On the month's last day at the set hour: what still blocks it."""
