"""The demo's month end, done by people in Slack while the sandbox's clock is moved over it.

A dry run two days before, a pre-check on the last day, a card when the month has ended, a change
that lapses the card, an approval, and late rows of the closed month. The books must end as they
do when the same rows are pushed by hand (`sandbox.journey`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sandbox import sample_data as data
from sandbox import sample_month as month
from sandbox.demo_erps import Plan
from sandbox.journey import Journey, Tell
from sandbox.mapping_steps import choose_unmapped, map_accounts
from sandbox.office import JourneyError, Office

SET_UP_AT = datetime.fromisoformat("2026-01-28T15:00:00+00:00")
"""Before anything is due; the bot starts at this moment."""
DRY_RUN_AT = datetime.fromisoformat("2026-01-29T14:01:00+00:00")
"""One minute past nine in New York, two days before the month's last day."""
PRE_CHECK_AT = datetime.fromisoformat("2026-01-31T14:01:00+00:00")
ENDED_AT = datetime.fromisoformat("2026-02-01T05:01:00+00:00")
"""One minute past midnight in New York."""
MISSING_DAYS = 2
"""Days of the month that are imported only after the card was made."""
FEWEST = month.FEWEST + MISSING_DAYS


class MonthEnd(Journey):
    """Ada's and Ben's month end, on a schedule."""

    def __init__(self, office: Office, *, plan: Plan, tell: Tell) -> None:
        super().__init__(office, plan=replace(plan, days=plan.days - MISSING_DAYS), tell=tell)
        self._whole_month = plan.days

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
        await self.schedule()
        await self.look_ahead()
        await self.change_after_the_card()
        await self.approve()
        await self.verify()
        await self.push_late_rows()
        await self.confirm_late_rows()

    async def schedule(self) -> None:
        """Ben has every month's end prepared at nine."""
        past = await self._ben.latest()
        await self._ben.types("/integral schedule monthly 09:00")
        await self._ben.sees("09:00", past=past)
        self._tell("every month's end is prepared by itself")

    async def look_ahead(self) -> None:
        """The dry run, the pre-check and, when the month has ended, the card."""
        await self._until(DRY_RUN_AT)
        await self._ada.sees("Dry run of January 2026")
        self._tell("two days before: the dry run says what would block")
        await self._until(PRE_CHECK_AT)
        await self._ada.sees("Pre-check of January 2026")
        self._tell("on the last day: the pre-check")
        await self._until(ENDED_AT)
        await self._ada.finds("approvals.approve")
        self._tell("the month has ended: a card asks for approval")

    async def change_after_the_card(self) -> None:
        """Ben imports the last days, so the card that Ada has no longer counts."""
        old = await self._ada.finds("approvals.approve")
        days = month.transactions_csv(self._whole_month)
        await self._import(month.TRANSACTIONS_FILE, days, "transactions")
        # New days may name what has no account yet.
        await map_accounts(self._ben, self._erp.accounts)
        await choose_unmapped(self._ben, self._erp.accounts)
        past = await self._ada.latest()
        await self._ada.clicks(old)
        await self._ada.sees("no longer counts", past=past)
        newest = await self._ada.finds("approvals.approve", past=str(old.message["ts"]))
        if newest.message["ts"] == old.message["ts"]:
            raise JourneyError("The card that lapsed can still be pressed.")
        self._tell("the last days came after the card: it lapsed, and a new one came")

    async def approve(self) -> None:
        """Ada approves the new card in her own messages, impatiently; the report comes."""
        card = await self._ada.finds("approvals.approve", channel="dm")
        clicked = await self._ada.clicks(card)
        await self._office.replay(clicked)
        await self._again(card.message["ts"])
        await self._reported("")
        await self._ada.sees("Approved", past="")
        self._tell(f"Ada approved {data.PERIOD}; it is delivered, verified and closed")

    async def push_late_rows(self) -> None:
        """Late rows of the closed month are listed; Ben has them pushed, and Ada approves."""
        past = await self._ada.latest()
        await self._import(
            month.LATE_FILE, month.late_csv(), "transactions", source=month.LATE_SOURCE
        )
        # Its message may be there already, for what was blocked, and is edited then.
        await self._ben.sees(f"{len(month.late_rows())} ready")
        await self._ben.clicks(await self._ben.finds("stragglers.push"))
        await self._ada.clicks(await self._ada.finds("approvals.approve", past=past))
        await self._reported(past)
        self._tell(f"pushed {len(month.late_rows())} late rows of the closed month, approved apart")

    async def _until(self, moment: datetime) -> None:
        """Put the sandbox's clock, and with it everybody's, at a moment."""
        await self._office.post("clock", {"travel_to": moment.isoformat()})
