"""Functions and modules stay small enough to read in one go; complexity is ruff's to check."""

from pathlib import Path

import pytest

from tests.support import sources

MAX_FUNCTION_LINES = 50
MAX_MODULE_LINES = 350


@pytest.mark.parametrize("path", sources.modules(*sources.PRODUCT, "sandbox"), ids=sources.name_of)
def test_a_module_and_its_functions_are_small(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    long_functions = {
        function.name: length
        for function in sources.functions(path)
        if (length := (function.end_lineno or 0) - function.lineno + 1) > MAX_FUNCTION_LINES
    }
    assert lines <= MAX_MODULE_LINES, f"{sources.name_of(path)} has {lines} lines: split it"
    assert not long_functions
