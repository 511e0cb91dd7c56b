"""The command line of these tests is that of its own."""

from tests.integration.cli.conftest import bare_terminal

__all__ = ["bare_terminal"]
