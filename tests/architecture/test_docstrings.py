"""Every module and every public name of the product says what it is for."""

import ast
from pathlib import Path

import pytest

from tests.support import sources

# Alembic names what a migration script holds; the script's own docstring says what it does.
MIGRATIONS = sources.PROJECT / "storage" / "migrations"
# These restate another definition, which carries the words.
INHERITING = {"overload", "override", "setter"}


def _decorators(node: sources.Definition) -> set[str]:
    names = set()
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Name):
            names.add(decorator.id)
        elif isinstance(decorator, ast.Attribute):
            names.add(decorator.attr)
    return names


@pytest.mark.parametrize("path", sources.modules(*sources.PRODUCT, "sandbox"), ids=sources.name_of)
def test_a_module_has_a_docstring(path: Path) -> None:
    assert ast.get_docstring(sources.parsed(path))


@pytest.mark.parametrize(
    "path",
    [path for path in sources.modules(*sources.PRODUCT) if MIGRATIONS not in path.parents],
    ids=sources.name_of,
)
def test_public_names_have_docstrings(path: Path) -> None:
    silent = [
        f"{node.name} (line {node.lineno})"
        for node in sources.public_definitions(sources.parsed(path))
        if not ast.get_docstring(node) and not INHERITING & _decorators(node)
    ]
    assert not silent
