"""What Slack and each ERP want to know before they let this installation in.

Words and addresses only. Each requirement has its source beside it; ``docs/deploy.md`` has the
longer story.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

NOT_YET = "https://your.address"
"""Stands where ``PUBLIC_URL`` will."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service that has to let us in."""

    name: str
    portal: str
    """Where its app is made."""
    paths: tuple[tuple[str, str], ...]
    """What an address is called there, and its path."""
    asks: tuple[str, ...]
    settings: tuple[str, ...]
    """What to copy into `.env` afterwards."""

    def addresses(self, base: str) -> tuple[tuple[str, str], ...]:
        """Return what to register: name and whole address."""
        return tuple((name, f"{base}{path}") for name, path in self.paths)


_EVENTS = "/slack/events"
_WHO_SIGNS_IN = (
    "With SLACK_CLIENT_ID and SLACK_CLIENT_SECRET in .env as well (Basic Information), whoever "
    "opens a connect link has to sign in with Slack as the person who asked for it."
)
SERVICES = (
    Service(
        name="Slack",
        portal="https://api.slack.com/apps",
        paths=(
            ("request URL (commands, clicks, events)", _EVENTS),
            ("redirect URL", "/slack/oauth_redirect"),
            ("redirect URL (sign-in)", "/slack/signin_redirect"),
        ),
        # https://docs.slack.dev/apis/events-api/using-http-request-urls
        asks=(
            "Create New App > From a manifest > paste the manifest of `integral setup --manifest`.",
            "Install the app in the workspace, then copy the two values into .env.",
            (
                "Once `integral serve` answers at the request URL: Event Subscriptions > Retry, "
                "until it says Verified."
            ),
            _WHO_SIGNS_IN,
        ),
        settings=("SLACK_SIGNING_SECRET", "SLACK_BOT_TOKEN"),
    ),
    Service(
        name="QuickBooks Online",
        portal="https://developer.intuit.com",
        paths=(("redirect URI", "/oauth/quickbooks/callback"),),
        # https://developer.intuit.com/app/developer/qbo/docs/develop/authentication-and-authorization
        # and https://developer.intuit.com/app/developer/qbo/docs/go-live/publish-app
        asks=(
            "An app with the scope com.intuit.quickbooks.accounting.",
            "Development keys reach sandbox companies only (QUICKBOOKS_ENVIRONMENT=sandbox).",
            (
                "Production keys reach real companies only, after Intuit has approved the app "
                "assessment questionnaire; above 500 connections also a security review each year."
            ),
            (
                "Production takes https redirect URIs only, no IP address, no localhost, exactly "
                "as registered."
            ),
        ),
        settings=("QUICKBOOKS_CLIENT_ID", "QUICKBOOKS_CLIENT_SECRET", "QUICKBOOKS_ENVIRONMENT"),
    ),
    Service(
        name="Xero",
        portal="https://developer.xero.com/app/manage",
        paths=(("redirect URI", "/oauth/xero/callback"),),
        # https://developer.xero.com/documentation/guides/oauth2/auth-flow
        # and https://developer.xero.com/pricing
        asks=(
            "An app of the type Web app; its scopes need no request.",
            (
                "Uncertified, the free tier connects 5 organisations at 1,000 calls a day each; an "
                "organisation may have at most two uncertified apps; more is a paid tier."
            ),
            "Redirect URIs are https, or http://localhost with a port; 127.0.0.1 is refused.",
        ),
        settings=("XERO_CLIENT_ID", "XERO_CLIENT_SECRET"),
    ),
    Service(
        name="NetSuite",
        portal="the company's own NetSuite",
        paths=(),
        # https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_0525020842.html
        asks=(
            (
                "Nothing from Oracle. Each company's administrator switches on REST Web Services, "
                "Token-based Authentication and SuiteAnalytics Workbook, and makes a role (as in "
                "docs/erp/netsuite.md), an integration record and a token."
            ),
            "From release 2027.1 a new integration needs OAuth 2.0 client credentials instead.",
            "The values are entered in Slack: /integral connect netsuite.",
        ),
        settings=(),
    ),
)
"""In the order in which they are set up."""


def services(*, socket_mode: bool) -> tuple[Service, ...]:
    """Return them; with Socket Mode Slack is given no address to send to, and asks for a token."""
    if not socket_mode:
        return SERVICES
    slack, *others = SERVICES
    return (
        replace(
            slack,
            paths=tuple(each for each in slack.paths if each[1] != _EVENTS),
            asks=(
                (
                    "Create New App > From a manifest > paste the manifest of "
                    "`integral setup --manifest --socket-mode`."
                ),
                "Basic Information > App-Level Tokens: generate one with connections:write.",
                "Install the app in the workspace, then copy both tokens into .env.",
                _WHO_SIGNS_IN,
            ),
            settings=("SLACK_APP_TOKEN", "SLACK_BOT_TOKEN"),
        ),
        *others,
    )


def doubts(public_url: str | None, *, quickbooks_is_real: bool) -> list[str]:
    """Return what is wrong with ``PUBLIC_URL`` in the eyes of those who have to reach it."""
    from bot.settings import is_loopback  # noqa: PLC0415 - see bot.cli.desk

    if public_url is None:
        return ["PUBLIC_URL is not set, so nobody elsewhere can sign in at an ERP"]
    found = []
    host = urlsplit(public_url).hostname or ""
    is_number = host.replace(".", "").isdigit() or ":" in host
    if is_loopback(public_url):
        found.append("PUBLIC_URL is this machine, which Slack reaches only in Socket Mode")
    if quickbooks_is_real and (not public_url.startswith("https://") or is_number):
        found.append("Intuit's production keys take an https address with a host name")
    if is_number:
        found.append("Xero takes no number in place of a host name; localhost it takes")
    return found
