"""One clock for all processes of a run, which may be put forward while everybody only waits."""

import mmap
import struct
from datetime import UTC, datetime, timedelta

_CELL = struct.Struct("d")


class SharedClock:
    """The machine's time plus an offset that forked processes share."""

    def __init__(self) -> None:
        """Make the cell; children forked from now on share it."""
        self._cell = mmap.mmap(-1, _CELL.size)
        self._behind_s = 0.0

    @classmethod
    def at(cls, moment: datetime) -> "SharedClock":
        """Make one that shows a moment now."""
        clock = cls()
        clock.advance((moment - datetime.now(UTC)).total_seconds())
        return clock

    @property
    def offset_s(self) -> float:
        """Seconds ahead of the machine."""
        offset: float = _CELL.unpack_from(self._cell)[0]
        return offset

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        return datetime.now(UTC) + timedelta(seconds=self.offset_s - self._behind_s)

    def fall_behind(self, seconds: float) -> None:
        """Let this process alone be late, as a machine is that was suspended."""
        self._behind_s += seconds

    def advance(self, seconds: float) -> None:
        """Put the clock forward for every process."""
        _CELL.pack_into(self._cell, 0, self.offset_s + seconds)
