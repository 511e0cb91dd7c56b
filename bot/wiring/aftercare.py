"""Builds the use cases that look after posted entries: adoption, drift, doctor, bundles."""

from __future__ import annotations

from functools import partial
from importlib.metadata import version

from bot.clock import machine_time
from bot.handlers.attachments import SlackAttachments
from bot.handlers.slack_api import SlackApi
from bot.handlers.slack_probe import SlackProbe
from bot.services.adopting import Adopting
from bot.services.adoption import Adoption
from bot.services.aftercare import Aftercare
from bot.services.bundle import Bundles
from bot.services.cut_over import CuttingOver
from bot.services.delivery import Delivering
from bot.services.doctor import Doctor
from bot.services.drift import Drift
from bot.services.overview import Overview
from bot.services.pipeline import Pipeline
from bot.services.preparing import Preparing
from bot.services.runs import RunPorts, Runs
from bot.services.support import Support
from bot.views import doctor as doctor_views
from bot.views import drift as drift_views
from bot.wiring.ground import Ground, is_somebody_serving
from bot.wiring.stuck import build_stuck

_NAME = "integral-for-slack"


def build_aftercare(
    ground: Ground,
    slack: SlackApi,
    ports: RunPorts,
    *,
    pipeline: Pipeline,
    delivering: Delivering,
) -> Aftercare:
    """Build them over the same ports, what the pipeline keeps, and the stage that compares."""
    bundles = Bundles(storage=ports.storage, clock=ports.clock, version=version(_NAME))
    return Aftercare(
        adoption=_adoption(ports, pipeline, delivering),
        drift=Drift(ports, delivering=delivering, words=drift_views.found),
        doctor=Doctor(
            ports,
            overview=Overview(storage=ports.storage, clock=ports.clock, pipeline=pipeline),
            slack=SlackProbe(slack, machine_time=machine_time),
            is_served=partial(is_somebody_serving, ground),
            stuck=build_stuck(ground).find,
            words=doctor_views.result,
        ),
        bundles=bundles,
        support=Support(
            ports,
            bundles=bundles,
            attachments=SlackAttachments(slack, files_url=ground.settings.slack_files_url),
            refused_words=doctor_views.bundle_refused,
        ),
    )


def _adoption(ports: RunPorts, pipeline: Pipeline, delivering: Delivering) -> Adoption:
    runs = Runs(ports)
    preparing = Preparing(
        storage=ports.storage, clock=ports.clock, ids=ports.ids, pipeline=pipeline
    )
    return Adoption(
        ports,
        adopting=Adopting(
            ports, pipeline=pipeline, preparing=preparing, delivering=delivering, runs=runs
        ),
        cutting_over=CuttingOver(ports, runs=runs),
        words=doctor_views.ended,
    )
