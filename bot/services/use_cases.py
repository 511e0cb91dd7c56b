"""Every use case in one bag, as handlers, API, CLI and workflows are given it.

Built once by ``bot.wiring``; holds nothing else and does nothing itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.services.access import Access
from bot.services.advancing import Advancing
from bot.services.aftercare import Aftercare
from bot.services.approvals import Approvals
from bot.services.connections import Connections
from bot.services.corrections import Corrections
from bot.services.dimensions import Dimensions
from bot.services.due_schedules import DueSchedules
from bot.services.file_company import FileCompany
from bot.services.imports import Imports
from bot.services.journal_files import JournalFiles
from bot.services.journal_settings import JournalSettingsService
from bot.services.look_alikes import LookAlikes
from bot.services.mappings import Mappings
from bot.services.month_end_cases import MonthEndCases
from bot.services.overview import Overview
from bot.services.ports import Clock, Storage
from bot.services.previews import Previews
from bot.services.runs import Runs
from bot.services.schedules import Schedules
from bot.services.verification import Verification
from bot.services.watch import Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCases:
    """The use cases, one per noun."""

    access: Access
    connections: Connections
    file_company: FileCompany
    watch: Watch
    imports: Imports
    settings: JournalSettingsService
    mappings: Mappings
    dimensions: Dimensions
    overview: Overview
    previews: Previews
    runs: Runs
    schedules: Schedules
    due_schedules: DueSchedules
    advancing: Advancing
    approvals: Approvals
    look_alikes: LookAlikes
    corrections: Corrections
    verification: Verification
    aftercare: Aftercare
    journal_files: JournalFiles
    month_end: MonthEndCases
    storage: Storage
    clock: Clock
