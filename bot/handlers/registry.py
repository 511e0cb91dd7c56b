"""Every Slack id the bot answers to, found by name; an id registered twice is refused.

``bot.handlers`` assembles the one registry of the product from the handler modules' own tuples.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Protocol, TypeVar

from bot.handlers import meant
from bot.handlers.context import Action, Ask, Command, Modal, Options
from bot.services.use_cases import UseCases
from bot.views.kit import View

Home = Callable[[Ask, UseCases], Awaitable[View]]
"""Draws the App Home of the person who opened it, for one organisation or for none."""


class DuplicateIdError(Exception):
    """Two handlers claim one Slack id: the program would answer with either."""


class _Registered(Protocol):
    @property
    def right(self) -> object: ...


Handler = TypeVar("Handler", bound=_Registered)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """Subcommand, action, modal and type-ahead by id, and the App Home."""

    commands: Mapping[str, Command]
    actions: Mapping[str, Action]
    modals: Mapping[str, Modal]
    options: Mapping[str, Options]
    home: Home | None = None

    @classmethod
    def of(
        cls,
        *,
        commands: Iterable[Command] = (),
        actions: Iterable[Action] = (),
        modals: Iterable[Modal] = (),
        options: Iterable[Options] = (),
        home: Home | None = None,
    ) -> Registry:
        """Build a registry.

        Raises:
            DuplicateIdError: when an id of one kind is registered twice.
        """
        return cls(
            commands=_by_id((command.name, command) for command in commands),
            actions=_by_id((action.action_id, action) for action in actions),
            modals=_by_id((modal.callback_id, modal) for modal in modals),
            options=_by_id((options.action_id, options) for options in options),
            home=home,
        )

    @classmethod
    def of_modules(cls, *modules: ModuleType) -> Registry:
        """Build a registry from what modules export: ``COMMANDS, ACTIONS, MODALS, OPTIONS, HOME``.

        Raises:
            DuplicateIdError: when an id of one kind, or the home, is registered twice.
        """
        homes = [module.HOME for module in modules if hasattr(module, "HOME")]
        if len(homes) > 1:
            raise DuplicateIdError("two modules draw the App Home")
        return cls.of(
            commands=(each for module in modules for each in getattr(module, "COMMANDS", ())),
            actions=(each for module in modules for each in getattr(module, "ACTIONS", ())),
            modals=(each for module in modules for each in getattr(module, "MODALS", ())),
            options=(each for module in modules for each in getattr(module, "OPTIONS", ())),
            home=homes[0] if homes else None,
        )

    def action(self, action_id: str) -> Action | None:
        """Return the action of an id; what follows a ``:`` only tells one block's buttons apart."""
        return self.actions.get(action_id) or self.actions.get(action_id.partition(":")[0])

    def options_of(self, action_id: str) -> Options | None:
        """Return the type-ahead of an id, found as an action is."""
        return self.options.get(action_id) or self.options.get(action_id.partition(":")[0])

    def nearest(self, typed: str) -> str | None:
        """Return the subcommand that a person most likely meant; none when none is alike."""
        return meant.nearest(typed, self.commands)


def _by_id(pairs: Iterable[tuple[str, Handler]]) -> dict[str, Handler]:
    found: dict[str, Handler] = {}
    for key, handler in pairs:
        if key in found:
            raise DuplicateIdError(f"{key!r} is registered twice")
        found[key] = handler
    return found
