"""A deploy replaces processes one by one, so a migration must leave the version before working."""

import ast
from pathlib import Path

import pytest

from tests.support import sources

VERSIONS = sources.PROJECT / "storage" / "migrations" / "versions"
TAKING = {
    "alter_column", "drop_column", "drop_constraint", "drop_index", "drop_table", "rename_table",
}  # fmt: skip
BEFORE_ROLLING = {"0001", "0002", "0003", "0004", "0005", "0006", "0007"}
"""Revisions of a time when there was no version before to keep working."""


def _upgrade(path: Path) -> ast.FunctionDef:
    functions = [node for node in sources.parsed(path).body if isinstance(node, ast.FunctionDef)]
    return next(function for function in functions if function.name == "upgrade")


@pytest.mark.parametrize(
    "path",
    [path for path in sorted(VERSIONS.glob("0*.py")) if path.name[:4] not in BEFORE_ROLLING],
    ids=lambda path: path.stem,
)
def test_a_migration_takes_nothing_away(path: Path) -> None:
    taken = [
        f"{node.func.attr} (line {node.lineno})"
        for node in ast.walk(_upgrade(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in TAKING
    ]
    assert not taken
