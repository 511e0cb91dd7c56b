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


def _uses(function: ast.FunctionDef | ast.AsyncFunctionDef, names: set[str]) -> bool:
    used = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    used |= {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
    return bool(used & names)


def _fixtures_of_one_kind(module: ast.Module) -> set[str]:
    """The names of what gives a database of one kind alone, a module's own fixtures with it."""
    known = set(OF_ONE_KIND)
    fixtures = [each for each in _functions(module) if _is_fixture(each)]
    while found := {each.name for each in fixtures if _uses(each, known)} - known:
        known |= found
    return known


def _is_fixture(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any("pytest.fixture" in ast.unparse(each) for each in function.decorator_list)


def _unexplained(module: ast.Module) -> Iterator[str]:
    """Name each test on one kind of database without a reason, and each replaced fixture.

    A fixture cannot be marked; the tests that take it are asked instead.
    """
    of_one_kind = _fixtures_of_one_kind(module)
    for function in _functions(module):
        asked = not _is_fixture(function) and _uses(function, of_one_kind)
        if function.name in FIXTURES or (asked and not _is_explained(function.decorator_list)):
            yield function.name


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
    found = list(_unexplained(module))
    assert found == [], "take database, database_url or empty_url, or mark it one_database(why)"


def test_a_test_that_takes_a_fixture_on_one_kind_of_database_is_asked_too() -> None:
    module = ast.parse(
        "@pytest.fixture\n"
        "def books(migrated_template): ...\n"
        "@pytest.fixture\n"
        "def full_books(books): ...\n"
        "def test_some(full_books): ...\n"
        "@pytest.mark.one_database('files are of SQLite')\n"
        "def test_others(books): ...\n"
    )
    assert list(_unexplained(module)) == ["test_some"]
