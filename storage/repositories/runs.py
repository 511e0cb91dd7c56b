"""Runs of the straight line; the database allows one open run per company and period."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.records import RunInProgressError
from ledger.runs import OPEN_RUN_STATES, Run, RunState
from storage.engine import READ_ONLY
from storage.statements import columns_of, insert_into, value_from, values_of
from storage.tables.runs import IS_OPEN, runs


class RunsRepository:
    """Satisfies the port ``Runs``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        options = session.get_bind().get_execution_options()
        self._only_reads = bool(options.get(READ_ONLY))

    async def add(self, run: Run) -> None:
        """Store a new run.

        Raises:
            RunInProgressError: when one is open for the same company and period.
        """
        # The update changes nothing: it makes the statement return the run that is in the way.
        statement = (
            insert_into(self._session, runs)
            .values(**values_of(run))
            .on_conflict_do_update(
                index_elements=[runs.c.company_id, runs.c.first_date, runs.c.last_date],
                index_where=IS_OPEN,
                set_={"company_id": runs.c.company_id},
            )
            .returning(runs.c.id)
        )
        open_id = (await self._session.execute(statement)).scalar_one()
        if open_id != run.id:
            raise RunInProgressError(open_id)

    async def get(self, run_id: str) -> Run | None:
        """Return the run, or none; a unit that may write holds it until its end.

        Whoever writes has read first, and must not overwrite what another wrote in between.
        """
        statement = _all().where(runs.c.id == run_id)
        found = await self._list(statement if self._only_reads else statement.with_for_update())
        return found[0] if found else None

    async def save(self, run: Run) -> None:
        """Store the changed fields of a run that exists."""
        values = values_of(run)
        del values["id"], values["organisation_id"], values["company_id"]
        await self._session.execute(
            update(runs)
            .where(
                runs.c.id == run.id,
                runs.c.organisation_id == run.organisation_id,
                runs.c.company_id == run.company_id,
            )
            .values(**values)
        )

    async def due(self, now: datetime, limit: int) -> list[Run]:
        """Return open runs whose ``wake_at`` has come, the longest waiting first."""
        return await self._list(
            _all()
            .where(runs.c.state.in_(sorted(OPEN_RUN_STATES)), runs.c.wake_at <= now)
            .order_by(runs.c.wake_at, runs.c.id)
            .limit(limit)
        )

    async def recent(self, organisation_id: str, limit: int) -> list[Run]:
        """Return the organisation's runs, the newest first."""
        return await self._list(
            _all()
            .where(runs.c.organisation_id == organisation_id)
            .order_by(runs.c.requested_at.desc(), runs.c.id.desc())
            .limit(limit)
        )

    async def in_state(self, states: Iterable[RunState]) -> list[Run]:
        """Return all runs in these states, the oldest first."""
        return await self._list(
            _all().where(runs.c.state.in_(sorted(states))).order_by(runs.c.requested_at, runs.c.id)
        )

    async def _list(self, statement: Select[Any]) -> list[Run]:
        found = await self._session.execute(statement)
        return [value_from(Run, row) for row in found]


@cache
def _all() -> Select[Any]:
    return select(*columns_of(Run, runs))
