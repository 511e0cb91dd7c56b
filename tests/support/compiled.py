"""Compiled statements, kept for all databases of a test process: each is compiled once, not anew.

SQLAlchemy keeps them for each engine and by its dialect, and every test opens engines of its own.
https://docs.sqlalchemy.org/en/21/core/connections.html#sql-compilation-caching
"""

from typing import Any

from storage.database import Database

_kept: dict[str, tuple[Any, Any]] = {}
"""By database: a dialect that has seen a server, and what was compiled for it."""


def share_compiled(database: Database) -> None:
    """Have a database that nobody has used yet take part in what was compiled before."""
    reading: Any = database._reading.kw["bind"]
    for engine in (database.engine.sync_engine, reading.sync_engine):
        if engine.dialect.name in _kept:
            engine.dialect, engine._compiled_cache = _kept[engine.dialect.name]


def keep_compiled(database: Database) -> None:
    """Have later databases use what this one compiled, if it is the first that was connected."""
    engine: Any = database.engine.sync_engine
    if engine.dialect.server_version_info is not None:
        _kept.setdefault(engine.dialect.name, (engine.dialect, engine._compiled_cache))
