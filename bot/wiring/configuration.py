"""Reads the settings, and turns what is wrong with them into sentences with their remedies."""

from __future__ import annotations

from pydantic import ValidationError
from pydantic_settings import SettingsError as SourceError

from bot.settings import Settings, is_loopback
from storage.engine import DatabaseUrlError, normal_url
from storage.vault import Vault, VaultError


class SettingsProblem(Exception):  # noqa: N818 - an answer to the operator, not a fault
    """Settings that cannot be used; the text names each and says what to do."""


def load_settings() -> Settings:
    """Read the environment, `.env` and the secret files.

    Raises:
        SettingsProblem: naming every setting that cannot be used; never a value.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        raise SettingsProblem("; ".join(_sentences(error))) from None
    except (ValueError, SourceError) as error:
        raise SettingsProblem(str(error)) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SettingsProblem(
            f".env cannot be read ({reason}); run this as the user who owns the file"
        ) from None
    try:
        normal_url(settings.database_url.get_secret_value())
    except DatabaseUrlError as error:
        raise SettingsProblem(str(error)) from None
    return settings


def read_vault(settings: Settings) -> Vault:
    """Return the keys that encrypt.

    Raises:
        SettingsProblem: when there is none, or one cannot be used.
    """
    if settings.integral_secret_keys is None:
        raise SettingsProblem(
            "INTEGRAL_SECRET_KEYS is not set; `integral setup` writes one into .env"
        )
    try:
        return Vault.from_text(settings.integral_secret_keys.get_secret_value())
    except VaultError as error:
        raise SettingsProblem(f"INTEGRAL_SECRET_KEYS: {error}") from None


def require_slack(settings: Settings) -> None:
    """Refuse to serve Slack without what it takes.

    Raises:
        SettingsProblem: naming what is missing.
    """
    missing = missing_slack(settings)
    if missing:
        raise SettingsProblem("; ".join(missing))


def missing_slack(settings: Settings, *, socket_mode: bool = False) -> list[str]:
    """Return a sentence for each Slack setting without which nothing works.

    Args:
        settings: As read.
        socket_mode: The app token will be set, too.
    """
    found = []
    has_client = settings.slack_client_id and settings.slack_client_secret
    is_socket = socket_mode or settings.slack_app_token is not None
    if not settings.signing_secrets and not is_socket:
        found.append(
            "SLACK_SIGNING_SECRET is not set; copy it from the Slack app's Basic Information"
        )
    if settings.slack_bot_token is None and not has_client:
        found.append(
            "SLACK_BOT_TOKEN is not set; install the Slack app and copy its bot token, or set "
            "SLACK_CLIENT_ID and SLACK_CLIENT_SECRET for several workspaces"
        )
    return found


def public_url(settings: Settings) -> str:
    """Return the address at which browsers reach us: as set, else this machine's own.

    By its name: Intuit and Xero take http for ``localhost`` and no number in its place.
    """
    host = "localhost" if settings.host == "127.0.0.1" else settings.host
    return settings.public_url or f"http://{host}:{settings.port}"


def is_sandbox(address: str | None) -> bool:
    """Say whether an ERP's address is one of this machine, hence no real ERP."""
    return address is not None and is_loopback(address)


def _sentences(error: ValidationError) -> list[str]:
    """Write each fault as ``NAME: what is wrong``; our own sentences are taken as they are."""
    found = []
    for fault in error.errors(include_url=False, include_input=False):
        words = fault["msg"].removeprefix("Value error, ")
        name = ".".join(str(part) for part in fault["loc"]).upper()
        found.append(f"{name}: {words}" if name else words)
    return found
