"""Table of what people decided about late transactions of closed months."""

from __future__ import annotations

from datetime import datetime

from ledger.stragglers import StragglerChoice
from storage.tables.base import Row, table_of, text_field, typed
from storage.types import UTC, Choice


class StragglerChoiceRow(Row, table=True):
    """The newest decision about one transaction that came after its month was closed."""

    __tablename__ = "straggler_choices"

    company_id: str = text_field(primary_key=True, foreign_key="companies.id")
    source: str = text_field(primary_key=True)
    transaction_id: str = text_field(primary_key=True)
    choice: StragglerChoice = typed(Choice(StragglerChoice))
    reason: str = text_field()
    chosen_by: str = text_field()
    chosen_at: datetime = typed(UTC)


straggler_choices = table_of(StragglerChoiceRow)
