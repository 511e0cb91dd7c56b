"""What looks after posted entries, put together as the wiring does it, over a test's product.

Keeps what people would be told. It must not decide what a test looks for.
"""

from dataclasses import dataclass, field

from bot.ids import RandomIds
from bot.services.accounted import Adopted
from bot.services.adopting import Adopting
from bot.services.adoption import Adoption
from bot.services.bundle import Bundles
from bot.services.checks import SlackState
from bot.services.cut_over import CuttingOver
from bot.services.doctor import Doctor, Examination
from bot.services.drift import Drift, Drifted
from bot.services.overview import Overview
from bot.services.pipeline import Pipeline
from bot.services.runs import RunPorts
from bot.services.saying import Said
from bot.views import doctor as doctor_views
from bot.views import drift as drift_views
from tests.support.pushing import Product

VERSION = "1.2.3"


@dataclass(slots=True)
class Heard:
    """What was said, as data and as drawn."""

    adopted: list[Adopted] = field(default_factory=list)
    drifted: list[Drifted] = field(default_factory=list)
    examined: list[Examination] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)

    def of_adoption(self, result: Adopted) -> Said:
        self.adopted.append(result)
        return self._keep(doctor_views.ended(result))

    def of_drift(self, result: Drifted) -> Said:
        self.drifted.append(result)
        return self._keep(drift_views.found(result))

    def of_doctor(self, result: Examination) -> Said:
        self.examined.append(result)
        return self._keep(doctor_views.result(result))

    def _keep(self, said: Said) -> Said:
        self.said.append(said)
        return said


class KnownSlack:
    """Satisfies ``SlackProbe``: answers as the test says."""

    def __init__(self, state: SlackState) -> None:
        self.state = state

    async def look(self, team_id: str) -> SlackState:
        return self.state


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """Adoption, drift, doctor and bundles over one product."""

    adopting: Adopting
    cutting_over: CuttingOver
    adoption: Adoption
    drift: Drift
    doctor: Doctor
    bundles: Bundles
    heard: Heard


def watching(product: Product, *, slack: SlackState | None = None) -> Watching:
    """Put the parts together."""
    ports = RunPorts(
        storage=product.database,
        clock=product.clock,
        ids=RandomIds(product.clock),
        engine=product.engine,
        connectors=product.connectors,
        announcer=product.announcements,
    )
    heard, pipeline = Heard(), Pipeline(clock=product.clock)
    adopting = Adopting(
        ports,
        pipeline=pipeline,
        preparing=product.preparing,
        delivering=product.delivering,
        runs=product.runs,
    )
    cutting_over = CuttingOver(ports, runs=product.runs)
    return Watching(
        adopting=adopting,
        cutting_over=cutting_over,
        adoption=Adoption(
            ports, adopting=adopting, cutting_over=cutting_over, words=heard.of_adoption
        ),
        drift=Drift(ports, delivering=product.delivering, words=heard.of_drift),
        doctor=Doctor(
            ports,
            overview=Overview(storage=product.database, clock=product.clock, pipeline=pipeline),
            slack=KnownSlack(slack or SlackState()),
            is_served=_yes,
            stuck=_none,
            words=heard.of_doctor,
        ),
        bundles=Bundles(storage=product.database, clock=product.clock, version=VERSION),
        heard=heard,
    )


async def _yes() -> bool:
    return True


async def _none() -> tuple[()]:
    return ()
