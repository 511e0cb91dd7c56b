"""Logging: one line an event, readable on a terminal, JSON elsewhere, and never a secret.

A last net, not a licence: no module may log a payload, a token or an error's own text. What
still looks like a secret by its name or its form is replaced here before it is written.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping

import structlog
from structlog.typing import EventDict, WrappedLogger

HIDDEN = "[hidden]"
_SECRET_NAME = re.compile(
    r"secret|token|password|passwd|authori[sz]ation|cookie|signature|api_?key"
    r"|(?:secret|private|request)_?key|refresh|credential|database_url",
    re.IGNORECASE,
)
# What a secret looks like wherever it stands: Slack tokens, bearer tokens, our own API tokens,
# JSON web tokens, and a password inside an address.
_SECRET_FORM = re.compile(
    r"xox[a-z]-[\w-]+|xapp-[\w-]+|[Bb]earer\s+\S+|\bint_[\w-]{20,}|\beyJ[\w-]+\.[\w.-]+"
    r"|(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"
)
# Libraries whose information lines hold addresses with ids, or only repeat ours.
_QUIET = (
    "aiosqlite", "alembic", "apscheduler", "httpcore", "httpx", "slack_bolt", "slack_sdk",
    "uvicorn",
)  # fmt: skip


def set_up_logging(level: str) -> None:
    """Send structlog's and the standard library's lines to stderr, redacted.

    Args:
        level: ``DEBUG``, ``INFO``, ``WARNING`` or ``ERROR``.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ExtraAdder(),
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                redact,
                _renderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Hide values whose name says that they are secret, and texts that look like a secret."""
    for name, value in event.items():
        event[name] = HIDDEN if _is_secret(name, value) else _cleaned(value)
    return event


def _is_secret(name: str, value: object) -> bool:
    # A line's own words, and counts such as ``tokens=3``, tell nothing.
    return name != "event" and isinstance(value, str | bytes) and bool(_SECRET_NAME.search(name))


def _cleaned(value: object) -> object:
    if isinstance(value, str):
        return _SECRET_FORM.sub(HIDDEN, value)
    if isinstance(value, Mapping):
        return {k: HIDDEN if _is_secret(str(k), v) else _cleaned(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(each) for each in value]
    return value


def _renderer() -> structlog.typing.Processor:
    if sys.stderr.isatty():
        return structlog.dev.ConsoleRenderer()
    return structlog.processors.JSONRenderer(ensure_ascii=False)
