"""What a use case says when it will not do what a person asked: one sentence with the remedy.

Raised by use cases, shown as it is by Slack, the API and the command line. Never for a broken
program or a broken network, and never with secrets or another organisation's words in it.
"""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818 - not an error of the program: an answer to a person
    """Text: a sentence in plain English (no markup) that says why and what to do instead."""

    def __init__(self, text: str, *, next_step: str | None = None) -> None:
        """Keep the sentence and, where there is one, the command to type next."""
        super().__init__(text)
        self.text = text
        self.next_step = next_step
        """Such as ``/integral connect``; none when the text says it all."""
