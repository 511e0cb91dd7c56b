"""Runs with several processes: what is drawn, what a wire does, and what is seen as wrong."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ledger.organisation import Provider
from ledger.periods import Period
from ledger.schedules import Cadence
from tests.faults.campaigns import assert_nothing_lost_or_doubled
from tests.faults.children import Json
from tests.faults.fleet_people import misfired
from tests.faults.fleet_plan import BlowKind, FleetPlan, draw_fleet
from tests.faults.plan import seed_of
from tests.faults.wires import Wire, Wires

OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))


def _draw(run: int, *, processes: int = 3) -> FleetPlan:
    return draw_fleet(seed_of(1, run), processes=processes, month=OCTOBER, erp=Provider.QUICKBOOKS)


def test_the_runs_reach_every_blow_cadence_and_division_of_the_parts() -> None:
    fleets = [_draw(run) for run in range(200)]
    assert {blow.kind for fleet in fleets for blow in fleet.blows} == set(BlowKind)
    assert {fleet.cadence for fleet in fleets} == {Cadence.DAILY, Cadence.MONTHLY}
    assert {len(fleet.periods) for fleet in fleets} == {1, 2, 3}
    assert {part for fleet in fleets for part in fleet.parts} == {None, "web", "worker", "clock"}
    assert fleets == [_draw(run) for run in range(200)]


@pytest.mark.parametrize("processes", [1, 2, 3, 5])
def test_somebody_always_works_and_somebody_keeps_time(processes: int) -> None:
    for run in range(100):
        parts = _draw(run, processes=processes).parts
        assert len(parts) == processes
        assert {"worker", None} & set(parts)
        assert {"clock", None} & set(parts)


def test_every_period_has_something_to_push_and_lies_before_its_hour() -> None:
    for fleet in map(_draw, range(100)):
        days = {row.day for row in fleet.plan.rows}
        assert set(fleet.periods) <= days
        assert max(days) < fleet.boundary.date()
        assert fleet.opens_at < fleet.boundary


def _found(fleet: FleetPlan) -> Json:
    return {
        "periods": [
            {
                "period": day.isoformat(),
                "moment": fleet.moment.value,
                "state": "started",
                "run": f"run-{day}",
            }
            for day in fleet.periods
        ],
        "runs": [{"id": f"run-{day}", "first": day.isoformat()} for day in fleet.periods],
    }


def _kinds(fleet: FleetPlan, found: Json) -> set[str]:
    return {kind for kind, _words in misfired(fleet, found)}


def test_a_period_that_was_pushed_once_is_well() -> None:
    fleet = _draw(1)
    assert misfired(fleet, _found(fleet)) == []


def test_a_period_pushed_twice_never_or_not_yet_is_seen() -> None:
    fleet = _draw(1)
    twice, never, waits = _found(fleet), _found(fleet), _found(fleet)
    twice["runs"] = [*_rows(twice, "runs"), {"id": "other", "first": fleet.first.isoformat()}]
    never["runs"] = _rows(never, "runs")[1:]
    waits["periods"] = [{**row, "state": "waiting"} for row in _rows(waits, "periods")]
    assert _kinds(fleet, twice) == {"duplicated"}
    assert _kinds(fleet, never) == {"lost"}
    assert "unsettled" in _kinds(fleet, waits)


def test_a_push_of_a_period_that_was_never_due_is_seen() -> None:
    fleet = _draw(1)
    earlier = replace(fleet, periods=fleet.periods[1:])
    assert _kinds(earlier, _found(fleet)) == {"duplicated"}


def _rows(found: Json, key: str) -> list[dict[str, str]]:
    rows = found[key]
    assert isinstance(rows, list)
    return rows


@pytest.fixture
def far_end() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        yield listener


@pytest.fixture
def wires(far_end: socket.socket, tmp_path: Path) -> Iterator[Wires]:
    laid = Wires({"erp": far_end.getsockname()[1]}, folder=tmp_path)
    yield laid
    laid.close()


def _connect(wires: Wires) -> socket.socket:
    return socket.create_connection(("127.0.0.1", wires.port("erp")), timeout=10)


def test_a_whole_wire_passes_everything_both_ways(wires: Wires, far_end: socket.socket) -> None:
    with _connect(wires) as near:
        near.sendall(b"question")
        far, _ = far_end.accept()
        with far:
            assert far.recv(20) == b"question"
            far.sendall(b"answer")
            assert near.recv(20) == b"answer"


def test_a_cut_wire_ends_its_connections_and_takes_no_more(
    wires: Wires, far_end: socket.socket
) -> None:
    with _connect(wires) as near:
        near.sendall(b"question")
        far, _ = far_end.accept()
        with far:
            assert far.recv(20) == b"question"
            wires.put("erp", Wire.CUT)
            assert _ends(near)
            assert _ends(far)
    with _connect(wires) as late:
        assert _ends(late)
    wires.put("erp", Wire.WHOLE)


def test_what_a_dead_wire_swallowed_never_arrives(wires: Wires, far_end: socket.socket) -> None:
    with _connect(wires) as near:
        far, _ = far_end.accept()
        with far:
            wires.put("erp", Wire.DEAD)
            near.sendall(b"question")
            wires.put("erp", Wire.WHOLE)
            assert _ends(far)
            assert _ends(near)


def _ends(connection: socket.socket) -> bool:
    """Say whether nothing more comes."""
    try:
        return connection.recv(20) == b""
    except ConnectionError:
        return True


@pytest.mark.postgres
@pytest.mark.long(40)
def test_three_processes_push_each_period_and_each_entry_once(tmp_path: Path) -> None:
    options = ("--runs", "2", "--seed", "4", "--jobs", "2", "--processes", "3")
    assert_nothing_lost_or_doubled(2, *options, keep=tmp_path)
