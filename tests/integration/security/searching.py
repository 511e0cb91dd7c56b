"""Finds known secrets in what the product leaves behind: logs, files, tables, messages, answers.

Each secret is looked for as it is and as it would look encoded or cut, so that a leak cannot hide
behind Base64 or an ellipsis. It must not know what the product does.
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

SHORTEST = 12
"""Shorter values would be found by accident."""
_PIECE = 20
_LONG = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Bytes that the product left somewhere, and the kinds of secrets that belong there."""

    name: str
    content: bytes
    may_hold: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Leak:
    """A secret in a place where it does not belong; its value stays out of the report."""

    kind: str
    place: str
    form: str
    around: str


class KnownSecrets:
    """Every secret that was handed to the product, or by it, by kind."""

    def __init__(self) -> None:
        self._kinds: dict[str, str] = {}

    def add(self, kind: str, value: str) -> None:
        """Know a value; lines of one that has several are secrets of their own."""
        for line in {value, *value.splitlines()}:
            if len(line) >= SHORTEST and not line.startswith("-----"):
                self._kinds.setdefault(line, kind)

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of what is known."""
        return frozenset(self._kinds.values())

    def leaks(self, places: Iterable[Place]) -> list[Leak]:
        """Return every secret that stands where it does not belong."""
        forms = [
            (kind, name, form)
            for value, kind in self._kinds.items()
            for name, form in forms_of(value).items()
        ]
        return [
            Leak(kind, place.name, name, _around(place.content, form))
            for place in places
            for kind, name, form in forms
            if kind not in place.may_hold and form in place.content
        ]


def forms_of(value: str) -> dict[str, bytes]:
    """Return name → bytes of every form in which a value may be written."""
    raw = value.encode()
    quoted = quote(value, safe="")
    in_json = json.dumps(value)[1:-1]
    written = {
        "plain": value,
        "url": quoted,
        "url twice": quote(quoted, safe=""),
        "url, slashes kept": quote(value),
        "url, small": _small_quotes(quoted),
        "json": in_json,
        "json twice": json.dumps(in_json)[1:-1],
        "html": html.escape(value),
        "hex": raw.hex(),
        "HEX": raw.hex().upper(),
    }
    if len(value) >= _LONG:
        middle = (len(value) - _PIECE) // 2
        starts = {"begin": 0, "middle": middle, "end": len(value) - _PIECE}
        written |= {name: value[at : at + _PIECE] for name, at in starts.items()}
    forms = {name: text.encode() for name, text in written.items()}
    for shift in range(3):
        forms[f"base64 {shift}"] = _encoded(raw, shift)
        forms[f"base64url {shift}"] = _encoded(raw, shift).translate(_URL_SAFE)
    # Most values are written alike in several forms; the first name is enough.
    unlike = {form: name for name, form in reversed(forms.items()) if len(form) >= SHORTEST}
    return {name: form for form, name in unlike.items()}


_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def _encoded(raw: bytes, shift: int) -> bytes:
    """Base64 as it stands when `shift` bytes come before: what its neighbours decide is cut off."""
    encoded = base64.b64encode(b"\0" * shift + raw).rstrip(b"=")
    first = (0, 2, 3)[shift]
    last = len(encoded) if (shift + len(raw)) % 3 == 0 else len(encoded) - 1
    return encoded[first:last]


def _small_quotes(quoted: str) -> str:
    parts = quoted.split("%")
    return parts[0] + "".join(f"%{part[:2].lower()}{part[2:]}" for part in parts[1:])


def _around(content: bytes, form: bytes) -> str:
    """Return what stands around a find, without the find."""
    at = content.index(form)
    before, after = content[max(0, at - 80) : at], content[at + len(form) : at + len(form) + 40]
    return f"{before.decode(errors='replace')}«…»{after.decode(errors='replace')}"
