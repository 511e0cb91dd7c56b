"""The `Idempotency-Key` header: a repeated request is answered as before, for six minutes.

https://developer.xero.com/documentation/guides/idempotent-requests/idempotency: at most 128
characters, kept per app, errors included; another address, method or body under the same key is
refused. That another tenant counts as another request too is a guess.
"""

from collections.abc import Callable
from hashlib import sha256

from starlette.requests import Request

from sandbox.payload import read_json, write_json
from sandbox.xero.errors import XeroRefusal, bad_key
from sandbox.xero.organisation import Organisation
from sandbox.xero.state import Replay, XeroState
from sandbox.xero.wire import Answer, refusal_answer

_LONGEST_KEY = 128


class IdempotentWrites:
    """Runs each write in one commit together with the memory of its reply."""

    def __init__(self, state: XeroState) -> None:
        self._state = state

    def run(
        self,
        organisation: Organisation,
        request: Request,
        body: bytes,
        write: Callable[[], Answer],
    ) -> Answer:
        """The reply to a write, or the one its key was answered with; refusals are answers.

        Raises:
            XeroRefusal: 400, the key is too long or belongs to another request.
        """
        key = request.headers.get("idempotency-key", "")
        if len(key) > _LONGEST_KEY:
            raise bad_key(f"The idempotency key must not exceed {_LONGEST_KEY} characters")
        digest = _digest(organisation, request, body)
        replay = self._state.replay(organisation, key) if key else None
        if replay is not None:
            return _repeat(replay, digest)
        with self._state.store.transaction():
            answer = _answer(write)
            if key:
                self._remember(key, digest, answer)
        return answer

    def _remember(self, key: str, digest: str, answer: Answer) -> None:
        if answer.body is None:
            return
        replay = Replay(
            at=self._state.clock.now(),
            digest=digest,
            status=answer.status,
            body=write_json(answer.body),
        )
        self._state.keep_replay(key, replay)


def _repeat(replay: Replay, digest: str) -> Answer:
    if replay.digest != digest:
        raise bad_key("The idempotency key has been used with a different request")
    return Answer(status=replay.status, body=read_json(replay.body))


def _answer(write: Callable[[], Answer]) -> Answer:
    try:
        return write()
    except XeroRefusal as refusal:
        return refusal_answer(refusal)


def _digest(organisation: Organisation, request: Request, body: bytes) -> str:
    said = f"{request.method} {request.url.path}?{request.url.query} {organisation.tenant}\n"
    return sha256(said.encode() + body).hexdigest()
