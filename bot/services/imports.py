"""Imports: files of transactions and opening lots become rows of the organisation's ledger.

First stage of the line. Rows that are fine go in together, rejected ones are listed with their
remedy; a file with wrong columns changes nothing. It must not make entries. Shared by Slack, the
API and the command line.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.services import audit
from bot.services.errors import Refusal
from bot.services.ports import (
    Clock,
    Engine,
    FileRefusedError,
    Files,
    Ids,
    Storage,
    UnitOfWork,
)
from bot.services.saying import FieldRefusal, Said, direct_message
from ledger.lots import Lot
from ledger.organisation import Organisation
from ledger.problems import Problem, ProblemCode
from ledger.records import ImportOutcome, Message, Source, Upload
from ledger.sources import ParsedFile, parse_csv, parse_json_lines, parse_opening_lots
from ledger.transactions import Transaction

IMPORT_FILE = "import_file"
"""Workflow: (upload id) → :meth:`Imports.run`."""
MOST_BYTES = 50_000_000
"""The largest file that is read; about 300,000 rows."""
SHOWN_PROBLEMS = 10
_LONGEST_SOURCE = 60


class FileKind(StrEnum):
    """What a file holds."""

    TRANSACTIONS = "transactions"
    OPENING_LOTS = "opening_lots"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """How an import ended."""

    source: str
    kind: FileKind
    filename: str
    outcome: ImportOutcome
    problems: tuple[Problem, ...]
    """One for each thing wrong with a row, in the order of rows."""

    @property
    def rejected(self) -> int:
        """How many rows did not go in; several things may be wrong with one."""
        rows = {dict(problem.facts).get("row") for problem in self.problems}
        return len(rows - {None})

    @property
    def changed(self) -> int:
        """How many rows are new or other than before."""
        return self.outcome.added + self.outcome.corrected


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportWords:
    """The views of what an import says."""

    channel: Callable[[Imported], Said]
    """Counts only."""
    person: Callable[[Imported], Said]
    """With the rejected rows."""


class Imports:
    """Files and rows from outside."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        ids: Ids,
        engine: Engine,
        files: Files,
        words: ImportWords,
    ) -> None:
        """Take the ports and the views."""
        self._storage = storage
        self._clock = clock
        self._ids = ids
        self._engine = engine
        self._files = files
        self._words = words

    async def sources(self, organisation: Organisation) -> list[Source]:
        """Return the sources by name, with their last import."""
        async with self._storage.unit(read_only=True) as unit:
            return await unit.transactions.sources(organisation.id)

    async def ask(self, organisation: Organisation, upload: Upload) -> None:
        """Have a file imported that somebody gave us in Slack.

        Raises:
            FieldRefusal: naming ``source`` or ``file``.
        """
        errors = {}
        if not is_source_name(upload.source):
            errors["source"] = f"Name the source with 1 to {_LONGEST_SOURCE} characters."
        if not upload.slack_file_id:
            errors["file"] = "Add a CSV file."
        if errors:
            raise FieldRefusal(errors)
        async with self._storage.unit() as unit:
            await unit.uploads.add(upload)
            await unit.commit()
        await self._engine.enqueue(IMPORT_FILE, upload.id, upload.id, partition=organisation.id)

    def new_upload(
        self, organisation: Organisation, *, user_id: str, source: str, kind: FileKind
    ) -> Upload:
        """Return an upload with a fresh id, to be completed with where its file is."""
        return Upload(
            id=self._ids.new(),
            organisation_id=organisation.id,
            team_id=organisation.team_id,
            user_id=user_id,
            channel_id=organisation.finance_channel,
            source=source.strip(),
            kind=kind.value,
            filename="",
        )

    async def run(self, upload_id: str) -> None:
        """Import an upload and tell who gave it (workflow); a second time does nothing.

        Rows are unique by source and id, so that even a crash in between adds nothing twice.
        """
        async with self._storage.unit(read_only=True) as unit:
            upload = await unit.uploads.get(upload_id)
            organisation = await unit.organisations.get(upload.organisation_id) if upload else None
        if upload is None or organisation is None or upload.result is not None:
            return
        try:
            data = await self._files.download(
                upload.team_id, upload.slack_file_id or "", MOST_BYTES
            )
        except FileRefusedError as refused:
            imported = _refused_file(upload, str(refused))
        else:
            imported = await self.import_file(
                organisation,
                data,
                source=upload.source,
                kind=FileKind(upload.kind),
                actor=upload.user_id,
            )
        await self._finish(upload, replace(imported, filename=upload.filename))

    async def import_file(
        self,
        organisation: Organisation,
        data: bytes,
        *,
        source: str,
        kind: FileKind = FileKind.TRANSACTIONS,
        actor: str,
    ) -> Imported:
        """Read a CSV file and keep what is fine, in one unit of work.

        Args:
            organisation: Whose rows they become.
            data: The file, at most ``MOST_BYTES``.
            source: Where it comes from, such as *Kraken*.
            kind: What the rows are.
            actor: A Slack user id, or ``cli:NAME``.

        Raises:
            Refusal: for a name that no source can have.
        """
        _require_source(source)
        if kind is FileKind.OPENING_LOTS:
            lots = await asyncio.to_thread(
                parse_opening_lots, data, base_currency=organisation.base_currency
            )
            return await self.save_lots(
                organisation, lots.lots, source=source, actor=actor, problems=lots.problems
            )
        parsed = await asyncio.to_thread(parse_csv, data, source=source)
        return await self.save_rows(organisation, parsed, source=source, actor=actor)

    async def import_json_lines(
        self, organisation: Organisation, data: bytes, *, source: str, actor: str
    ) -> Imported:
        """Read the API's JSON lines and keep what is fine, in one unit of work.

        Raises:
            Refusal: for a name that no source can have.
        """
        _require_source(source)
        parsed = await asyncio.to_thread(parse_json_lines, data, source=source)
        return await self.save_rows(organisation, parsed, source=source, actor=actor)

    async def save_rows(
        self, organisation: Organisation, parsed: ParsedFile, *, source: str, actor: str
    ) -> Imported:
        """Keep parsed transactions, note who brought them, and say what changed."""
        async with self._storage.unit() as unit:
            outcome = await self._save(unit, organisation, parsed.transactions)
            imported = Imported(
                source=source,
                kind=FileKind.TRANSACTIONS,
                filename="",
                outcome=outcome,
                problems=parsed.problems,
            )
            await self._note(unit, organisation, imported, actor)
            await unit.commit()
        return imported

    async def save_lots(
        self,
        organisation: Organisation,
        lots: Sequence[Lot],
        *,
        source: str,
        actor: str,
        problems: tuple[Problem, ...] = (),
    ) -> Imported:
        """Replace a source's opening lots; a file without a readable one changes nothing."""
        async with self._storage.unit() as unit:
            if lots:
                await unit.transactions.save_lots(organisation.id, source, lots)
            outcome = ImportOutcome(added=len(lots), unchanged=0, corrected=0, stale_entries=0)
            imported = Imported(
                source=source,
                kind=FileKind.OPENING_LOTS,
                filename="",
                outcome=outcome,
                problems=problems,
            )
            await self._note(unit, organisation, imported, actor)
            await unit.commit()
        return imported

    async def _save(
        self, unit: UnitOfWork, organisation: Organisation, transactions: Sequence[Transaction]
    ) -> ImportOutcome:
        if not transactions:
            return ImportOutcome(added=0, unchanged=0, corrected=0, stale_entries=0)
        return await unit.transactions.save(organisation.id, transactions, self._clock.now())

    async def _note(
        self, unit: UnitOfWork, organisation: Organisation, imported: Imported, actor: str
    ) -> None:
        """Count a change as shaping; an import that changed nothing shapes nothing."""
        record = audit.shaping if imported.changed else audit.note
        if imported.changed:
            await unit.organisations.raise_shape_version(organisation.id)
        await unit.audit.add(
            record(
                f"import.{imported.kind.value}",
                imported.source,
                organisation_id=organisation.id,
                actor=actor,
                at=self._clock.now(),
                change=(None, _counts(imported)),
            )
        )

    async def _finish(self, upload: Upload, imported: Imported) -> None:
        async with self._storage.unit() as unit:
            now = self._clock.now()
            await unit.uploads.finish(upload.id, json.dumps(_counts(imported)))
            message = direct_message(
                self._words.person(imported),
                key=f"import:{upload.id}",
                team_id=upload.team_id,
                user_id=upload.user_id,
            )
            await unit.outbox.put(message, now)
            if upload.channel_id is not None:
                said = self._words.channel(imported)
                post = Message(
                    key=f"import:{upload.id}:channel",
                    team_id=upload.team_id,
                    channel=upload.channel_id,
                    text=said.text,
                    blocks=said.blocks,
                )
                await unit.outbox.put(post, now)
            await unit.commit()


def is_source_name(name: str) -> bool:
    """Say whether a source can be called so."""
    return 1 <= len(name.strip()) <= _LONGEST_SOURCE and name.isprintable()


def _require_source(name: str) -> None:
    if not is_source_name(name):
        raise Refusal(f"Name the source with 1 to {_LONGEST_SOURCE} printable characters.")


def _counts(imported: Imported) -> dict[str, object]:
    outcome = imported.outcome
    return {
        "added": outcome.added,
        "unchanged": outcome.unchanged,
        "corrected": outcome.corrected,
        "rejected": imported.rejected,
        "stale entries": outcome.stale_entries,
    }


def _refused_file(upload: Upload, reason: str) -> Imported:
    problem = Problem(
        code=ProblemCode.INVALID_ROW,
        subject=f"the file {upload.filename}",
        facts=(("reason", reason),),
    )
    return Imported(
        source=upload.source,
        kind=FileKind(upload.kind),
        filename=upload.filename,
        outcome=ImportOutcome(added=0, unchanged=0, corrected=0, stale_entries=0),
        problems=(problem,),
    )
