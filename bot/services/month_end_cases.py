"""What belongs to a month's end, in one bag: as wiring builds it and handlers and clock use it.

Holds nothing else and does nothing itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.services.month_ends import MonthEnds
from bot.services.policies import ApprovalPolicies
from bot.services.straggling import Stragglers
from bot.services.waiting import Waiting
from bot.services.workbooks import Workbooks


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthEndCases:
    """The use cases of a month's end."""

    moments: MonthEnds
    waiting: Waiting
    workbooks: Workbooks
    stragglers: Stragglers
    policies: ApprovalPolicies
