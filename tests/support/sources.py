"""The project's own files, as the architecture tests read them.

It must not import the modules it lists: the rules hold for code that does not run, too.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PRODUCT = ("ledger", "bot", "scheduler", "storage")
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
Definition = FunctionNode | ast.ClassDef


def modules(*packages: str) -> list[Path]:
    """Every Python file of the packages, in order."""
    return sorted(path for package in packages for path in (PROJECT / package).rglob("*.py"))


def name_of(path: Path) -> str:
    """The file's path from the project's folder."""
    return path.relative_to(PROJECT).as_posix()


@cache
def parsed(path: Path) -> ast.Module:
    """The file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions(path: Path) -> Iterator[FunctionNode]:
    """Every function and method of the file, also those inside others."""
    return (node for node in ast.walk(parsed(path)) if isinstance(node, FunctionNode))


def public_definitions(node: ast.Module | ast.ClassDef) -> Iterator[Definition]:
    """Public classes, functions and methods, without what is inside functions."""
    for child in node.body:
        if isinstance(child, Definition) and not child.name.startswith("_"):
            yield child
            if isinstance(child, ast.ClassDef):
                yield from public_definitions(child)


def imported_names(path: Path) -> Iterator[tuple[str, int]]:
    """Absolute names of the modules that the file imports, each with its line."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.lineno


def documents() -> list[Path]:
    """README.md, CONTRIBUTING.md and everything under docs/."""
    top = (PROJECT / "README.md", PROJECT / "CONTRIBUTING.md")
    return [*top, *sorted((PROJECT / "docs").rglob("*.md"))]
