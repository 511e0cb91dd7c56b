"""Builds the journal file: its connector, the company without an ERP, and what gives files out."""

from __future__ import annotations

from collections.abc import Callable

from bot.erp.connector import Connector
from bot.erp.journal_file.book import JournalFileBook
from bot.erp.journal_file.connector import JournalFileConnector
from bot.handlers.attachments import SlackAttachments
from bot.handlers.files import SlackFiles
from bot.handlers.slack_api import SlackApi
from bot.services.connections import Connections
from bot.services.delivery import Delivering
from bot.services.file_company import FileCompany
from bot.services.journal_files import ExportWords, JournalFiles
from bot.services.runs import RunPorts
from bot.views import journal_files as views
from bot.wiring.erp_parts import Erp, ErpParts
from bot.wiring.ground import Ground
from ledger.organisation import Company
from storage.journal_book import StoredJournalBook


def build_journal_file(parts: ErpParts) -> Erp:
    """Build the connector of companies without an ERP, which needs no keys."""

    def connect(company: Company) -> Connector:
        return JournalFileConnector(company.key, book=parts.book_of(company), now=parts.clock.now)

    return Erp(connect=connect)


def books_of(ground: Ground) -> Callable[[Company], JournalFileBook]:
    """Return what finds a company's book in our own database."""

    def book_of(company: Company) -> JournalFileBook:
        return StoredJournalBook(ground.database, company.id, new_id=ground.ids.new)

    return book_of


def build_file_company(
    ground: Ground, slack: SlackApi, ports: RunPorts, connections: Connections
) -> FileCompany:
    """Build what connects a company without an ERP."""
    return FileCompany(
        storage=ports.storage,
        clock=ports.clock,
        ids=ports.ids,
        engine=ports.engine,
        files=SlackFiles(slack, files_url=ground.settings.slack_files_url),
        connections=connections,
        refused_words=views.chart_refused,
    )


def build_journal_files(
    ground: Ground, slack: SlackApi, ports: RunPorts, delivering: Delivering
) -> JournalFiles:
    """Build what gives journal files out."""
    return JournalFiles(
        ports,
        attachments=SlackAttachments(slack, files_url=ground.settings.slack_files_url),
        delivering=delivering,
        words=ExportWords(exported=views.exported, refused=views.refused),
    )
