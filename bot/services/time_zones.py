"""Time zones as people write them. It must not decide what another zone changes."""

from __future__ import annotations

from zoneinfo import available_timezones

from bot.services.errors import Refusal

_EXAMPLE = "/integral settings zone Europe/London"


def read_zone(text: str) -> str:
    """Return the IANA time zone that a text names, whole or by its city.

    Raises:
        Refusal: when there is none such, or several.
    """
    wanted = "_".join(text.split()).casefold()
    zones = sorted(name for name in available_timezones() if "/" in name or name == "UTC")
    found = [name for name in zones if name.casefold() == wanted] or [
        name for name in zones if name.rpartition("/")[2].casefold() == wanted
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise Refusal(f"Several are called so: {', '.join(found)}.", next_step=_EXAMPLE)
    raise Refusal(
        f"“{text.strip()[:40]}” is no time zone. Write a continent and a city, or the city alone.",
        next_step=_EXAMPLE,
    )
