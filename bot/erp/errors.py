"""The four ways a call to an ERP can fail, by what must happen next.

    ErpError
    ├── ErpUnavailable      surely not done; wait and try again
    ├── ErpActionRequired   surely not done; a person must act before anything is tried again
    ├── ErpRejected         surely not done; this one entry was refused
    └── OutcomeUnknown      may have been done; search before anything is sent again

Services match on exactly these four. Connectors raise nothing else for what an ERP says.
"""

from __future__ import annotations

from ledger.problems import Problem


class ErpError(Exception):
    """Base of the four families; carries what support and the user need to know."""

    def __init__(
        self, problem: Problem, *, trace_id: str | None = None, retry_after_s: float | None = None
    ) -> None:
        """Keep the problem for the user, and the ERP's own trace id for its support."""
        super().__init__(problem.message)
        self.problem = problem
        self.trace_id = trace_id
        self.retry_after_s = retry_after_s
        """Seconds the ERP asked us to wait; none when it did not say."""


class ErpUnavailable(ErpError):  # noqa: N818 - the family's name in the design
    """Surely not processed: refused connection, throttled, or away before anything was sent."""


class ErpActionRequired(ErpError):  # noqa: N818
    """Surely not processed, and only a person can change that: authorisation, permission."""


class ErpRejected(ErpError):  # noqa: N818
    """Surely not processed: the ERP refused this entry and says why."""


class OutcomeUnknown(ErpError):  # noqa: N818
    """The request left and no trustworthy answer came back: it may have been processed."""
