"""`integral serve`: the web application, the worker and the clock, in one process or in several.

Ends in order on SIGTERM and SIGINT: takes no more work, finishes or hands back what runs, frees
its slot. It ends by itself when it may no longer hold its slot.
"""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Annotated

import structlog
import typer
import uvicorn

from bot.cli.desk import read_settings, settings_refused
from bot.cli.loading import loaded
from bot.cli.terminal import WRONG_USE, CommandError, run, say
from bot.clock import machine_time
from bot.logs import set_up_logging

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from bot.settings import Settings
    from bot.wiring.process import App

REQUESTS_END_WITHIN_S = 5
_BACKLOG = 2048
_LOOK_EVERY_S = 0.01

log = structlog.get_logger(__name__)


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 for any.")] = None,
    only: Annotated[
        str | None, typer.Option(help="Do one part only: web, worker or clock.")
    ] = None,
    health_port: Annotated[
        int | None,
        typer.Option(help="Where a worker or clock shows health and metrics; 0 for any port."),
    ] = None,
) -> None:
    """Serve Slack, do the work and keep time; by default all in one process."""
    changed = {"host": host, "port": port, "health_port": health_port}
    run(_serve({k: v for k, v in changed.items() if v is not None}, only))


async def _serve(options: Mapping[str, str | int], only: str | None) -> None:
    from bot.wiring.configuration import require_slack  # noqa: PLC0415 - see bot.cli.desk
    from bot.wiring.process import Role, build  # noqa: PLC0415

    settings = read_settings().model_copy(update=options)
    loaded()
    if only is not None and only not in set(Role):
        sentence = f"--only takes one of {', '.join(Role)}."
        raise CommandError(sentence, code=WRONG_USE)
    roles = frozenset(Role) if only is None else frozenset({Role(only)})
    with settings_refused():
        if Role.WEB in roles:
            require_slack(settings)
        set_up_logging(settings.log_level)
        listener = _listener(settings, settings.port if Role.WEB in roles else settings.health_port)
        try:
            app = await build(settings, roles)
        except BaseException:
            if listener is not None:
                listener.close()
            raise
    try:
        with _signals(app.stopping):
            async with app.running(), _listening(app, listener):
                await _until_told(app)
    finally:
        await app.close()
    if app.lost.is_set():
        raise CommandError(
            "The database session that held this process' slot was lost, so it stopped; start it "
            "again once the database answers."
        )


async def _until_told(app: App) -> None:
    """Wait for a signal, or for the loss of the slot."""
    waits = [asyncio.create_task(event.wait()) for event in (app.stopping, app.lost)]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for task in waits:
        task.cancel()
    app.stopping.set()
    log.info("serve.stopping")


@asynccontextmanager
async def _listening(app: App, listener: socket.socket | None) -> AsyncIterator[None]:
    """Run the HTTP server for the block, when this process has that part."""
    if listener is None:
        say(f"Running as {', '.join(sorted(app.roles))}; Ctrl-C stops it.")
        yield
        return
    server = _Server(
        uvicorn.Config(
            _application(app),
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=REQUESTS_END_WITHIN_S,
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="http")
    serving.add_done_callback(lambda _: app.stopping.set())
    try:
        await server.until_started(serving)
        _say_where(app, listener)
        yield
    finally:
        server.should_exit = True
        await serving


def _listener(settings: Settings, port: int | None) -> socket.socket | None:
    """Take the address to listen on; none without a port.

    Raises:
        CommandError: when it cannot be had.
    """
    if port is None:
        return None
    host = settings.host
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        options = "--host, --port or --health-port"
        sentence = f"Cannot listen on {host}:{port} ({reason}); choose another {options}."
        raise CommandError(sentence) from None


def _application(app: App) -> Starlette:
    """Return the web application, or what a worker or clock shows of itself."""
    from bot.app import Signing, create_app, create_health_app  # noqa: PLC0415 - see bot.cli.desk
    from bot.wiring.process import Role  # noqa: PLC0415

    health, metrics = app.watching.health(), app.outside.metrics
    if Role.WEB not in app.roles:
        return create_health_app(health, metrics)
    secrets = app.settings.signing_secrets
    return create_app(
        app.door,
        # Slack signs with the real time, whatever a sandbox's clock shows.
        signing=Signing(secrets=secrets, now=machine_time) if secrets else None,
        health=health,
        metrics=metrics,
        routes=app.routes,
    )


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers, which would end the process before our turn."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield

    async def until_started(self, serving: asyncio.Task[None]) -> None:
        """Wait until it answers.

        Raises:
            CommandError: when the application does not start.
        """
        while not self.started:
            if serving.done():
                raise CommandError("The web application did not start; the log says why.")
            await asyncio.sleep(_LOOK_EVERY_S)


@contextmanager
def _signals(stopping: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    both = (signal.SIGTERM, signal.SIGINT)
    for number in both:
        loop.add_signal_handler(number, stopping.set)
    try:
        yield
    finally:
        for number in both:
            loop.remove_signal_handler(number)


def _say_where(app: App, listener: socket.socket) -> None:
    from bot.wiring.process import Role  # noqa: PLC0415 - see bot.cli.desk

    host = f"[{app.settings.host}]" if ":" in app.settings.host else app.settings.host
    address = f"http://{host}:{listener.getsockname()[1]}"
    roles = ", ".join(sorted(app.roles))
    if Role.WEB not in app.roles:
        say(f"Integral shows its health on {address} ({roles}); Ctrl-C stops it.")
        return
    say(f"Integral listens on {address} ({roles}); Ctrl-C stops it.")
    say("Next: type /integral help in Slack; `integral owner-code` prints the first owner's code.")
