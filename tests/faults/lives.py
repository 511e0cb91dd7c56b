"""Lives one after another, each cut where it was drawn, until one reaches the end.

A frozen life is thawed only after others could have taken over what it had claimed; until then
another life works beside it, harsher than the engine, which waits for a living process.
"""

from dataclasses import dataclass

from tests.faults.children import Child, Standing
from tests.faults.life import SEND_WINDOW_S, SETTLE_S, World, live
from tests.faults.tearing import KILLED, Tear, TearKind

LIFE_S = 60.0
"""A life that is not done by then is stuck."""
_FROZEN_S = SEND_WINDOW_S + SETTLE_S + 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuts:
    """How often our process was cut, and why it did not get to the end, if it did not."""

    torn: int
    stuck: str | None = None


class StuckError(Exception):
    """A life that failed by itself or did not end."""


def live_on(world: World, tears: list[Tear]) -> Cuts:
    """Live until everything is settled."""
    lives = _Lives(world, tears)
    try:
        while not lives.one_more():
            pass
    except StuckError as error:
        return Cuts(torn=lives.torn, stuck=str(error))
    finally:
        lives.end()
    return Cuts(torn=lives.torn)


class _Lives:
    def __init__(self, world: World, tears: list[Tear]) -> None:
        self._world = world
        self._tears = list(tears)
        self._children: list[Child] = []
        self.torn = 0

    def one_more(self) -> bool:
        """Live once more; say whether that life got to the end.

        Raises:
            StuckError: it failed by itself or did not end.
        """
        child, tear = self._start()
        if child.wait(LIFE_S) is Standing.STOPPED:
            self.torn += 1
            self._go_on_beside(child)
        return self._has_arrived(child, tear)

    def end(self) -> None:
        """Leave nothing behind."""
        for child in self._children:
            child.kill()

    def _start(self) -> tuple[Child, Tear | None]:
        tear = self._tears.pop(0) if self._tears else None
        world, name = self._world, f"life-{len(self._children) + 1}"
        child = Child.start(lambda: live(world, name, tear), folder=world.folder, name=name)
        self._children.append(child)
        return child, tear

    def _go_on_beside(self, frozen: Child) -> None:
        other, tear = self._start()
        other.wait(_FROZEN_S)
        frozen.go_on()
        frozen.wait(LIFE_S)
        other.wait(LIFE_S)
        self._has_arrived(other, tear)

    def _has_arrived(self, child: Child, tear: Tear | None) -> bool:
        if child.exit_code == KILLED:
            self.torn += 1
            return False
        if child.exit_code is None:
            raise StuckError(f"it was not done after {LIFE_S:.0f} s, see {child.log.name}")
        if child.exit_code != 0:
            raise StuckError(f"it failed, see {child.log.name}")
        is_cut = child.result()["torn"] is True and tear is not None
        if is_cut and tear is not None and tear.kind is TearKind.SOFT:
            self.torn += 1
            return False
        return True
