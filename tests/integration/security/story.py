"""What people, Slack and the ERPs do to an installation, so that every secret takes every path.

Each step goes through Slack, a browser, the API or the command line, well and badly. It must not
judge what came of it: the test searches.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import httpx

from sandbox import netsuite, quickbooks, xero
from sandbox.browser import Browser
from sandbox.netsuite.credentials import Five
from sandbox.office import JourneyError, Press, presses_on
from sandbox.slack import seed
from sandbox.slack.jsontypes import JsonObject
from tests.integration.security.installation import (
    BOT_TOKEN,
    DATABASE_PASSWORD,
    KEY,
    NEW_KEY,
    Installation,
)
from tests.integration.security.wire import Trick, garbage, quoting, quoting_one, silence

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

_PATIENCE_S = 30
_HOUR_S = 3700
_BEARER = rb"(?i)authorization: (?:Bearer|Basic) (\S+)"
_SIGNATURE = rb"oauth_signature=\"?([^\",\s]+)"
_REFRESH = rb"refresh_token=([^&\s]+)"
_CODE = rb"[&?\s]code=([^&\s]+)"
_TOKEN = "POST (/quickbooks/oauth2/|/xero/connect/token)"
WRONG_CODE = "WRNG-QRST-VWXY-Z234"
WRONG_API_TOKEN = "int_wrongtoken-c51ce410c124a10e0db5e4b97fc2af39"
STRAY_CODE = "straycode-aab3238922bcc25a6f606eb525ffdc56"
STRAY_STATE = "straystate-9bf31c7ff062936a96d3c8bd1f8f2ff3"
WRONG_SECRET = "c74d97b01eae257e44aa9d5bade97bafc74d97b01eae257e44aa9d5bade97baf"


class Story:
    """One finance team's dealings with one installation."""

    def __init__(self, it: Installation) -> None:
        self.it = it
        self.ada = it.office.person("ada")
        self._mark = 0
        for kind, value in _MADE_UP.items():
            it.known.add(kind, value)

    async def install(self) -> None:
        """Install the app: with a code that Slack refuses, with a stray one, and well."""
        async with httpx.AsyncClient(trust_env=False) as http:
            for is_good in (False, True):
                begun = await http.get(f"{self.it.address}/slack/install")
                page = begun.headers["location"]
                form = {"user": seed.ADA, "decision": "allow"}
                allowed = await http.post(page, data=form)
                back = httpx.URL(allowed.headers["location"])
                if not is_good:
                    back = back.copy_set_param("code", STRAY_CODE)
                cookie = begun.headers["set-cookie"].partition(";")[0]
                answer = await http.get(back, headers={"Cookie": cookie})
                assert answer.is_success is is_good, answer.text
            await http.get(f"{self.it.address}/slack/oauth_redirect?code={STRAY_CODE}&state=x")

    async def start(self) -> None:
        """Claim the organisation, after a wrong code."""
        said = await self.it.run("owner-code", shows=frozenset({"owner code"}))
        code = said.strip()
        self.it.known.add("owner code", code)
        await self._submit_start(WRONG_CODE, ends_with="errors")
        await self._submit_start(code, ends_with="closed")
        await self.ada.sees("is set up", channel="dm")

    async def connect_quickbooks(self) -> None:
        """Sign in to QuickBooks: with every failure of the callback, and well."""
        sign_in = {"realm": quickbooks.HARBOR_STREET, "decision": "connect"}
        for trick in _failing(_CODE):
            async with self._tricked(_TOKEN, trick):
                with suppress(JourneyError):
                    await self._sign_in("connect quickbooks", sign_in)
        with suppress(JourneyError):
            await self._sign_in("connect quickbooks", {"decision": "cancel"})
        async with httpx.AsyncClient(trust_env=False) as http:
            stray = {"code": STRAY_CODE, "state": STRAY_STATE, "realmId": "1"}
            await http.get(f"{self.it.address}/oauth/quickbooks/callback", params=stray)
        await self._sign_in("connect quickbooks", sign_in)
        await self._confirm()

    async def refresh(self) -> None:
        """Read the chart while tokens expire and everything on the way fails."""
        for trick in _failing(_REFRESH)[:-1]:
            await self._read_chart(_TOKEN, trick)
        for trick in (*_failing(_BEARER)[1:4], garbage):
            await self._read_chart("/v3/company/", trick)
        await self._read_chart("nothing at all", silence)
        past = await self.ada.latest("dm")
        # In the hour too: the product refreshes tokens by itself, and may be the first to hear.
        async with self._tricked(_TOKEN, quoting("400 Bad Request", error="invalid_grant")):
            await self._an_hour()
            await self.ada.types("/integral accounts refresh")
            await self.ada.sees("QuickBooks", channel="dm", past=past)

    async def reauthorize(self) -> None:
        """Sign in again after the grant has ended."""
        past = await self.ada.latest("dm")
        sign_in = {"realm": quickbooks.HARBOR_STREET, "decision": "connect"}
        await self._sign_in("reauthorize", sign_in)
        await self.ada.sees("Harbor Street", channel="dm", past=past)

    async def send_rows(self) -> None:
        """Use the API without, with a wrong and with a right token."""
        made = await self.it.run(
            *("token", "create", "--source", "bank"), shows=frozenset({"API token"})
        )
        token = made.split()[0]
        self.it.known.add("API token", token)
        row = '{"id": "1", "type": "deposit", "note": "x"}'
        async with httpx.AsyncClient(base_url=self.it.address, trust_env=False) as http:
            for bearer, body in (
                (WRONG_API_TOKEN, row),
                (token, row),
                (token, "{"),
                (token, token),
            ):
                headers = {"Authorization": f"Bearer {bearer}"}
                await http.post("/api/v1/transactions", content=body, headers=headers)
            await http.get(f"/api/v1/transactions?token={token}")
            await http.post("/slack/events", content=token, headers={"Authorization": token})

    async def look_around(self) -> None:
        """Ask for everything that is shown, while Slack quotes its requests in its errors too."""
        past = await self.ada.latest("dm")
        for command in ("status", "help", "doctor", "settings", "accounts", "map", "unmapped"):
            await self.ada.types(f"/integral {command}")
        await self.ada.sees("stethoscope", channel="dm", past=past)
        async with self._tricked("/api/(chat|views)", quoting("500 Internal Server Error")):
            await self.ada.types("/integral doctor")
            await self._requested("/api/chat.postMessage")
        async with self._tricked("/api/auth.test", garbage):
            await self.ada.types("/integral doctor")
            await self._requested("/api/auth.test")

    async def disconnect(self, erp: str) -> None:
        """Disconnect while the ERP refuses to revoke, quoting what it was sent."""
        past = await self.ada.latest()
        pattern = "POST .*(revo)|DELETE /xero/connections"
        async with self._tricked(pattern, quoting_one("500 Oops", rb"(?:token|Bearer)[= ](\S+)")):
            await self.ada.types("/integral disconnect")
            await self.ada.clicks(await self.ada.finds("connect_disconnect", past=past))
            await self.ada.sees("isconnected", past=past)
            if erp != "netsuite":
                await self._requested("revo|/xero/connections")

    async def connect_xero(self) -> None:
        """Allow two organisations, after failures, and choose one."""
        sign_in: dict[str, str | list[str]] = {
            "tenant": [xero.HARBOR_STREET, xero.SECOND_ORGANISATION],
            "decision": "allow",
        }
        for trick in _failing(_CODE):
            async with self._tricked(_TOKEN, trick):
                with suppress(JourneyError):
                    await self._sign_in("connect xero", sign_in)
        for trick in (*_failing(_BEARER)[1:3], garbage):
            async with self._tricked("GET /xero/connections", trick):
                with suppress(JourneyError):
                    await self._sign_in("connect xero", sign_in)
        past = await self.ada.latest("dm")
        await self._sign_in("connect xero", sign_in)
        await self._choose(past)
        await self._confirm(past)

    async def connect_netsuite(self) -> None:
        """Paste five values: wrong ones, right ones against a hostile NetSuite, and well."""
        issued = self.it.netsuite.credentials.in_force(netsuite.HARBOR_STREET)[-1]
        self._know(issued)
        good = issued.as_json()
        await self._paste(good | {"token_secret": WRONG_SECRET[:40]}, ends_with="errors")
        await self._paste(good | {"token_secret": WRONG_SECRET})
        for trick in (*_failing(_SIGNATURE)[1:3], garbage, quoting("403 Forbidden")):
            async with self._tricked("/netsuite/", trick):
                await self._paste(good)
        past = await self.ada.latest("dm")
        await self._paste(good)
        await self._choose(past)
        await self._confirm(past)

    async def rotate_netsuite(self) -> None:
        """Update the token: to a wrong one and to a right one; then try a certificate."""
        five = self.it.netsuite.credentials.in_force(netsuite.HARBOR_STREET)[-1]
        new = self.it.netsuite.credentials.rotate(five.account_id, five.token_id)
        self._know(new)
        for secret in (WRONG_SECRET, new.token_secret):
            past = await self.ada.latest("dm")
            await self.ada.types("/integral reauthorize")
            form = await self.ada.modal("credentials_update_form")
            values = {"token_id": new.token_id, "token_secret": secret}
            await self.ada.submits(form, values)
            await self.ada.sees("NetSuite", channel="dm", past=past)
        await self._certificate()

    async def rotate_keys(self) -> None:
        """Encrypt everything anew, and use the command line well and badly."""
        it = self.it
        it.keys = f"k2:{NEW_KEY},k1:{KEY}"
        await it.run("keys", "rotate", "--json")
        password = DATABASE_PASSWORD
        broken = (f"postgresql://u:{password}@127.0.0.1:1/x", f"mysql://u:{password}@h/x")
        await asyncio.gather(
            it.run("keys", "rotate", INTEGRAL_SECRET_KEYS=f"k3:{KEY[:-8]}"),
            it.run("keys", "rotate", INTEGRAL_SECRET_KEYS=KEY),
            it.run("status", "--json"),
            it.run("doctor", "--json", "--bundle", "bundle.json"),
            it.run("doctor", SLACK_BOT_TOKEN=BOT_TOKEN),
            it.run("token", "list", "--json"),
            it.run("export", "2026-01"),
            it.run("preview", "2026-01", "--json"),
            *(it.run("status", DATABASE_URL=address) for address in broken),
            *(it.run("serve", "--port", "0", DATABASE_URL=address) for address in broken),
            *(it.run("migrate", "--from", address) for address in broken),
        )

    # --- parts

    async def _submit_start(self, code: str, *, ends_with: str) -> None:
        await self.ada.types(f"/integral start {code}")
        form = await self.ada.modal("start_form")
        values = {"code": code, "name": "Harbor", "currency": "USD", "time_zone": "UTC"}
        await self._submit(form["id"], values, ends_with=ends_with)

    async def _submit(self, view: object, values: object, *, ends_with: str) -> None:
        body = {"user": "ada", "view_id": view, "values": values}
        answer = await self.it.office.post("slack/submit", body)
        assert answer["result"] == ends_with, answer
        if ends_with == "errors":
            await self.it.office.post("slack/close", {"user": "ada", "view_id": view})

    async def _sign_in(self, command: str, filled: Mapping[str, str | list[str]]) -> None:
        past = await self.ada.latest()
        await self.ada.types(f"/integral {command}")
        link = await self._link(past)
        browser = Browser()
        try:
            await browser.open(link)
            await browser.press()
            await browser.press(user=seed.ADA, decision="allow")
            await browser.press(**filled)
        finally:
            await browser.aclose()

    async def _link(self, past: str) -> str:
        """Find the link of an invitation; where something was authorised before, ask for one."""

        async def look() -> Press | None:
            messages = [m for m in await self.ada.messages("finance") if m["ts"] > past]
            presses = [press for m in messages for press in presses_on(m)]
            wanted = {"connect_open_link", "connect_sign_in"}
            return next((p for p in presses if p.element["action_id"] in wanted), None)

        press = await self.ada.within(look, "a way to sign in")
        if press.element["action_id"] == "connect_sign_in":
            await self.ada.clicks(press)
            press = await self.ada.finds("connect_open_link", past=past)
        return press.url

    async def _choose(self, past: str) -> None:
        picker = await self.ada.finds("connect_choose:0", channel="dm", past=past)
        await self.ada.clicks(picker, value=picker.element["options"][0]["value"])

    async def _confirm(self, past: str = "") -> None:
        await self.ada.clicks(await self.ada.finds("connect_confirm", channel="dm", past=past))
        form = await self.ada.modal("connect_confirm_form")
        await self.ada.submits(form, {"go_live": "2026-01-01"})
        await self.ada.sees("is connected and confirmed", channel="dm", past=past)

    async def _read_chart(self, line: str, trick: Trick) -> None:
        """Have the chart read with a token that has expired."""
        await self._an_hour()
        async with self._tricked(line, trick):
            past = await self.ada.latest("dm")
            await self.ada.types("/integral accounts refresh")
            await self._requested("/quickbooks/")
            await self.ada.sees("", channel="dm", past=past)

    async def _an_hour(self) -> None:
        """Let an hour pass, and the product see it: it asks the clock time and again."""
        self.it.clock.advance(_HOUR_S)
        met = self.it.outside
        for _ in range(2):
            await met.met("/control/clock", since=len(met.exchanges))

    async def _paste(self, values: dict[str, str], *, ends_with: str = "closed") -> None:
        """Type credentials into the form of NetSuite, and wait for what becomes of them."""
        past = await self.ada.latest("dm")
        form = await self._form()
        await self._submit(form["id"], values, ends_with=ends_with)
        if ends_with == "closed":
            await self._answered(past)

    async def _form(self) -> JsonObject:
        past = await self.ada.latest()
        await self.ada.types("/integral connect netsuite")

        async def look() -> Press | bool | None:
            views = await self.it.office.get("slack/views", user="ada")
            messages = [m for m in await self.ada.messages("finance") if m["ts"] > past]
            presses = [press for m in messages for press in presses_on(m)]
            opens = (p for p in presses if p.element["action_id"] == "credentials_open")
            return bool(views["modals"]) or next(opens, None)

        found = await self.ada.within(look, "the form, or the way to it")
        if isinstance(found, Press):
            await self.ada.clicks(found)
        return await self.ada.modal("credentials_form")

    async def _certificate(self) -> None:
        """Connect with a certificate, of which NetSuite refuses the first answer."""
        made = self.it.netsuite.credentials.add_certificate(netsuite.HARBOR_STREET, None)
        values = {name: str(value) for name, value in made.items()}
        self.it.known.add("certificate key", values["private_key"])
        for trick in (*_failing(rb"client_assertion=([^&\s]+)")[1:3], garbage, None):
            form = await self._form()
            (picker,) = [b for b in form["blocks"] if "accessory" in b]
            act = {"block_id": picker["block_id"], "action_id": "credentials_method"}
            where = {"user": "ada", "view": form["id"], "value": "certificate"}
            await self.it.office.post("slack/click", {**where, **act})
            await self.ada.within(self._shows_certificate, "the other fields")
            past = await self.ada.latest("dm")
            async with self._tricked("oauth2/v1/token" if trick else "none", trick or silence):
                await self._submit(form["id"], values, ends_with="closed")
                await self._answered(past)

    async def _shows_certificate(self) -> bool | None:
        views = await self.it.office.get("slack/views", user="ada")
        return "Certificate ID" in str(views["modals"][-1]) or None

    async def _answered(self, past: str) -> None:
        """Wait until it is said whether credentials were accepted."""

        async def look() -> bool | None:
            said = [str(m) for m in await self.ada.messages("dm") if m["ts"] > past]
            return any("accepted" in each or "was not connected" in each for each in said) or None

        await self.ada.within(look, "what became of the credentials")

    def _know(self, five: Five) -> None:
        for name, value in five.as_json().items():
            if name != "account_id":
                self.it.known.add(f"NetSuite {name}", value)

    @asynccontextmanager
    async def _tricked(self, line: str, trick: Trick) -> AsyncIterator[None]:
        self._mark = len(self.it.outside.exchanges)
        self.it.outside.play(line, trick)
        try:
            yield
        finally:
            self.it.outside.behave()

    async def _requested(self, line: str) -> None:
        """Wait until the product has asked for something since the trick began."""
        async with asyncio.timeout(_PATIENCE_S):
            await self.it.outside.met(line, since=self._mark)


def _failing(pattern: bytes) -> tuple[Trick, ...]:
    """Every way in which an ERP's answer is bad, with a secret of the request in it."""
    return (
        quoting("503 Service Unavailable"),
        quoting_one("401 Unauthorized", pattern),
        quoting_one("500 Internal Server Error", pattern),
        quoting_one("400 Bad Request", pattern),
        garbage,
        silence,
        quoting("400 Bad Request", error="invalid_grant"),
    )


_MADE_UP = {
    "wrong owner code": WRONG_CODE,
    "wrong API token": WRONG_API_TOKEN,
    "stray code": STRAY_CODE,
    "stray state": STRAY_STATE,
    "wrong NetSuite secret": WRONG_SECRET,
}
