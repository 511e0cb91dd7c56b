"""The demo done once: the journey, then the product's own count against the second opinion."""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict, dataclass
from datetime import date

import httpx

from sandbox import sample_data as data
from sandbox import sample_month as month
from sandbox.copies import Copy, Place, read_files, read_totals
from sandbox.demo_erps import QUICKBOOKS, LocalErp, Plan
from sandbox.file_steps import JournalFiles
from sandbox.journey import Journey, Tell
from sandbox.office import Office
from sandbox.payload import objects_at
from sandbox.processes import Bot
from sandbox.reckoning import Expected, Reckoner, read_rows
from sandbox.verdict import Verdict, judge

WITHIN_S = 600
_COUNTED_BY_BOTH = ("posted", "blocked", "held")
_WHOLE_MONTH = Plan(QUICKBOOKS)


class OnceError(Exception):
    """The journey took too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """How one run of the main job ended."""

    status: dict[str, int]
    """What the product counts: posted, verified, blocked, held."""
    verdict: Verdict
    seconds: float

    def figures(self) -> dict[str, int | float]:
        """Every figure by name; entries are those posted, blocked and held together."""
        counted = {name: self.status[name] for name in ("posted", "verified", "blocked", "held")}
        entries = sum(counted[name] for name in _COUNTED_BY_BOTH)
        ours = {k: v for k, v in asdict(self.verdict).items() if k not in _COUNTED_BY_BOTH}
        return {"entries": entries, **counted, **ours, "seconds": round(self.seconds, 1)}

    @property
    def complaints(self) -> list[str]:
        """What is wrong, in sentences; nothing when everything due is there once."""
        found = []
        for name in _COUNTED_BY_BOTH:
            due, counted = asdict(self.verdict)[name], self.status[name]
            if due != counted:
                found.append(f"{name}: the rows ask for {due}, the product counts {counted}.")
        if self.status["verified"] != self.status["posted"]:
            found.append(
                f"verified: {self.status['verified']} of {self.status['posted']} posted entries."
            )
        if not self.verdict.is_clean:
            found.append(f"The books are not as the rows ask for: {self.verdict}.")
        return found


def run_once(bot: Bot, *, plan: Plan, tell: Tell, journey: type[Journey] = Journey) -> Once:
    """Have people do the main job against a running bot, and judge the books.

    Args:
        bot: Serving.
        plan: Which ERP, and how much of the month.
        tell: Hears of every step.
        journey: How they go about it.

    Raises:
        JourneyError: a step did not lead where it should.
        OnceError: it took longer than `WITHIN_S`.
    """
    started = time.monotonic()
    code = str(bot.asks("owner-code")["code"])
    try:
        sandbox = bot.place.sandbox
        verdict = asyncio.run(_walk(journey, sandbox, code, plan=plan, tell=tell))
    except TimeoutError as error:
        raise OnceError(f"The journey took longer than {WITHIN_S} seconds.") from error
    answer = bot.asks("status", data.PERIOD)
    names = (*_COUNTED_BY_BOTH, "verified")
    status = {name: int(str(answer[name])) for name in names}
    return Once(status=status, verdict=verdict, seconds=time.monotonic() - started)


def expected(plan: Plan = _WHOLE_MONTH) -> list[Expected]:
    """What the rows, the late ones included, must do in the period of the sample month."""
    reckoner = Reckoner(
        lots=month.opening_lots_csv(),
        names=plan.erp.accounts,
        zone=data.TIME_ZONE,
        first=date.fromisoformat(data.GO_LIVE),
        last=date(2026, 1, 31),
    )
    return reckoner.expected(read_rows(month.transactions_csv(plan.days), month.late_csv()))


async def judge_books(office: Office, plan: Plan, *, files: JournalFiles) -> Verdict:
    """Judge what the company's books hold or, where there is no ERP, what the files do."""
    erp = plan.erp
    if isinstance(erp, LocalErp):
        copies, totals = await _read_books(office, erp)
    else:
        copies, totals = read_files(files.texts)
    return judge(expected(plan), copies, totals)


async def _read_books(office: Office, erp: LocalErp) -> tuple[list[Copy], dict[Place, int]]:
    chart = await office.get(f"{erp.control}/accounts")
    names = {account["id"]: account["name"] for account in chart["accounts"]}
    books = objects_at(await office.get(f"{erp.control}/journals"), "journals")
    totals = await office.get(f"{erp.control}/totals")
    return [erp.read(journal, names) for journal in books], read_totals(totals, names)


async def _walk(
    journey: type[Journey], sandbox: str, owner_code: str, *, plan: Plan, tell: Tell
) -> Verdict:
    async with (
        asyncio.timeout(WITHIN_S),
        httpx.AsyncClient(base_url=sandbox, timeout=20, trust_env=False) as http,
    ):
        office = Office(http)
        people = journey(office, plan=plan, tell=tell)
        await people.whole(owner_code)
        return await judge_books(office, plan, files=people.files)
