"""`.env.example` names exactly the settings that the product reads, each with a line of its own."""

import re
from collections import Counter

from pydantic import AliasChoices
from pydantic.fields import FieldInfo

from bot.settings import Settings
from tests.support import sources

_SETTING = re.compile(r"^(?:# )?([A-Z][A-Z0-9_]+)=", re.MULTILINE)


def _example() -> str:
    return (sources.PROJECT / ".env.example").read_text(encoding="utf-8")


def _variable(name: str, field: FieldInfo) -> str:
    """The environment's name of a field: its alias (the first of several), else its own name."""
    alias = field.validation_alias or field.alias
    if isinstance(alias, AliasChoices):
        alias = next(choice for choice in alias.choices if isinstance(choice, str))
    if isinstance(alias, str):
        return alias.upper()
    return f"{Settings.model_config.get('env_prefix', '')}{name}".upper()


def test_the_example_names_exactly_the_settings() -> None:
    read = {_variable(name, field) for name, field in Settings.model_fields.items()}
    assert set(_SETTING.findall(_example())) == read


def test_no_setting_is_named_twice() -> None:
    twice = [name for name, count in Counter(_SETTING.findall(_example())).items() if count > 1]
    assert not twice


def test_every_setting_is_explained_by_the_line_above_its_group() -> None:
    for block in _example().split("\n\n"):
        lines = block.splitlines()
        first = next((n for n, line in enumerate(lines) if _SETTING.match(line)), None)
        if first is not None:
            above = lines[first - 1]
            assert above.startswith("# ")
            assert not above.startswith("# ---")


def test_no_secret_has_a_value() -> None:
    secret = re.compile(
        r"^(?:# )?([A-Z0-9_]*(?:SECRET|TOKEN|KEYS)[A-Z0-9_]*)=(?!http)(.+)$", re.MULTILINE
    )
    assert not secret.findall(_example())
