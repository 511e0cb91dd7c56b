"""The newest revision as file names tell it, without Alembic."""

from pathlib import Path

from alembic.script import ScriptDirectory

import storage.migrations
from storage.migrations.newest import newest_revision


def test_the_newest_revision_by_file_names_is_alembics_only_head() -> None:
    folder = Path(storage.migrations.__file__).parent
    assert ScriptDirectory(str(folder)).get_heads() == [newest_revision()]
