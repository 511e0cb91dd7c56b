"""What people type after /integral is read whatever their phone makes of it."""

# ruff: noqa: RUF001 - phones write such signs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.handlers import parse


@pytest.mark.parametrize(
    ("typed", "name", "words"),
    [
        ("", "", ()),
        ("STATUS", "status", ()),
        ("  sync   last-month ", "sync", ("last-month",)),
        ("map “Main wallet” ‘two words’ O’Brien", "map", ("Main wallet", "two words", "O'Brien")),
        ("map «Main wallet»", "map", ("Main wallet",)),
        ("set name=“Acme Ltd”", "set", ("name=Acme Ltd",)),
        ('map "unbalanced word', "map", ("unbalanced", "word")),
        ("status\u00a0now\u200b", "status", ("now",)),
        ("ｓｙｎｃ　２０２６－１０", "sync", ("2026-10",)),
        ("sync 2026-10-01…2026-10-31", "sync", ("2026-10-01..2026-10-31",)),
        ("sync 2026-10 —force", "sync", ("2026-10", "--force")),
        ("roles grant <@U12|Ada L> approver", "roles", ("grant", "<@U12>", "approver")),
        ("channel <#C12|finance>", "channel", ("<#C12>",)),
        ("import <https://a.example/x?y=1|a link>", "import", ("https://a.example/x?y=1",)),
        ("clients add AT&amp;T &lt;b&gt;", "clients", ("add", "AT&T", "<b>")),
    ],
)
def test_a_command_is_read(typed: str, name: str, words: tuple[str, ...]) -> None:
    line = parse.read(typed)
    assert (line.name, line.words, line.wants_usage) == (name, words, False)


@pytest.mark.parametrize("typed", ["help sync", "Sync --help", "sync today —help", "sync -h"])
def test_usage_may_be_asked_for_in_several_ways(typed: str) -> None:
    assert parse.read(typed) == parse.CommandLine(name="sync", wants_usage=True)


def test_mentions_are_told_from_words() -> None:
    assert parse.mentioned_person("<@U12>") == "U12"
    assert parse.mentioned_person("<@W12|ada>") == "W12"
    assert parse.mentioned_person("@ada") is None
    assert parse.mentioned_person("<#C12>") is None
    assert parse.mentioned_channel("<#C12|finance>") == "C12"
    assert parse.mentioned_channel("<@U12>") is None


@given(st.text(max_size=200))
def test_any_text_is_readable(typed: str) -> None:
    line = parse.read(typed)
    assert line.name == line.name.lower()
    assert all(isinstance(word, str) for word in line.words)


PLAIN = st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789-_.:/=,+", min_size=1, max_size=20)


@given(st.lists(PLAIN, max_size=6))
def test_plain_words_are_kept_as_they_are(words: list[str]) -> None:
    words = [word for word in words if word not in {"-h", "--help"}]
    assert parse.read(" ".join(["sync", *words])).words == tuple(words)


@given(st.lists(st.from_regex(r"[a-z][a-z ]{0,18}[a-z]", fullmatch=True), max_size=4))
def test_quoted_words_keep_their_spaces(words: list[str]) -> None:
    assert parse.read(" ".join(["map", *(f"“{word}”" for word in words)])).words == tuple(words)
