"""The product beside a local Xero or NetSuite."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from tests.integration.connecting.bot import Bot, running_bot
from tests.support.netsuite import RunningNetSuite, running_netsuite
from tests.support.xero import CLIENT_ID, CLIENT_SECRET, RunningXero, running_xero


@dataclass(frozen=True, slots=True)
class XeroScene:
    """The bot and the Xero it may connect to."""

    bot: Bot
    xero: RunningXero


@dataclass(frozen=True, slots=True)
class NetSuiteScene:
    """The bot and the NetSuite it may connect to."""

    bot: Bot
    netsuite: RunningNetSuite


@pytest.fixture
async def xero(database_url: str) -> AsyncIterator[XeroScene]:
    """A fresh Xero, and a bot that has keys for it."""
    async with running_xero() as running:
        addresses = {
            "xero_client_id": CLIENT_ID,
            "xero_client_secret": CLIENT_SECRET,
            "xero_api_url": running.addresses.api_url,
            "xero_identity_url": running.addresses.identity_url,
            "xero_authorize_url": running.addresses.authorize_url,
            "xero_app_url": running.addresses.app_url,
        }
        async with running_bot(database_url, running.clock, **addresses) as bot:
            yield XeroScene(bot, running)


@pytest.fixture
async def netsuite(database_url: str) -> AsyncIterator[NetSuiteScene]:
    """A fresh NetSuite, and a bot that reaches it."""
    async with running_netsuite() as running:
        addresses = {
            "netsuite_api_url": running.addresses.api_url,
            "netsuite_app_url": running.addresses.app_url,
        }
        async with running_bot(database_url, running.clock, **addresses) as bot:
            yield NetSuiteScene(bot, running)
