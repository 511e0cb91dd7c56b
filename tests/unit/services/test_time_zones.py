"""Time zones are read as people write them."""

import pytest

from bot.services.errors import Refusal
from bot.services.time_zones import read_zone


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("New York", "America/New_York"),
        ("singapore", "Asia/Singapore"),
        ("utc", "UTC"),
    ],
)
def test_a_zone_is_found_by_its_name_or_its_city(text: str, zone: str) -> None:
    assert read_zone(text) == zone


@pytest.mark.parametrize("text", ["", "Atlantis", "/", "..", "localtime", "x" * 400])
def test_what_is_no_zone_is_refused_with_what_to_type(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_zone(text)
    assert refused.value.next_step == "/integral settings zone Europe/London"
    assert len(refused.value.text) < 200


def test_a_city_of_two_names_is_refused_with_both() -> None:
    with pytest.raises(Refusal, match="America/Argentina/Buenos_Aires, America/Buenos_Aires"):
        read_zone("Buenos Aires")
