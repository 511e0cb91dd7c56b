"""An ERP's own words, made fit to be shown: one line, short, without anything like a secret.

It must not judge what the words mean; each ERP's ``faults`` does.
"""

from __future__ import annotations

import re

LONGEST = 300
# No word of a sentence is that long; tokens, keys and signatures are, also written for an address.
_SECRETIVE = re.compile(r"[A-Za-z0-9_\-+/=.%~]{40,}")
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,39}")


def plain_words(text: str) -> str:
    """Return a text on one line, printable, without long tokens and at most 300 characters."""
    line = " ".join(text.split())
    line = "".join(c for c in line if c.isprintable())
    line = _SECRETIVE.sub("…", line)
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def plain_code(text: str) -> str:
    """Return an ERP's name or number for an error, or an ellipsis for what looks like neither."""
    return text if _CODE.fullmatch(text) else "…"
