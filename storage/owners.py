"""Which processes live: each holds an executor slot exclusively for as long as it runs.

The operating system or the database server frees a slot when its process dies, however it dies.
"""

from __future__ import annotations

from sqlalchemy import select

from storage.database import Database
from storage.statements import upsert
from storage.tables.access import executor_slots

MOST_SLOTS = 100
_FIRST_SLOTS = 10
"""Processes take the lowest free slot, so one that serves is among these."""


class NoSlotError(RuntimeError):
    """All slots are held: more processes run than were ever meant to."""


class Slots:
    """The executor slots of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, incarnation: str) -> str:
        """Take the first free slot, such as ``slot-3``, until this process ends.

        Args:
            incarnation: an id of this process that no other process ever has.

        Raises:
            NoSlotError: when all are held.
        """
        for number in range(MOST_SLOTS):
            slot = f"slot-{number}"
            if await self._database.locks.try_lock(slot):
                await self._note(slot, incarnation)
                return slot
        raise NoSlotError

    async def try_lock(self, name: str) -> bool:
        """Take a slot whose process is gone, to take over its work; then ``unlock`` it."""
        return await self._database.locks.try_lock(name)

    async def unlock(self, name: str) -> None:
        """Free a slot that :meth:`try_lock` took."""
        await self._database.locks.unlock(name)

    async def holder(self, slot: str) -> str | None:
        """Return the incarnation that claimed the slot last."""
        async with self._database.session(read_only=True) as session:
            found = await session.execute(
                select(executor_slots.c.incarnation).where(executor_slots.c.slot == slot)
            )
            incarnation: str | None = found.scalar_one_or_none()
        return incarnation

    async def _note(self, slot: str, incarnation: str) -> None:
        row = {
            "slot": slot,
            "incarnation": incarnation,
            "claimed_at": self._database.clock.now(),
        }
        async with self._database.session() as session:
            await upsert(session, executor_slots, [row])
            await session.commit()


async def is_served(database: Database, *, but: str | None = None) -> bool:
    """Say whether a process holds one of the first executor slots, as every serving one does.

    ``but`` is this process's own slot.
    """
    for number in range(_FIRST_SLOTS):
        slot = f"slot-{number}"
        if slot == but:
            continue
        if not await database.locks.try_lock(slot):
            return True
        await database.locks.unlock(slot)
    return False


class ProcessOwners:
    """Satisfies the port ``Owners`` for a process that holds a slot."""

    def __init__(self, slots: Slots, *, slot: str, incarnation: str) -> None:
        self._slots = slots
        self._slot = slot
        self._incarnation = incarnation

    @property
    def me(self) -> str:
        """This process's own name as an owner: ``slot/incarnation``."""
        return f"{self._slot}/{self._incarnation}"

    async def is_gone(self, owner: str) -> bool:
        """Say whether the process that was this owner surely no longer runs.

        It is gone when its slot is free, or was claimed by another process since.

        Raises:
            ValueError: for a text that names no owner.
        """
        slot, separator, incarnation = owner.partition("/")
        if not separator or not slot:
            message = "an owner is written slot/incarnation"
            raise ValueError(message)
        if slot == self._slot:
            return incarnation != self._incarnation
        if await self._slots.try_lock(slot):
            await self._slots.unlock(slot)
            return True
        return await self._slots.holder(slot) not in {incarnation, None}
