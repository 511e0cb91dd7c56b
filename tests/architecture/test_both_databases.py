"""Integration tests take their database from the shared fixtures: SQLite, and Postgres too."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration import conftest as shared

FOLDER = Path(shared.__file__).parent
FIXTURES = ("database_url", "empty_url")
OF_ONE_KIND = {"migrated_sqlite", "migrated_template", "sqlite_template"} | {
    "migrated_postgres",
    "postgres_pool",
    "postgres_server",
    "postgres_url",
}
"""What gives a database of one kind alone."""
MODULES = sorted(path for path in FOLDER.rglob("*.py") if path.parent != FOLDER)


def _functions(module: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _takes_one_kind(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Say whether a function uses a database of one kind, or replaces a shared fixture."""
    names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    names |= {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
    return function.name in FIXTURES or bool(names & OF_ONE_KIND)


def _is_explained(decorators: list[ast.expr]) -> bool:
    """Say whether the marker `one_database` is there, with a reason."""
    return any(
        isinstance(each, ast.Call)
        and isinstance(each.func, ast.Attribute)
        and each.func.attr == "one_database"
        and isinstance(each.args[0], ast.Constant)
        and bool(each.args[0].value)
        for each in decorators
    )


def _module_marks(module: ast.Module) -> list[ast.expr]:
    return [
        node.value
        for node in module.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark"
    ]


@pytest.mark.parametrize("name", FIXTURES)
def test_the_shared_fixtures_give_both_kinds(name: str) -> None:
    marker = getattr(shared, name)._fixture_function_marker
    kinds = [getattr(each, "values", (each,))[0] for each in marker.params]
    assert kinds == ["sqlite", "postgres"]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_a_test_on_one_kind_of_database_says_why(path: Path) -> None:
    module = ast.parse(path.read_text(encoding="utf-8"))
    if _is_explained(_module_marks(module)):
        return
    found = [
        function.name
        for function in _functions(module)
        if _takes_one_kind(function) and not _is_explained(function.decorator_list)
    ]
    assert found == [], "take database, database_url or empty_url, or mark it one_database(why)"
