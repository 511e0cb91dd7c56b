"""Journal-entry settings: what is accepted, and what is said of the rest."""

from datetime import date

import pytest

from ledger.settings import (
    EntryDate,
    FeeOnDisposal,
    JournalSettings,
    Rollup,
    SettingsError,
    settings_from_dict,
    settings_to_dict,
)


def test_what_is_left_out_has_its_default() -> None:
    assert settings_from_dict({}) == JournalSettings(base_currency="USD", time_zone="UTC")


def test_settings_survive_being_written_and_read() -> None:
    chosen = JournalSettings(
        base_currency="JPY",
        time_zone="Asia/Tokyo",
        rollup=Rollup.SUMMED,
        entry_date=EntryDate.CUSTOM,
        custom_date=date(2026, 3, 31),
        memo="{date_range} {count}",
        fee_on_disposal=FeeOnDisposal.NET,
    )
    assert settings_from_dict(settings_to_dict(chosen)) == chosen


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"base_currency": "BTC"}, "base_currency must be an ISO 4217 code"),
        ({"time_zone": "Mars/Olympus"}, "time_zone must be an IANA name"),
        ({"time_zone": "../etc/passwd"}, "time_zone must be an IANA name"),
        ({"time_zone": ""}, "time_zone must be an IANA name"),
        ({"rollup": "weekly"}, "rollup must be one of individual, bundled, summed"),
        ({"rollup": 3}, "rollup must be text"),
        ({"entry_date": "custom", "custom_date": "soon"}, "custom_date must be a date"),
        ({"memo": "{note}"}, "memo: {note} is no memo token"),
        ({"memmo": "{id}"}, "memmo: no such setting"),
    ],
)
def test_what_cannot_be_used_is_named_with_what_is_accepted(
    content: dict[str, object], words: str
) -> None:
    with pytest.raises(SettingsError) as error:
        settings_from_dict(content)
    assert words in str(error.value)
