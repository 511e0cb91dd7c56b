"""Journal files: filed entries given out for import, and the word of a person that they were.

A file is frozen when it is first asked for; from then on it has the same bytes. It must not
change an entry, and marks none as imported unless a person says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from bot.services import audit
from bot.services.delivery import Delivering
from bot.services.errors import Refusal
from bot.services.ports import UnitOfWork
from bot.services.ports.filing import Attachment, AttachmentRefusedError, Attachments
from bot.services.runs import RunPorts
from bot.services.saying import Said, direct_message
from ledger.delivery import DeliveryState
from ledger.filing import FiledEntry, FilePart, JournalFile, freeze, parts_of
from ledger.layouts import Layout
from ledger.organisation import (
    Company,
    ConnectionState,
    Organisation,
    PersonRole,
    Provider,
    Right,
    rights_of,
)
from ledger.periods import Period

SEND_FILES = "send_journal_files"
"""Workflow: (organisation id, first, last, layout, user id) → :meth:`JournalFiles.send`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenFile:
    """A journal file in one layout."""

    file: JournalFile
    layout: Layout
    parts: tuple[FilePart, ...]
    """What is imported; the manifest apart."""
    manifest: FilePart
    other_layouts: tuple[Layout, ...]
    """Those it was given out in before: only one of them may be imported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """The journal files of a period."""

    organisation: Organisation
    company: Company
    period: Period
    layout: Layout
    files: tuple[GivenFile, ...]
    """The oldest first; none when the period has no posted entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportConfirmed:
    """A journal file that a person imported."""

    file: JournalFile
    company: Company
    is_new: bool
    """False when somebody had said so before."""
    verified: int
    diverged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportWords:
    """The views of what an export says."""

    exported: Callable[[Exported], Said]
    refused: Callable[[Exported, str], Said]
    """With the reason why the files could not be handed over."""


