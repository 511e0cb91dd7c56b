"""A local Slack: Web API, signed requests, modals, App Home, files, and people who click.

Facts that it follows carry their address where they are used. It imports nothing of the product.
"""

from sandbox.slack.sandbox import SlackSandbox
from sandbox.slack.seed import SlackSettings

__all__ = ["SlackSandbox", "SlackSettings"]
