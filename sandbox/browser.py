"""A browser small enough for sign-in pages: cookies, redirects and the one form of a page.

It runs no script and follows no link by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx

from sandbox.office import JourneyError


class Browser:
    """One person's browser."""

    def __init__(self) -> None:
        self._http = httpx.AsyncClient(follow_redirects=True, timeout=20, trust_env=False)
        self._page: httpx.Response | None = None

    async def aclose(self) -> None:
        """Close it."""
        await self._http.aclose()

    async def open(self, address: str) -> str:
        """Open an address and return the page."""
        return self._shown(await self._http.get(address))

    async def press(self, **filled: str | list[str]) -> str:
        """Send off the page's form, with what was filled in and the button's own value."""
        page = self._page
        if page is None:
            raise JourneyError("the browser shows no page")
        form = _FirstForm()
        form.feed(page.text)
        if form.action is None:
            raise JourneyError(f"{page.url.path} has no form")
        address = urljoin(str(page.url), form.action)
        return self._shown(await self._http.post(address, data={**form.values, **filled}))

    def _shown(self, page: httpx.Response) -> str:
        self._page = page
        if page.is_error:
            raise JourneyError(f"{page.url.path} answered {page.status_code}: {page.text[-400:]}")
        return page.text


class _FirstForm(HTMLParser):
    """The first form of a page: where it goes, and what its hidden and checked inputs hold."""

    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self.values: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a form's address and its inputs' values."""
        given: Mapping[str, str | None] = dict(attrs)
        if tag == "form" and self.action is None:
            self.action = given.get("action") or ""
        if tag == "input" and given.get("name"):
            is_choice = given.get("type") in {"radio", "checkbox"}
            if not is_choice or "checked" in given:
                self.values[str(given["name"])] = given.get("value") or ""
