"""Books: accounts by id, labels as people know them, and which days are closed."""

from datetime import date

from tests.unit.ledger.charts import BOOKS, account, books_with


def test_an_account_is_found_by_its_id_only() -> None:
    found = BOOKS.account("1100")
    assert found is not None
    assert found.label == "1100 Digital assets"
    assert BOOKS.account("Digital assets") is None


def test_an_account_without_a_code_is_known_by_its_name() -> None:
    assert account("", "Bank").label == "Bank"


def test_the_lock_date_itself_is_closed() -> None:
    locked = books_with(lock_date=date(2025, 1, 31))
    assert locked.is_locked(date(2025, 1, 31))
    assert not locked.is_locked(date(2025, 2, 1))
    assert not BOOKS.is_locked(date(1990, 1, 1))
