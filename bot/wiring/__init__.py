"""Wiring: the only place that builds things. Settings in, one process or one command's desk out.

``configuration`` reads settings, ``ground`` opens the database, ``erps`` and ``cases`` build what
people use, ``slack`` its door, ``process`` a server and ``desk`` what the command line works at.
"""

from bot.wiring.configuration import SettingsProblem, load_settings
from bot.wiring.desk import Desk, open_desk
from bot.wiring.process import App, Role, build

__all__ = ["App", "Desk", "Role", "SettingsProblem", "build", "load_settings", "open_desk"]
