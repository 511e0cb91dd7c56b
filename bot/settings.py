"""Every setting, read once from the environment, `.env` and ``NAME_FILE`` files, and checked.

Only ``bot.wiring`` and ``bot.cli`` may import this. It opens nothing but the named secret files
and decides nothing beyond which values are acceptable; every refusal names the setting.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

_QUICKBOOKS_HOSTS = {
    "production": ("https://quickbooks.api.intuit.com", "https://app.qbo.intuit.com"),
    "sandbox": ("https://sandbox-quickbooks.api.intuit.com", "https://app.sandbox.qbo.intuit.com"),
}


def is_loopback(address: str) -> bool:
    """Say whether an address' host is this machine itself."""
    host = urlsplit(address).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _checked_address(address: str) -> str:
    """Accept https anywhere and plain http on loopback; drop the closing slash."""
    parts = urlsplit(address)
    if not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError("must be an address such as https://host/path, without user or query")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(address)):
        raise ValueError("must be https, or http on loopback (127.0.0.1, ::1, localhost)")
    return address.rstrip("/")


def _checked_public_url(address: str) -> str:
    if urlsplit(address).path.strip("/"):
        raise ValueError("must have no path: Slack and the ERPs are sent to fixed paths under it")
    return address


def _checked_slack_api(address: str) -> str:
    if not address.endswith("/api"):
        raise ValueError("must end in /api/, such as https://slack.com/api/")
    return f"{address}/"


Address = Annotated[str, AfterValidator(_checked_address)]
"""An absolute address without a closing slash: https, or http on loopback."""
PublicUrl = Annotated[Address, AfterValidator(_checked_public_url)]
SlackApiUrl = Annotated[Address, AfterValidator(_checked_slack_api)]


class SecretFiles(PydanticBaseSettingsSource):
    """Values whose ``NAME_FILE`` names a file that holds them, as container secrets do."""

    def __init__(
        self, settings_cls: type[BaseSettings], beside: PydanticBaseSettingsSource
    ) -> None:
        """Look ``NAME_FILE`` up where another source, the environment or `.env`, looks."""
        super().__init__(settings_cls)
        self._paths: Mapping[str, str | None] = (
            beside.env_vars if isinstance(beside, EnvSettingsSource) else {}
        )

    def get_field_value(
        self,
        field: FieldInfo,  # noqa: ARG002 - the base class' signature
        field_name: str,
    ) -> tuple[Any, str, bool]:
        """Return the file's text without the line's end, or none when no file is named."""
        path = self._paths.get(f"{field_name}_file")
        if not path:
            return None, field_name, False
        try:
            return Path(path).read_text(encoding="utf-8").strip(), field_name, False
        except OSError as error:
            reason = error.strerror or "it cannot be read"
            raise ValueError(f"{field_name.upper()}_FILE: {path}: {reason}") from error

    def __call__(self) -> dict[str, Any]:
        """Return the fields that a file gives."""
        found: dict[str, Any] = {}
        for name, field in self.settings_cls.model_fields.items():
            value, key, _ = self.get_field_value(field, name)
            if value is not None:
                found[key] = value
        return found


