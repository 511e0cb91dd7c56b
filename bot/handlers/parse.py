"""Reads what people type after ``/integral``: phones' punctuation, quotes, mentions, links.

Pure. Slack escapes the text (``should_escape`` in the manifest): ``&amp;`` for ``&``,
``<@U123|name>`` for a mention, ``<#C123|name>`` for a channel, ``<https://…>`` for a link
(https://docs.slack.dev/interactivity/implementing-slash-commands).
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

_DOUBLE = "\u201c\u201d\u201e\u201f\u00ab\u00bb"
_SINGLE = "\u2018\u2019\u201a\u201b"
_QUOTES = {ord(sign): '"' for sign in _DOUBLE} | {ord(sign): "'" for sign in _SINGLE}
_SPACES = {ord(sign): " " for sign in "\u00a0\u1680\u202f\u205f\u3000\t\r\n\v\f"}
_SPACES |= dict.fromkeys(range(0x2000, 0x200B), " ")
_NOTHING: dict[int, None] = dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_PLAIN = str.maketrans({**_FULL_WIDTH, **_QUOTES, **_SPACES, **_NOTHING})

_LONG_DASH = re.compile(r"(?<!\S)[\u2013-\u2015](?=\w)")
_ELLIPSIS = re.compile(r"(?<=\d)\s*\u2026\s*(?=\d)")
_WORD = re.compile(r"""(?<!\S)'(?P<single>[^']*)'(?!\S)|(?P<word>(?:"[^"]*"|<[^<>]+>|[^\s])+)""")
_MENTION = re.compile(r"<([@#])([A-Z0-9]+)(?:\|[^<>]*)?>")
_LINK = re.compile(r"<((?:https?|mailto):[^<>|]+)(?:\|[^<>]*)?>")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandLine:
    """A slash command, read."""

    name: str
    """The subcommand in lower case; empty when nothing was typed."""
    words: tuple[str, ...] = ()
    """The words after it, without their quotes; mentions as ``<@U123>`` and ``<#C123>``."""
    text: str = ""
    """The words as typed, with plain punctuation."""
    wants_usage: bool = False
    """``CMD --help`` or ``help CMD``: the usage of ``name`` is asked for."""


def read(typed: str) -> CommandLine:
    """Read the text of a slash command; any text is readable."""
    text = _LONG_DASH.sub("--", typed.translate(_PLAIN)).strip()
    text = _ELLIPSIS.sub("..", text)
    name, _, rest = text.partition(" ")
    line = CommandLine(name=_unescaped(name).lower(), words=_words(rest), text=_unescaped(rest))
    if line.name == "help" and line.words:
        return CommandLine(name=line.words[0].lower(), wants_usage=True)
    if {"--help", "-h"} & set(line.words):
        return CommandLine(name=line.name, wants_usage=True)
    return line


def mentioned_person(word: str) -> str | None:
    """Return the user id of a mention such as ``<@U123|ada>``; none when it is no mention."""
    found = _MENTION.fullmatch(word)
    return found[2] if found and found[1] == "@" else None


def mentioned_channel(word: str) -> str | None:
    """Return the channel id of ``<#C123|finance>``; none when it is no channel."""
    found = _MENTION.fullmatch(word)
    return found[2] if found and found[1] == "#" else None


def _words(text: str) -> tuple[str, ...]:
    found = []
    for match in _WORD.finditer(text):
        single = match["single"]
        word = single if single is not None else match["word"].replace('"', "")
        found.append(_unescaped(word))
    return tuple(found)


def _unescaped(text: str) -> str:
    """Undo Slack's escaping; mentions lose the name, links the brackets."""
    named = _LINK.sub(r"\1", _MENTION.sub(r"<\1\2>", text))
    return html.unescape(named).strip()
