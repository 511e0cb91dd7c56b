"""What ``GET /metrics`` counts: acks, deliveries, API rows, ERP calls.

Numbers and fixed names only. It must never hold an organisation, a person, an account or an
amount as a label.
"""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

from bot.erp.transport import ErpCall, log_call


class Metrics:
    """The counters of one process."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        """Start every counter at zero."""
        self._registry = CollectorRegistry()
        self._api_requests = Counter(
            "integral_api_requests",
            "Requests to the transactions API",
            ["status"],
            registry=self._registry,
        )
        self._api_rows = Counter(
            "integral_api_rows",
            "Rows given to the transactions API",
            ["result"],
            registry=self._registry,
        )
        self._erp_calls = Counter(
            "integral_erp_calls",
            "Requests to ERPs",
            ["operation", "result"],
            registry=self._registry,
        )
        self._erp_seconds = Histogram(
            "integral_erp_call_seconds",
            "Seconds an ERP took to answer",
            ["operation"],
            buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120),
            registry=self._registry,
        )

        self._slack_seconds = Histogram(
            "integral_slack_ack_seconds",
            "Seconds until Slack had its answer; it waits three",
            buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 3),
            registry=self._registry,
        )
        self._deliveries = Gauge(
            "integral_deliveries", "Deliveries by state", ["state"], registry=self._registry
        )

    def slack_ack(self, seconds: float) -> None:
        """Note how long Slack waited for an answer."""
        self._slack_seconds.observe(seconds)

    def deliveries(self, counts: Mapping[str, int]) -> None:
        """Show how many deliveries are in each state; states without any are dropped."""
        self._deliveries.clear()
        for state, count in counts.items():
            self._deliveries.labels(state=state).set(count)

    def api_request(self, status: int) -> None:
        """Count a request to the transactions API by its answer."""
        self._api_requests.labels(status=str(status)).inc()

    def api_rows(self, result: str, count: int) -> None:
        """Count rows that were added, unchanged, corrected or rejected."""
        self._api_rows.labels(result=result).inc(count)

    def erp_call(self, call: ErpCall) -> None:
        """Count and log one request to an ERP."""
        result = str(call.status) if call.status is not None else "no answer"
        self._erp_calls.labels(operation=call.operation, result=result).inc()
        self._erp_seconds.labels(operation=call.operation).observe(call.seconds)
        log_call(call)

    def text(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self._registry)
