"""The local ERPs in a process of their own, for many runs; it outlives every killed sender.

Run as `python -m tests.faults.erp_process`; it prints its address, and ends when its standard
input does. A local Slack is there too, since a real process has one to talk to.
"""

import asyncio
import logging
import socket
import sys

import uvicorn
from starlette.applications import Starlette

from sandbox.app import clock_routes
from sandbox.clock import SandboxClock
from sandbox.netsuite.sandbox import NetSuiteSandbox
from sandbox.quickbooks.sandbox import QuickBooksSandbox
from sandbox.slack import SlackSandbox, SlackSettings
from sandbox.xero.sandbox import XeroSandbox

SIGNING_SECRET = "faults-signing-secret"
BOT_TOKEN = "xoxb-faults-bot-token"


async def main() -> None:
    """Serve until the standard input ends."""
    # A connection that a fault closes is no error here.
    logging.disable(logging.CRITICAL)
    clock = SandboxClock()
    erps = (QuickBooksSandbox(clock=clock), XeroSandbox(clock=clock), NetSuiteSandbox(clock=clock))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        settings = SlackSettings(
            # Nobody types in this Slack, so it never calls the bot.
            bot_url=url,
            signing_secret=SIGNING_SECRET,
            bot_token=BOT_TOKEN,
            public_url=url,
        )
        slack = SlackSandbox(settings=settings, clock=clock)
        routes = [route for erp in erps for route in erp.routes()]
        app = Starlette(routes=[*routes, *slack.routes(), *clock_routes(clock)])
        config = uvicorn.Config(app, log_config=None, access_log=False, ws="none", lifespan="off")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        sys.stdout.write(f"{url}\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)
        server.should_exit = True
        server.force_exit = True
        await serving
        await slack.aclose()


if __name__ == "__main__":
    asyncio.run(main())
