"""Corrections: undoing and reposting what is in the ERP, any number of entries under one card.

``/integral undo`` looks, a person chooses and gives a reason, and a correction run freezes one
batch for an approver. Nothing posted is edited, deleted or re-dated without being asked.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.services.corrections_looking import CorrectionLooks
from bot.services.corrections_ordering import CorrectionOrders
from bot.services.corrections_waiting import WaitingCorrections
from bot.services.pipeline import Pipeline
from bot.services.runs import RunPorts, Runs
from bot.services.staleness import Staleness, StaleWords


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrections:
    """The use cases of corrections, in one bag."""

    looks: CorrectionLooks
    orders: CorrectionOrders
    waiting: WaitingCorrections
    staleness: Staleness

    @classmethod
    def over(
        cls, ports: RunPorts, *, runs: Runs, pipeline: Pipeline, stale_words: StaleWords
    ) -> Corrections:
        """Build them over the same ports."""
        staleness = Staleness(
            storage=ports.storage,
            clock=ports.clock,
            engine=ports.engine,
            pipeline=pipeline,
            words=stale_words,
        )
        return cls(
            looks=CorrectionLooks(ports, pipeline=pipeline, staleness=staleness),
            orders=CorrectionOrders(ports, runs=runs, pipeline=pipeline),
            waiting=WaitingCorrections(ports, runs=runs),
            staleness=staleness,
        )
