"""What looks after posted entries, in one bag: adoption, drift, the doctor, support bundles."""

from __future__ import annotations

from dataclasses import dataclass

from bot.services.adoption import Adoption
from bot.services.bundle import Bundles
from bot.services.doctor import Doctor
from bot.services.drift import Drift
from bot.services.support import Support


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftercare:
    """The use cases, one per noun; built once by ``bot.wiring``."""

    adoption: Adoption
    drift: Drift
    doctor: Doctor
    bundles: Bundles
    support: Support