class Settings(BaseSettings):
    """What `.env.example` lists; an empty value counts as not set."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", hide_input_in_errors=True
    )

    database_url: SecretStr = SecretStr("sqlite+aiosqlite:///.data/integral.db")
    integral_secret_keys: SecretStr | None = None
    public_url: PublicUrl | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=3000, ge=0, le=65535)
    health_port: int | None = Field(default=None, ge=0, le=65535)
    """Where a worker or clock of its own shows health and metrics; none: nowhere."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    slack_signing_secret: SecretStr | None = None
    """One secret, or two with a comma between while it is being changed in Slack."""
    slack_bot_token: SecretStr | None = None
    slack_client_id: str | None = None
    slack_client_secret: SecretStr | None = None
    slack_app_token: SecretStr | None = None

    quickbooks_client_id: str | None = None
    quickbooks_client_secret: SecretStr | None = None
    quickbooks_environment: Literal["production", "sandbox"] = "production"
    quickbooks_settle_s: int = Field(default=120, ge=0)
    xero_client_id: str | None = None
    xero_client_secret: SecretStr | None = None
    xero_settle_s: int = Field(default=600, ge=0)
    netsuite_settle_s: int = Field(default=900, ge=0)

    slack_api_url: SlackApiUrl = "https://slack.com/api/"
    slack_authorize_url: Address = "https://slack.com/oauth/v2/authorize"
    slack_files_url: Address = "https://files.slack.com"
    quickbooks_api_url: Address | None = None
    quickbooks_authorize_url: Address = "https://appcenter.intuit.com/connect/oauth2"
    quickbooks_token_url: Address = "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer"  # noqa: S105 - an address
    quickbooks_revoke_url: Address = "https://developer.api.intuit.com/v2/oauth2/tokens/revoke"
    quickbooks_app_url: Address | None = None
    xero_api_url: Address = "https://api.xero.com"
    xero_authorize_url: Address = "https://login.xero.com/identity/connect/authorize"
    xero_identity_url: Address = "https://identity.xero.com"
    xero_app_url: Address = "https://go.xero.com"
    netsuite_api_url: Address | None = None
    netsuite_app_url: Address | None = None
    """None of NetSuite's: the account's own hosts."""

    integral_clock_url: Address | None = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - SecretFiles instead
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order: arguments, environment, its files, `.env`, its files."""
        return (
            init_settings,
            env_settings,
            SecretFiles(settings_cls, env_settings),
            dotenv_settings,
            SecretFiles(settings_cls, dotenv_settings),
        )

    @property
    def quickbooks_api_address(self) -> str:
        """QuickBooks' accounting API: the override, else the environment's host."""
        return self.quickbooks_api_url or _QUICKBOOKS_HOSTS[self.quickbooks_environment][0]

    @property
    def quickbooks_app_address(self) -> str:
        """Where QuickBooks' own pages are, for links: the override, else the environment's."""
        return self.quickbooks_app_url or _QUICKBOOKS_HOSTS[self.quickbooks_environment][1]

    @property
    def signing_secrets(self) -> tuple[str, ...]:
        """The signing secrets that are accepted at present."""
        listed = self.slack_signing_secret.get_secret_value() if self.slack_signing_secret else ""
        return tuple(part for secret in listed.split(",") if (part := secret.strip()))

    def outside_addresses(self) -> dict[str, str | None]:
        """Return setting → address of every outside service; none where the account decides."""
        names = (name for name in type(self).model_fields if name.endswith("_url"))
        ours = {"database_url", "public_url", "integral_clock_url"}
        found: dict[str, str | None] = {
            name.upper(): getattr(self, name) for name in names if name not in ours
        }
        found["QUICKBOOKS_API_URL"] = self.quickbooks_api_address
        found["QUICKBOOKS_APP_URL"] = self.quickbooks_app_address
        return found

    @model_validator(mode="after")
    def _bound_signing_secrets(self) -> Self:
        if len(self.signing_secrets) > 2:
            raise ValueError("SLACK_SIGNING_SECRET: one secret, or two while it is being changed")
        return self

    @model_validator(mode="after")
    def _keep_the_real_clock(self) -> Self:
        if self.integral_clock_url is None:
            return self
        if not is_loopback(self.integral_clock_url):
            raise ValueError("INTEGRAL_CLOCK_URL: must be loopback; it belongs to the sandbox")
        real = [
            name
            for name, address in self.outside_addresses().items()
            if address is None or not is_loopback(address)
        ]
        if real:
            raise ValueError(
                "INTEGRAL_CLOCK_URL: only for the sandbox, where every outside address is"
                f" loopback; these are not: {', '.join(real)}"
            )
        return self

    @model_validator(mode="after")
    def _keep_the_settling_times(self) -> Self:
        addresses = self.outside_addresses()
        for erp in ("quickbooks", "xero", "netsuite"):
            setting = f"{erp}_settle_s"
            least = type(self).model_fields[setting].default
            address = addresses[f"{erp.upper()}_API_URL"]
            if getattr(self, setting) < least and not (address and is_loopback(address)):
                raise ValueError(
                    f"{setting.upper()}: at least {least} seconds, the time in which the ERP may"
                    " still process a request; only a sandbox on loopback may shorten it"
                )
        return self
