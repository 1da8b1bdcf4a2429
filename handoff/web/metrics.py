"""Numbers about this process and the desk, for Prometheus. Counted, never described: no ids, no
words."""

from __future__ import annotations

from collections.abc import Sized

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


class Metrics:
    def __init__(self, sockets: Sized) -> None:
        self.registry = CollectorRegistry()
        self.accepted = Counter(
            "baton_accepted",
            "Messages and wishes taken into the log",
            ["by"],
            registry=self.registry,
        )
        self.refused = Counter(
            "baton_refused", "Frames refused, by code", ["by", "code"], registry=self.registry
        )
        self.append_seconds = Histogram(
            "baton_append_seconds",
            "From a frame's arrival to its place in the log",
            buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
            registry=self.registry,
        )
        self.sign_ins = Counter(
            "baton_sign_ins", "Attempts to sign in", ["outcome"], registry=self.registry
        )
        self.verdicts = Counter(
            "baton_verdicts",
            "Handoffs marked right or wrong by agents (none: taken back)",
            ["verdict"],
            registry=self.registry,
        )
        sockets_open = Gauge("baton_sockets", "Open sockets", registry=self.registry)
        sockets_open.set_function(lambda: len(sockets))
        self.waiting = Gauge("baton_waiting", "Conversations in the queue", registry=self.registry)
        self.available = Gauge("baton_people_available", "Agents on duty", registry=self.registry)
        self.workers = Gauge("baton_bot_workers", "Living bot workers", registry=self.registry)
        self.desk_counters = Gauge(
            "baton_desk_counter",
            "Counters that all processes share (suppressed turns and messages, …)",
            ["name"],
            registry=self.registry,
        )

    def text(self) -> bytes:
        return generate_latest(self.registry)
