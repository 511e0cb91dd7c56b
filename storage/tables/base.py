"""What all tables share: names of constraints, and how a column gets its type.

Constraint names are part of the schema: migrations and error translation rely on them.
"""

from __future__ import annotations

from typing import Any, ClassVar, cast

from sqlalchemy import MetaData, Table, Text
from sqlalchemy.types import TypeEngine
from sqlmodel import Field, SQLModel

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Row(SQLModel):
    """The base of every table; its metadata holds our tables and nobody else's."""

    metadata = MetaData(naming_convention=NAMES)
    __tablename__: ClassVar[str]  # type: ignore[mutable-override]


def typed(sa_type: type[TypeEngine[Any]] | TypeEngine[Any], **options: Any) -> Any:
    """Declare a column of one of ``storage.types``; options are those of ``sqlmodel.Field``."""
    return Field(sa_type=cast("type[Any]", sa_type), **options)


def text_field(**options: Any) -> Any:
    """Declare a text column without a limit; options are those of ``sqlmodel.Field``."""
    return Field(sa_type=Text, **options)


def table_of(row: type[Row]) -> Table:
    """Return the Core table behind a row class, for statements in bulk."""
    return cast("Table", row.__table__)  # type: ignore[attr-defined]
