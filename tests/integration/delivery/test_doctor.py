"""The doctor over a real company, and the support bundle, which holds nothing that is secret."""

import json
from dataclasses import replace
from datetime import timedelta

from bot.services.checks import SCOPES, SlackState, Verdict
from ledger.numbers import prefix
from ledger.organisation import ConnectionState
from sandbox.faults import FaultKind
from tests.integration.delivery.scene import SETTLE_S, Scene, rows
from tests.support.databases import SECRET_KEYS
from tests.support.office import CLERK, CONTROLLER, TEAM
from tests.support.watching import VERSION, watching

GUIDE = [
    "accounts mapped",
    "settings configured and active",
    "credentials valid",
    "write access to journal entries",
    "pushes enabled",
]
HEALTHY = SlackState(scopes=SCOPES, apart_s=0.5)


async def test_findings_come_in_the_guides_order_each_wrong_one_with_a_remedy(
    scene: Scene,
) -> None:
    await scene.bring(*rows(1))
    scene.type_by_hand("INT-A1B2-00007-101226", "77.00")
    async with scene.process() as product:
        watch = watching(product, slack=HEALTHY)
        await watch.doctor.request(scene.office.organisation, person=CLERK)
        await product.engine.drain({"examine": watch.doctor.run})
    (examination,) = watch.heard.examined
    findings = examination.findings
    assert [f.check for f in findings][:5] == GUIDE
    assert [f.check for f in findings][5:7] == ["functional currency", "period locks"]
    verdicts = {f.check: f.verdict for f in findings}
    assert verdicts["credentials valid"] is Verdict.OK
    assert verdicts["write access to journal entries"] is Verdict.UNKNOWN
    assert verdicts["journal numbers"] is Verdict.WRONG
    assert all(f.remedy for f in findings if f.verdict is not Verdict.OK)
    words = watch.heard.said[0].blocks
    assert "INT-A1B2-00007-101226" in words
    assert all(button in words for button in ("doctor_adopt", "doctor_open_cut_over"))


async def test_after_a_push_write_access_is_proven(scene: Scene) -> None:
    await scene.bring(*rows(1))
    async with scene.process() as product:
        await scene.push(product)
        examination = await watching(product, slack=HEALTHY).doctor.examine(
            scene.office.organisation
        )
    verdicts = {f.check: f.verdict for f in examination.findings}
    assert verdicts["write access to journal entries"] is Verdict.OK
    assert verdicts["journal numbers"] is Verdict.OK
    assert verdicts["engine"] is Verdict.OK
    assert verdicts["approvers"] is Verdict.OK


async def test_an_ended_connection_and_an_erp_that_is_away_are_told_apart(scene: Scene) -> None:
    async with scene.process() as product:
        doctor = watching(product).doctor
        scene.spoil_everything(FaultKind.REFUSE_CONNECTIONS)
        away = await doctor.examine(scene.office.organisation)
        ended = replace(scene.office.company, connection=ConnectionState.ENDED)
        async with scene.database.unit() as unit:
            await unit.companies.save(ended)
            await unit.commit()
        over = await doctor.examine(scene.office.organisation)
    assert away.findings[2].verdict is Verdict.UNKNOWN
    assert over.findings[2].verdict is Verdict.WRONG
    assert "/integral reauthorize" in over.findings[2].remedy


async def test_a_run_that_nobody_takes_up_is_a_finding(scene: Scene) -> None:
    await scene.bring(*rows(1))
    async with scene.process() as product:
        await scene.ask(product)
        scene.clock.advance(seconds=timedelta(minutes=6).total_seconds())
        examination = await watching(product).doctor.examine(scene.office.organisation)
    assert examination.findings[-1].verdict is Verdict.WRONG


async def test_the_bundle_dates_the_failed_attempts_and_names_code_and_trace(
    scene: Scene,
) -> None:
    await scene.bring(*rows(2))
    async with scene.process() as product:
        await scene.prepare_approved(product)
        scene.activate_bank(active=False)
        await product.drain()
        bundle = json.loads(await watching(product).bundles.write())
    assert bundle["version"] == VERSION
    (organisation,) = bundle["organisations"]
    (company,) = organisation["companies"]
    assert company["entries"] == {"refused": 2}
    attempts = company["failed_attempts"]
    assert {attempt["code"] for attempt in attempts} == {"account_inactive"}
    assert all(attempt["started_at"].startswith("2026-11-02T09:00") for attempt in attempts)
    assert all(attempt["trace_id"] for attempt in attempts)
    assert len(organisation["runs"]) == 1


async def test_the_bundle_holds_no_secret_amount_memo_or_name(scene: Scene) -> None:
    await scene.bring(*rows(3))
    scene.spoil(FaultKind.DROP_REQUEST)
    async with scene.process() as product:
        await scene.push(product)
        await scene.pass_time(product, SETTLE_S)
        changed = scene.journals()[0]
        scene.edit_by_hand(changed.id, {"PrivateNote": "changed words"})
        watch = watching(product)
        await watch.drift.look(scene.office.company.id, "2026-11-02")
        scene.type_by_hand("INT-A1B2-00099-101226", "88.00")
        await scene.bring(*rows(1, first=20))
        await scene.sync(product)
        text = await watch.bundles.write()
    async with scene.database.unit(read_only=True) as unit:
        secret = await unit.grants.read_secret(scene.office.company.grant_id or "")
    tokens = json.loads(secret or "{}")
    office = scene.office
    people = [CLERK, CONTROLLER, TEAM + '"', office.organisation.name, office.company.name]
    books = ["101.00", "102.00", "88.00", "changed words", "Acme DAO", "Operating Bank", "USD"]
    found = [each for each in (*people, *books, SECRET_KEYS) if each in text]
    found += [key for key, value in tokens.items() if "token" in key and str(value) in text]
    assert not found
    assert prefix(office.organisation.code) in text
    assert '"waits_for": "number_unknown"' in text
