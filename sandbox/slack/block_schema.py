"""A small language for what a Block Kit object may hold, and for finding what is wrong with one.

A rule looks at one value and adds findings in Slack's wording, each with its JSON pointer, such as
`[ERROR] must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]`
(seen in getnao/nao#1143, slack-go/slack#805 and slackapi/java-slack-sdk#684). It knows no block.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from sandbox.slack.jsontypes import JsonObject, JsonValue


class Findings:
    """The faults of one payload, in the order in which they were met."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def add(self, message: str, at: str) -> None:
        """One more fault, at a JSON pointer."""
        self.messages.append(f"[ERROR] {message} [json-pointer:{at}]")


Rule: TypeAlias = Callable[[JsonValue, str, Findings], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The properties an object may have; no others. `check` looks at the object as a whole."""

    required: Mapping[str, Rule] = field(default_factory=dict)
    optional: Mapping[str, Rule] = field(default_factory=dict)
    check: Rule | None = None

    def __call__(self, value: JsonValue, at: str, found: Findings) -> None:
        """Add every fault of `value`."""
        if not isinstance(value, dict):
            found.add("must provide an object", at)
            return
        for name in self.required:
            if value.get(name) is None:
                found.add(f"missing required field: {name}", at)
        for name, part in value.items():
            rule = self.required.get(name) or self.optional.get(name)
            if rule is None:
                found.add(f"invalid additional property: {name}", at)
            elif part is not None:
                rule(part, f"{at}/{name}", found)
        if self.check is not None:
            self.check(value, at, found)


def anything(value: JsonValue, at: str, found: Findings) -> None:
    """Let every value pass."""


def flag(value: JsonValue, at: str, found: Findings) -> None:
    """Allow true and false only."""
    if not isinstance(value, bool):
        found.add("must provide a boolean", at)


def number(value: JsonValue, at: str, found: Findings) -> None:
    """Allow a number only."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        found.add("must provide a number", at)


def string(most: int, *, least: int = 0) -> Rule:
    """A rule for a text of `least` to `most` characters."""

    def rule(value: JsonValue, at: str, found: Findings) -> None:
        if not isinstance(value, str):
            found.add("must provide a string", at)
        elif len(value) > most:
            found.add(f"must be less than {most + 1} characters", at)
        elif len(value) < least:
            found.add(f"must be more than {least - 1} characters", at)

    return rule


def one_of(*allowed: str) -> Rule:
    """A rule for one of a few words."""

    def rule(value: JsonValue, at: str, found: Findings) -> None:
        if value not in allowed:
            found.add(f"must be one of: {', '.join(allowed)}", at)

    return rule


def list_of(item: Rule, *, most: int, least: int = 1) -> Rule:
    """A rule for a list of `least` to `most` items, each of which passes `item`."""

    def rule(value: JsonValue, at: str, found: Findings) -> None:
        if not isinstance(value, list):
            found.add("must provide an array", at)
            return
        if len(value) > most:
            found.add(f"no more than {most} items allowed", at)
        elif len(value) < least:
            found.add(f"no fewer than {least} items allowed", at)
        for index, part in enumerate(value):
            item(part, f"{at}/{index}", found)

    return rule


def typed(shapes: Mapping[str, Rule], allowed: frozenset[str] | None = None) -> Rule:
    """A rule that picks the shape by the object's `type`, which must be one of `allowed`."""

    def rule(value: JsonValue, at: str, found: Findings) -> None:
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kind, str):
            found.add("missing required field: type", at)
        elif kind not in shapes or (allowed is not None and kind not in allowed):
            found.add(f"unsupported type: {kind}", f"{at}/type")
        else:
            shapes[kind](value, at, found)

    return rule


def text(most: int, *, mrkdwn: bool = True) -> Rule:
    """A rule for a text object of 1 to `most` characters, plain only unless `mrkdwn`."""
    kinds = ("plain_text", "mrkdwn") if mrkdwn else ("plain_text",)
    return Shape(
        required={"type": one_of(*kinds), "text": string(most, least=1)},
        optional={"emoji": flag, "verbatim": flag},
        check=_no_emoji_switch_in_mrkdwn,
    )


def exactly_one(*names: str) -> Rule:
    """A rule for an object that has one, and only one, of the named properties."""

    def rule(value: JsonValue, at: str, found: Findings) -> None:
        given = [name for name in names if value.get(name) is not None]
        if len(given) != 1:
            found.add(f"must have exactly one of: {', '.join(names)}", at)

    return rule


def at_least_one(*names: str) -> Rule:
    """A rule for an object that has one or more of the named properties."""

    def rule(value: JsonValue, at: str, found: Findings) -> None:
        if all(value.get(name) is None for name in names):
            found.add(f"must have at least one of: {', '.join(names)}", at)

    return rule


def unique(key: str, values: list[JsonObject], at: str, found: Findings) -> None:
    """Add a finding for every value of `key` that an earlier object already has."""
    seen: set[str] = set()
    for index, item in enumerate(values):
        name = item.get(key)
        if not isinstance(name, str):
            continue
        if name in seen:
            found.add(f"`{key}` {name!r} already exists", f"{at}/{index}/{key}")
        seen.add(name)


def _no_emoji_switch_in_mrkdwn(value: JsonValue, at: str, found: Findings) -> None:
    if value.get("type") == "mrkdwn" and "emoji" in value:
        found.add("invalid additional property: emoji", at)
    if value.get("type") == "plain_text" and "verbatim" in value:
        found.add("invalid additional property: verbatim", at)
