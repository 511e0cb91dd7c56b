"""Typed credentials: checked at once, signed in with in the background, kept in the vault alone.

What is typed goes straight into the encrypted grants; messages, workflows and logs carry ids only.
New values replace old ones only once a sign-in with them worked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.erp.errors import ErpError
from bot.erp.reach import CredentialFaultsError, CredentialMethod
from bot.services.arrivals import Arrivals
from bot.services.authorizations import LINK_LIFETIME
from bot.services.errors import Refusal
from bot.services.grant_keeping import Arrival
from bot.services.ports import Clock, CredentialForms, Engine, Ids, Storage, UnitOfWork
from bot.services.saying import FieldRefusal, Said, direct_message
from bot.services.sign_in import AuthorizationError, Failed, PageProblem
from ledger.organisation import Company, Organisation, Provider
from ledger.records import ConnectRequest

CHECK_CREDENTIALS = "check_credentials"
"""Workflow: (request id,) → :meth:`TypedCredentials.check`."""
_NEW = "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialWords:
    """The views of what a person is told while credentials are checked."""

    checking: Callable[[Provider], Said]
    accepted: Callable[[Provider], Said]
    failed: Callable[[Failed], Said]


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What one person typed for one organisation; the values stay out of ``repr``."""

    organisation: Organisation
    provider: Provider
    user_id: str
    channel_id: str | None


class TypedCredentials:
    """Providers that are not signed in to with a browser."""

    def __init__(  # noqa: PLR0913 - the ports
        self,
        *,
        storage: Storage,
        clock: Clock,
        ids: Ids,
        engine: Engine,
        forms: Mapping[Provider, CredentialForms],
        arrivals: Arrivals,
        words: CredentialWords,
    ) -> None:
        """Take the ports, the providers' forms and the views."""
        self._storage = storage
        self._clock = clock
        self._ids = ids
        self._engine = engine
        self._forms = dict(forms)
        self._arrivals = arrivals
        self._words = words

    @property
    def providers(self) -> tuple[Provider, ...]:
        """The providers whose credentials are typed."""
        return tuple(self._forms)

    def methods(self, provider: Provider) -> tuple[CredentialMethod, ...]:
        """Return the ways to sign in, the usual one first."""
        return self._forms[provider].methods

    async def submit(self, typed: Typed, method: str, values: Mapping[str, str]) -> None:
        """Take a whole form; the person is told when the ERP has answered.

        Raises:
            FieldRefusal: with a sentence for each field that cannot be right.
        """
        try:
            secret = self._forms[typed.provider].read(method, values)
        except CredentialFaultsError as error:
            raise FieldRefusal(error.faults) from None
        await self._check_later(typed, secret, renews="")

    async def update(self, typed: Typed, company: Company, values: Mapping[str, str]) -> None:
        """Replace the values that were rotated; the others stay as they are.

        Raises:
            FieldRefusal: with a sentence for each field that cannot be right.
            Refusal: nothing is stored that could be updated.
        """
        stored = await self._stored(company)
        try:
            secret = self._forms[typed.provider].update(stored, values)
        except CredentialFaultsError as error:
            raise FieldRefusal(error.faults) from None
        await self._check_later(typed, secret, renews=company.grant_id or "")

    async def rotated_method(self, company: Company) -> CredentialMethod:
        """Return the method of a company's credentials, with the fields that may be renewed.

        Raises:
            Refusal: nothing is stored that could be updated.
        """
        form = self._forms[company.provider]
        name = form.method_of(await self._stored(company))
        return next(method for method in form.methods if method.name == name)

    async def shown(self, company: Company) -> tuple[tuple[str, str], ...]:
        """Return (label, first and last four characters) of the ids that a company uses."""
        form = self._forms.get(company.provider)
        if form is None or company.grant_id is None:
            return ()
        async with self._storage.unit(read_only=True) as unit:
            secret = await unit.grants.read_secret(company.grant_id)
        return form.shown(secret) if secret else ()

    async def check(self, request_id: str) -> None:
        """Sign in with what was typed, and take up what it reaches (workflow)."""
        async with self._storage.unit(read_only=True) as unit:
            request = await unit.connect_requests.get(request_id)
            secret = await unit.grants.read_secret(request_id)
            subject = await unit.grants.subject(request_id)
            organisation = (
                await unit.organisations.get(request.organisation_id) if request else None
            )
        if request is None or organisation is None or secret is None or subject is None:
            return
        error = await self._arrive(request, secret, subject)
        provider = request.provider
        said = self._words.accepted(provider)
        if error is not None:
            failed = Failed(organisation=organisation, provider=provider, error=error)
            said = self._words.failed(failed)
        async with self._storage.unit() as unit:
            if _is_pending(await unit.grants.subject(request_id)):
                await unit.grants.remove(request_id)
            await self._say(unit, request, said)
            await unit.commit()

    async def _arrive(
        self, request: ConnectRequest, secret: str, subject: str
    ) -> AuthorizationError | None:
        renews = subject.split(":")[1] if _is_pending(subject) else ""
        try:
            reach = await self._forms[request.provider].reach(secret)
            await self._arrivals.arrive(
                Arrival(
                    request=request,
                    secret=secret,
                    reach=reach,
                    until=self._forms[request.provider].until(secret),
                    into=renews or None,
                )
            )
        except ErpError as error:
            return AuthorizationError(PageProblem.ERP, erp_problem=error.problem)
        except AuthorizationError as error:
            return error
        return None

    async def _check_later(self, typed: Typed, secret: str, *, renews: str) -> None:
        """Keep the secret apart until it has worked; ``renews`` is the grant it belongs to."""
        now = self._clock.now()
        request = ConnectRequest(
            id=self._ids.new(),
            organisation_id=typed.organisation.id,
            provider=typed.provider,
            team_id=typed.organisation.team_id,
            requested_by=typed.user_id,
            channel_id=typed.channel_id,
            expires_at=now + LINK_LIFETIME,
            used_at=now,
        )
        async with self._storage.unit() as unit:
            # Nobody is given this token: the request was made by whoever typed.
            await unit.connect_requests.add(request, self._ids.secret())
            subject = f"{_NEW}:{renews}:{request.id}"
            await unit.grants.put(request.id, typed.provider, subject, secret)
            await self._say(unit, request, self._words.checking(typed.provider))
            await unit.commit()
        await self._engine.enqueue(
            CHECK_CREDENTIALS, request.id, request.id, partition=typed.organisation.id
        )

    async def _stored(self, company: Company) -> str:
        async with self._storage.unit(read_only=True) as unit:
            secret = await unit.grants.read_secret(company.grant_id or "")
        if secret is None:
            raise Refusal(
                f"No credentials of {company.name} are kept here any more.",
                next_step=f"/integral connect {company.provider.value}",
            )
        return secret

    async def _say(self, unit: UnitOfWork, request: ConnectRequest, said: Said) -> None:
        message = direct_message(
            said,
            key=f"connect:{request.id}",
            team_id=request.team_id,
            user_id=request.requested_by,
        )
        await unit.outbox.put(message, self._clock.now())


def _is_pending(subject: str | None) -> bool:
    return subject is not None and subject.startswith(f"{_NEW}:")
