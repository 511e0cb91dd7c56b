"""What Alembic runs for each command: our tables, on the connection that it was given.

``python -m storage.migrations`` and ``Database.migrate`` hand the connection over; there is no
other way in, so that there is one place where engines get their pragmas.
"""

from __future__ import annotations

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy.types import TypeDecorator

from storage.tables import METADATA


def render_type(kind: str, item: Any, autogenerate: AutogenContext) -> str | Literal[False]:
    """Write the plain type behind one of ours: a revision must outlive today's classes."""
    del autogenerate
    if kind != "type" or not isinstance(item, TypeDecorator):
        return False
    return f"sa.{item.impl_instance!r}"


def is_ours(item: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:  # noqa: FBT001 - Alembic's signature
    """Leave tables alone that belong to somebody else, such as the engine's."""
    del item, other
    return not (kind == "table" and reflected and name not in METADATA.tables)


def run() -> None:
    """Run the command on the connection in the configuration's attributes."""
    connection: sa.Connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        compare_type=True,
        render_as_batch=True,
        render_item=render_type,
        include_object=is_ours,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