class JournalFiles:
    """Gives out what is filed, and takes note of what was imported."""

    def __init__(
        self,
        ports: RunPorts,
        *,
        attachments: Attachments,
        delivering: Delivering,
        words: ExportWords,
    ) -> None:
        """Take the ports, the stage that compares, and the views."""
        self._storage = ports.storage
        self._clock = ports.clock
        self._ids = ports.ids
        self._engine = ports.engine
        self._connectors = ports.connectors
        self._attachments = attachments
        self._delivering = delivering
        self._words = words

    # ── giving out ───────────────────────────────────────────────────────────

    async def ask(
        self,
        organisation: Organisation,
        period: Period,
        layout: Layout,
        *,
        user_id: str,
        roles: frozenset[PersonRole],
    ) -> Company:
        """Have a period's files sent to a person.

        Raises:
            Refusal: the person may not, or the organisation posts into an ERP.
        """
        _require_right(roles)
        company = await self._company(organisation)
        await self._engine.enqueue(
            SEND_FILES,
            self._ids.new(),
            organisation.id,
            period.first.isoformat(),
            period.last.isoformat(),
            layout.value,
            user_id,
            partition=company.id,
        )
        return company

    async def send(
        self, organisation_id: str, first: str, last: str, layout: str, user_id: str
    ) -> None:
        """Put a period's files into a person's direct messages (workflow; ISO dates)."""
        async with self._storage.unit(read_only=True) as unit:
            organisation = await unit.organisations.get(organisation_id)
        if organisation is None:
            message = f"organisation {organisation_id} is gone"
            raise LookupError(message)
        period = Period(first=date.fromisoformat(first), last=date.fromisoformat(last))
        exported = await self.export(organisation, period, Layout(layout), actor=user_id)
        said = self._words.exported(exported)
        try:
            for given in exported.files:
                await self._attachments.send(
                    organisation.team_id,
                    user_id,
                    [_attachment(part) for part in (*given.parts, given.manifest)],
                    comment=f"{exported.company.name}: {given.file.label}",
                )
        except AttachmentRefusedError as refused:
            said = self._words.refused(exported, str(refused))
        async with self._storage.unit() as unit:
            message_ = direct_message(
                said,
                key=f"export:{self._ids.new()}",
                team_id=organisation.team_id,
                user_id=user_id,
            )
            await unit.outbox.put(message_, self._clock.now())
            await unit.commit()

    async def export(
        self, organisation: Organisation, period: Period, layout: Layout, *, actor: str
    ) -> Exported:
        """Return the journal files of a period; what no file has yet is frozen into a new one.

        Raises:
            Refusal: the organisation posts into an ERP, or nowhere.
        """
        company = await self._company(organisation)
        async with self._storage.lock(f"journal-files:{company.id}"), self._storage.unit() as unit:
            await self._freeze(unit, company, period, actor)
            files = await unit.journal_files.of_period(company.id, period.first, period.last)
            given = [await self._give(unit, file, layout) for file in files]
            await unit.commit()
        return Exported(
            organisation=organisation,
            company=company,
            period=period,
            layout=layout,
            files=tuple(given),
        )

    async def _freeze(self, unit: UnitOfWork, company: Company, period: Period, actor: str) -> None:
        fresh = await unit.journal_files.unfrozen(company.id, period.first, period.last)
        if not fresh:
            return
        file = freeze(
            [filed.entry for filed in fresh],
            id_=self._ids.new(),
            company_id=company.id,
            position=await unit.journal_files.next_position(company.id),
            actor=actor,
            at=self._clock.now(),
        )
        await unit.journal_files.freeze(file, [filed.id for filed in fresh])
        record = audit.note(
            "journal_file.frozen",
            file.label,
            organisation_id=company.organisation_id,
            actor=actor,
            at=self._clock.now(),
            change=(None, _facts(file, company)),
        )
        await unit.audit.add(record)

    async def _give(self, unit: UnitOfWork, file: JournalFile, layout: Layout) -> GivenFile:
        others = [each for each in await unit.journal_files.layouts(file.id) if each is not layout]
        parts: Sequence[FilePart] = await unit.journal_files.parts(file.id, layout)
        if not parts:
            filed = await unit.journal_files.entries_of(file.id)
            parts = parts_of(file, [each.entry for each in filed], layout)
            await unit.journal_files.keep_parts(parts)
        return GivenFile(
            file=file,
            layout=layout,
            parts=tuple(part for part in parts if part.part),
            manifest=next(part for part in parts if not part.part),
            other_layouts=tuple(others),
        )

    # ── imported ─────────────────────────────────────────────────────────────

    async def confirm_import(
        self,
        organisation: Organisation,
        file_id: str,
        *,
        actor: str,
        roles: frozenset[PersonRole],
    ) -> ImportConfirmed:
        """Note that a person imported a journal file; its entries are verified thereby.

        Raises:
            Refusal: the person may not, or the file is another organisation's.
        """
        _require_right(roles)
        async with self._storage.unit() as unit:
            file = await unit.journal_files.get(file_id)
            company = await unit.companies.get(file.company_id) if file else None
            if file is None or company is None or company.organisation_id != organisation.id:
                raise Refusal("This journal file does not belong to this organisation.")
            if company.connection is ConnectionState.DISCONNECTED:
                raise Refusal(
                    f"{company.name} is disconnected.", next_step="/integral connect file"
                )
            now = self._clock.now()
            is_new = await unit.journal_files.confirm(file_id, by=actor, at=now)
            if is_new:
                await unit.audit.add(
                    audit.note(
                        "journal_file.imported",
                        file.label,
                        organisation_id=organisation.id,
                        actor=actor,
                        at=now,
                        change=(None, _facts(file, company)),
                    )
                )
            filed = await unit.journal_files.entries_of(file_id)
            file = await unit.journal_files.get(file_id) or file
            await unit.commit()
        verified, diverged = await self._verify(company, filed)
        return ImportConfirmed(
            file=file, company=company, is_new=is_new, verified=verified, diverged=diverged
        )

    async def _verify(self, company: Company, filed: Sequence[FiledEntry]) -> tuple[int, int]:
        """Compare the file's entries with what was approved; what is done already stays so.

        A crash before this leaves them pending, and the next run or ``verify`` does it.
        """
        numbers = {each.entry.number for each in filed}
        waiting = (DeliveryState.PENDING_IN_ERP, DeliveryState.POSTED)
        async with self._storage.unit(read_only=True) as unit:
            pending = await unit.deliveries.in_state(company.id, waiting)
        ours = [delivery for delivery in pending if delivery.entry.number in numbers]
        diverged = await self._delivering.verify(self._connectors.of(company), ours)
        return len(ours) - diverged, diverged

    async def _company(self, organisation: Organisation) -> Company:
        async with self._storage.unit(read_only=True) as unit:
            company = await unit.companies.active(organisation.id)
        if company is None:
            raise Refusal("No company is connected yet.", next_step="/integral connect file")
        if company.provider is not Provider.JOURNAL_FILE:
            raise Refusal(
                f"{company.name} is in {company.provider.label}: its entries are posted there and "
                "need no file.",
                next_step="/integral status",
            )
        return company


def _require_right(roles: frozenset[PersonRole]) -> None:
    if not rights_of(roles) & {Right.PREPARE, Right.APPROVE}:
        raise Refusal("Journal files are for those who prepare or approve entries.")


def _attachment(part: FilePart) -> Attachment:
    return Attachment(name=part.name, data=part.data)


def _facts(file: JournalFile, company: Company) -> dict[str, object]:
    return {
        "company": company.name,
        "entries": file.entries,
        "debits = credits": str(file.debits),
        "digest": file.digest,
    }
