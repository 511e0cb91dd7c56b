"""Builds the use cases of a month's end: its moments, waiting cards, workbooks, stragglers."""

from __future__ import annotations

from bot.handlers.attachments import SlackAttachments
from bot.handlers.slack_api import SlackApi
from bot.services.month_end_cases import MonthEndCases
from bot.services.month_ends import MonthEnds, MonthEndWords
from bot.services.pipeline import Pipeline
from bot.services.policies import ApprovalPolicies
from bot.services.preparing import Preparing
from bot.services.runs import RunPorts, Runs
from bot.services.straggling import Stragglers
from bot.services.waiting import Waiting
from bot.services.workbooks import WorkbookContent, Workbooks
from bot.views import approvals as approval_views
from bot.views import month_ends as month_end_views
from bot.views import stragglers as straggler_views
from bot.wiring.ground import Ground


def build_month_end(
    ground: Ground, slack: SlackApi, ports: RunPorts, *, pipeline: Pipeline, preparing: Preparing
) -> MonthEndCases:
    """Build them over the same ports, and the stages before approval with what they keep."""
    runs = Runs(ports)
    return MonthEndCases(
        moments=MonthEnds(
            ports,
            pipeline=pipeline,
            preparing=preparing,
            words=MonthEndWords(
                report=month_end_views.report, not_started=month_end_views.not_started
            ),
        ),
        waiting=Waiting(ports, preparing=preparing),
        workbooks=Workbooks(
            ports,
            attachments=SlackAttachments(slack, files_url=ground.settings.slack_files_url),
            writer=_write_workbook,
            words=approval_views.no_workbook,
        ),
        stragglers=Stragglers(ports, pipeline=pipeline, runs=runs, words=straggler_views.listed),
        policies=ApprovalPolicies(storage=ports.storage, clock=ports.clock),
    )


def _write_workbook(content: WorkbookContent) -> bytes:
    """Write a workbook; what writes it takes long to load, and most processes write none."""
    from bot.workbook import write_workbook  # noqa: PLC0415

    return write_workbook(content)
