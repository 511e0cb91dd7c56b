"""Which subcommand a person meant who typed another word.

That may be a slip, a beginning, or the word that the product's guide or other programs use for it.
It must not run anything: it only suggests.
"""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz import process
from rapidfuzz.distance import OSA

_LIKENESS = 0.6
"""Least likeness, of 1, at which a slip is worth a suggestion."""
_LIKENESS_OF_INITIAL = 0.5
"""The same where the first letter is right, which people seldom miss."""
_SHORTEST_BEGINNING = 3
OTHER_WORDS = {
    "accounts": ("chart", "coa", "refresh"),
    "approvals": ("approve", "approved", "approver", "reject"),
    "connect": ("integrations", "integration", "erp", "quickbooks", "qbo", "xero", "netsuite"),
    "contacts": ("customers", "vendors", "suppliers", "entities"),
    "disconnect": ("revoke", "remove", "unlink"),
    "doctor": ("check", "diagnose", "error", "errors", "problems", "support", "troubleshoot"),
    "duplicates": ("held", "doubles"),
    "export": ("file", "download"),
    "help": ("?", "hi", "hello", "commands", "usage"),
    "import": ("upload", "csv", "sources"),
    "map": ("mapping", "mappings", "wallets", "categories"),
    "pause": ("stop", "disable", "halt"),
    "preview": ("entries", "show", "dry-run"),
    "reauthorize": ("refresh-token", "token", "update", "renew", "login"),
    "resume": ("enable", "activate", "unpause"),
    "roles": ("role", "grant", "members", "invite", "people", "users"),
    "schedule": ("automatic", "auto", "frequency"),
    "settings": ("policies", "policy", "memo", "rollup", "roll-up", "timezone", "zone"),
    "start": ("organisation", "organization", "setup", "new"),
    "sync": ("push", "post", "send", "deliver", "retry", "run"),
    "undo": ("reverse", "revert", "correct", "correction", "rollback", "delete"),
}
"""By subcommand, words for it, mostly of https://integral.support.site/article/connect-your-erp."""
_MEANT = {word: name for name, words in OTHER_WORDS.items() for word in words}


def nearest(typed: str, names: Iterable[str]) -> str | None:
    """Return the one of the names that was most likely meant; none when none is alike."""
    word, known = typed.lower(), sorted(names)
    if _MEANT.get(word) in known:
        return _MEANT[word]
    if len(word) >= _SHORTEST_BEGINNING:
        begun = [name for name in known if name.startswith(word)]
        if begun:
            return begun[0]
    initial = [name for name in known if name[:1] == word[:1]]
    return _alike(word, initial, _LIKENESS_OF_INITIAL) or _alike(word, known, _LIKENESS)


def _alike(word: str, names: list[str], least: float) -> str | None:
    found = process.extractOne(word, names, scorer=OSA.normalized_similarity, score_cutoff=least)
    return str(found[0]) if found else None
