"""The documents name only files, make targets, commands and options that exist."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from bot.cli import commands
from tests.support import sources

_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\((?!\w+:)([^)\s#]*)(#[^)\s]*)?\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_TARGET = re.compile(r"\bmake ((?:[a-z][a-z-]*\b ?)+)")
_COMMAND = re.compile(r"(?<![/\w-])integral((?: [\w./=-]+)+)")
_FILE = re.compile(r"^[\w.*-]+(?:/[\w.*-]+)*/?$")
_ROOT_FILE = re.compile(r"\.(?:md|py|toml|lock)$")

DOCUMENTS = [pytest.param(path, id=sources.name_of(path)) for path in sources.documents()]


def _code(document: Path) -> Iterator[str]:
    """Code spans, and the lines of fenced blocks without their comments."""
    text = document.read_text(encoding="utf-8")
    for block in _FENCE.findall(text):
        yield from (line.partition(" #")[0] for line in block.splitlines()[1:-1])
    yield from _CODE.findall(_FENCE.sub("", text))


def _named_files(document: Path) -> Iterator[str]:
    """Code spans that are paths: below a folder of the project, or a file of ours at its root."""
    folders = {path.name for path in sources.PROJECT.iterdir() if path.is_dir()} - {
        ".data",
        ".venv",
    }
    for span in _CODE.findall(_FENCE.sub("", document.read_text(encoding="utf-8"))):
        if _FILE.match(span) and (
            ("/" in span and span.partition("/")[0] in folders)
            or ("/" not in span and _ROOT_FILE.search(span))
        ):
            yield span


def _anchor(heading: str) -> str:
    """GitHub's anchor of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_named_files_exist(document: Path) -> None:
    missing = [
        name
        for name in _named_files(document)
        if not any(sources.PROJECT.glob(name.rstrip("/"))) and not any(document.parent.glob(name))
    ]
    assert not missing


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: Path) -> None:
    broken = []
    for path, anchor in _LINK.findall(document.read_text(encoding="utf-8")):
        target = document.parent / path if path else document
        if not target.exists():
            broken.append(path)
        elif anchor and target.suffix == ".md":
            headings = _HEADING.findall(target.read_text(encoding="utf-8"))
            broken += [] if anchor[1:] in map(_anchor, headings) else [f"{path}{anchor}"]
    assert not broken


@pytest.mark.parametrize("document", DOCUMENTS)
def test_named_make_targets_exist(document: Path) -> None:
    makefile = (sources.PROJECT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    named = {
        name
        for line in _code(document)
        for found in _TARGET.findall(line)
        for name in found.split()
    }
    assert named <= targets


@pytest.mark.parametrize("document", DOCUMENTS)
def test_named_commands_and_options_exist(document: Path) -> None:
    named = {words for line in _code(document) for words in _COMMAND.findall(line)}
    assert not [f"integral{words}" for words in sorted(named) if not _is_known(words.split())]


def _is_known(words: list[str]) -> bool:
    """Whether the command line takes the words; `--help` keeps it from doing anything."""
    applications = [value for value in vars(commands).values() if isinstance(value, typer.Typer)]
    root = max(applications, key=lambda app: len(app.registered_groups))
    return CliRunner().invoke(root, [*words, "--help"]).exit_code == 0
