"""Fetches files that people give us in Slack, with care for the token that it takes.

The token goes to Slack's file host only and never along a redirect. Slack answers a token that
may not with its login page and status 200, which is not the file. Satisfies the port ``Files``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bot.handlers.slack_api import SlackApi, SlackAwayError, SlackRefusedError
from bot.services.ports import FileRefusedError

DEFAULT_LIMIT = 20 * 1024 * 1024
_PIECE = 64 * 1024
_PAGE_BEGINNINGS = (b"<!doctype html", b"<html")


class SlackFiles:
    """Files in Slack, as bytes."""

    def __init__(self, slack: SlackApi, *, files_url: str) -> None:
        """Take the API and the one address that files are fetched from."""
        self._slack = slack
        self._origin = origin_of(files_url)

    async def download(self, team_id: str, file_id: str, limit_bytes: int = DEFAULT_LIMIT) -> bytes:
        """Return a file's content.

        Raises:
            FileRefusedError: too large, not readable, or not a file Slack serves.
            SlackAwayError: when Slack is busy, broken or out of reach: try again later.
        """
        try:
            answer = await self._slack.call(team_id, "files.info", file=file_id)
        except SlackRefusedError as error:
            raise FileRefusedError(_why(error)) from None
        file: Mapping[str, Any] = answer["file"]
        if int(file.get("size") or 0) > limit_bytes:
            raise FileRefusedError(_too_large(limit_bytes))
        address = str(file.get("url_private_download") or file.get("url_private") or "")
        if origin_of(address) != self._origin:
            raise FileRefusedError(
                "Slack does not hold this file itself. Upload the file, not a link to it."
            )
        return await self._fetch(team_id, address, limit_bytes)

    async def _fetch(self, team_id: str, address: str, limit_bytes: int) -> bytes:
        token = await self._slack.tokens.bot_token(team_id)
        headers = {"Authorization": f"Bearer {token}"}
        try:
            async with self._slack.session.get(
                address, headers=headers, allow_redirects=False
            ) as answer:
                _require_file(answer)
                content = bytearray()
                async for piece in answer.content.iter_chunked(_PIECE):
                    content += piece
                    if len(content) > limit_bytes:
                        raise FileRefusedError(_too_large(limit_bytes))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise SlackAwayError(type(error).__name__) from None
        if bytes(content[:200]).lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith(_PAGE_BEGINNINGS):
            raise FileRefusedError(_NO_FILE)
        return bytes(content)


_NO_FILE = (
    "Slack gave a web page instead of the file. Upload the file again; if it happens again, the"
    " app lacks the scope files:read and must be installed anew."
)


def _require_file(answer: aiohttp.ClientResponse) -> None:
    if answer.status == 429 or answer.status >= 500:
        raise SlackAwayError(f"file host {answer.status}")
    if answer.status != 200 or answer.content_type == "text/html":
        raise FileRefusedError(_NO_FILE)


def _too_large(limit_bytes: int) -> str:
    return (
        f"The file is larger than {limit_bytes // (1024 * 1024)} MB. Split it into smaller files,"
        " for example by month, and import them one after the other."
    )


def _why(error: SlackRefusedError) -> str:
    if error.error in {"file_not_found", "file_deleted"}:
        return "The file is no longer in Slack. Upload it again."
    if error.error in {"missing_scope", "not_authed", "invalid_auth", "token_revoked"}:
        return "The app may not read files here. Install it anew, with the scope files:read."
    return f"Slack does not hand the file out ({error.error}). Upload it again."


def origin_of(address: str) -> tuple[str, str | None, int | None]:
    """Return scheme, host and port of an address: who it is."""
    parts = urlsplit(address)
    return parts.scheme, parts.hostname, parts.port
