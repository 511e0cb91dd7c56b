"""The demo's main job, done by people in Slack: connect, import, map, preview, sync, approve.

Ada owns and approves, Ben prepares. Every step goes through the local Slack, which sends the bot
the same signed requests that Slack sends; the sign-in goes through a browser. Impatient people
are part of it: they type and click twice and requests come again, and nothing may double.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sandbox import sample_data as data
from sandbox import sample_month as month
from sandbox.connect_steps import connect
from sandbox.demo_erps import LocalErp, Plan
from sandbox.file_steps import JournalFiles
from sandbox.mapping_steps import choose_unmapped, map_accounts, save_settings
from sandbox.office import PUSH_WITHIN_S, JourneyError, Office, presses_on

Tell = Callable[[str], None]
"""Says to whoever watches what was just done."""


class Journey:
    """Ada's and Ben's month end."""

    def __init__(self, office: Office, *, plan: Plan, tell: Tell) -> None:
        self._ada = office.person("ada")
        self._ben = office.person("ben")
        self._office = office
        self._erp = plan.erp
        self._days = plan.days
        self._tell = tell
        self.files = JournalFiles(self._ada, office)
        """What Ada was given where there is no ERP."""

    async def whole(self, owner_code: str) -> None:
        """Do everything, in order.

        Raises:
            JourneyError: a step did not lead where it should.
        """
        await self.start(owner_code)
        await self.connect()
        await self.import_month()
        await self.set_up()
        await self.enable()
        await self.preview()
        await self.push()
        await self.verify()
        await self.push_late_rows()
        await self.confirm_late_rows()

    async def start(self, owner_code: str) -> None:
        """Ada claims the organisation and says who may do what."""
        await self._ada.types(f"/integral start {owner_code}")
        form = await self._ada.modal("start_form")
        zone = {"name": data.ORGANISATION, "currency": data.CURRENCY, "time_zone": data.TIME_ZONE}
        await self._ada.submits(form, {"code": owner_code, **zone})
        await self._ada.sees("is set up", channel="dm")
        for who, role in (("ben", "admin"), ("ben", "preparer"), ("ada", "approver")):
            past = await self._ada.latest()
            await self._ada.types(f"/integral roles grant @{who} {role}")
            await self._ada.sees(role, past=past)
        self._tell(f"Ada owns {data.ORGANISATION} and approves; Ben prepares")

    async def connect(self) -> None:
        """Ada connects the ERP, confirms the company and the day on which entries start.

        Without an ERP Ben does: he chooses the chart as well, and who shapes may not approve.
        """
        person = self._ada if isinstance(self._erp, LocalErp) else self._ben
        await connect(person, self._office, self._erp)
        self._tell(f"connected {self._erp.label}")

    async def import_month(self) -> None:
        """Ben imports what was held before, and the month."""
        await self._import(month.OPENING_LOTS_FILE, month.opening_lots_csv(), "opening_lots")
        await self._import(
            month.TRANSACTIONS_FILE, month.transactions_csv(self._days), "transactions"
        )
        self._tell(
            f"imported {len(month.month_rows(self._days))} transactions and the opening lots"
        )

    async def set_up(self) -> None:
        """Ben saves the settings, maps all but two accounts, and goes through those two."""
        await save_settings(self._ben, self._erp.accounts)
        mapped = await map_accounts(self._ben, self._erp.accounts)
        chosen = await choose_unmapped(self._ben, self._erp.accounts)
        self._tell(f"saved settings, mapped {mapped} accounts, then {chosen} that were unmapped")

    async def enable(self) -> None:
        """Ben enables pushes."""
        await self._ben.types("/integral resume")
        await self._ben.clicks(await self._ben.finds("overview_resume"))
        self._tell("enabled pushes")

    async def preview(self) -> None:
        """Ben looks at what would be sent."""
        await self._ben.types(f"/integral preview {data.PERIOD}")
        await self._ben.sees("Preview: ")
        self._tell(f"previewed {data.PERIOD}")

    async def push(self) -> None:
        """Ben syncs the month, impatiently; Ada approves, twice; the report comes."""
        past = await self._ada.latest()
        asked = await self._ben.types(f"/integral sync {data.PERIOD}")
        await self._ben.types(f"/integral sync {data.PERIOD}")
        await self._office.replay(asked)
        approve = await self._ada.finds("approvals.approve", past=past)
        clicked = await self._ada.clicks(approve)
        self._tell("Ada approved the batch")
        await self._office.replay(clicked)
        await self._again(approve.message["ts"])
        await self._reported(past)
        self._tell("the run is reported; nothing may have doubled")

    async def verify(self) -> None:
        """Ada has the month read back; files she fetches, and says that they are imported."""
        if not isinstance(self._erp, LocalErp):
            await self.files.fetch_and_confirm()
            self._tell("fetched the journal file, and confirmed its import")
            return
        past = await self._ada.latest("dm")
        await self._ada.types(f"/integral verify {data.PERIOD}")
        done = "every one is as approved"
        await self._ada.sees(done, channel="dm", past=past, within_s=PUSH_WITHIN_S)
        self._tell("verified: every entry was read back and is as approved")

    async def push_late_rows(self) -> None:
        """Late rows turn up, are imported and pushed with an approval of their own."""
        await self._import(
            month.LATE_FILE, month.late_csv(), "transactions", source=month.LATE_SOURCE
        )
        past = await self._ada.latest()
        await self._ben.types(f"/integral sync {data.PERIOD}")
        await self._ada.clicks(await self._ada.finds("approvals.approve", past=past))
        await self._reported(past)
        self._tell(f"pushed {len(month.late_rows())} late rows, and only those")

    async def confirm_late_rows(self) -> None:
        """Where there is no ERP, the late rows came in a file of their own."""
        if not isinstance(self._erp, LocalErp):
            await self.verify()

    # --- parts

    async def _import(self, name: str, text: str, kind: str, *, source: str = month.SOURCE) -> None:
        past = await self._ben.latest("dm")
        await self._ben.types("/integral import")
        form = await self._ben.modal("import_form")
        file_id = await self._ben.uploads(name, text.encode())
        known = {"known": "+new"} if "known" in _inputs_of(form) else {}
        values = {"source": source, "kind": kind, "file": [file_id], **known}
        await self._ben.submits(form, values)
        done = await self._ben.sees(f"Imported {source}: ", channel="dm", past=past)
        if " 0 rejected" not in done["text"]:
            raise JourneyError(f"{name}: {done['text']}")

    async def _again(self, ts: str) -> None:
        """Press Approve once more, if the card still has it."""
        for message in await self._ada.messages("finance"):
            if message["ts"] == ts:
                for press in presses_on(message):
                    if press.element["action_id"] == "approvals.approve":
                        await self._ada.clicks(press)

    async def _reported(self, past: str) -> None:
        await self._ada.sees("is done", past=past, within_s=PUSH_WITHIN_S)


def _inputs_of(form: Mapping[str, object]) -> set[str]:
    blocks = form["blocks"]
    return {block["block_id"] for block in blocks} if isinstance(blocks, list) else set()
