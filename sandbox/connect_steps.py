"""How each ERP is connected: a sign-in, typed credentials or a form, and the company.

By what stands on the pages and in Slack, as a person would.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from sandbox import sample_data as data
from sandbox import xero
from sandbox.browser import Browser
from sandbox.demo_erps import DemoErp, LocalErp
from sandbox.office import JourneyError, Office, Person
from sandbox.payload import objects_at


async def connect(person: Person, office: Office, erp: DemoErp) -> None:
    """Connect the demo's company and confirm it with the day on which entries start.

    Raises:
        JourneyError: a step did not lead where it should.
    """
    await person.types(f"/integral connect {erp.name}")
    if not isinstance(erp, LocalErp):
        await _fill_in(person)
        return
    await _WAYS[erp.name](person, office, erp)
    await person.clicks(await person.finds("connect_confirm", channel="dm"))
    form = await person.modal("connect_confirm_form")
    await person.submits(form, {"go_live": data.GO_LIVE})
    await person.sees("is connected and confirmed", channel="dm")


async def _fill_in(person: Person) -> None:
    """Name the company of journal files and take the chart that the form proposes."""
    form = await person.modal("journal_file_connect_form")
    await person.submits(form, {"name": data.ORGANISATION, "go_live": data.GO_LIVE})
    await person.sees("is connected and confirmed", channel="dm")


async def _quickbooks(person: Person, _office: Office, erp: LocalErp) -> None:
    """Sign in and pick the company on QuickBooks' page."""
    await _sign_in(person, realm=erp.company, decision="connect")


async def _xero(person: Person, _office: Office, erp: LocalErp) -> None:
    """Allow access to two organisations, and say in Slack which one it is."""
    tenants = [erp.company, xero.SECOND_ORGANISATION]
    await _sign_in(person, tenant=tenants, decision="allow")
    await _choose(person)


async def _netsuite(person: Person, office: Office, erp: LocalErp) -> None:
    """Type the five credentials from NetSuite's set-up page, and choose the subsidiary."""
    form = await person.modal("credentials_form")
    issued = objects_at(await office.get(f"{erp.control}/credentials"), "credentials")
    await person.submits(form, issued[-1])
    await _choose(person)


async def _sign_in(person: Person, **filled: str | list[str]) -> None:
    link = await person.finds("connect_open_link")
    browser = Browser()
    try:
        await browser.open(link.url)
        await browser.press()
        await browser.press(**filled)
    finally:
        await browser.aclose()


async def _choose(person: Person) -> None:
    """Pick the company by its name in the direct message."""
    picker = await person.finds("connect_choose:0", channel="dm")
    offered = {str(option["text"]["text"]): option for option in picker.element["options"]}
    if data.ORGANISATION not in offered:
        raise JourneyError(f"{data.ORGANISATION} is not among {list(offered)}")
    await person.clicks(picker, value=offered[data.ORGANISATION]["value"])


_WAYS: dict[str, Callable[[Person, Office, LocalErp], Awaitable[None]]] = {
    "quickbooks": _quickbooks,
    "xero": _xero,
    "netsuite": _netsuite,
}
