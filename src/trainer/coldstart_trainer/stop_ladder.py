"""When a stop request has waited long enough: first the trainer itself, then SIGTERM, then SIGKILL."""

from __future__ import annotations

import signal
from typing import Any, Dict, List, Optional

T1_S = 120.0
T2_S = 30.0
DISCARD_T1_S = 10.0
SAVING_T1_S = 900.0
"""A trainer that says it is writing a checkpoint, and ticks, gets this long instead of T1."""


class StepClock:
    """How long a step takes, from the steps a trainer reports and when."""

    def __init__(self) -> None:
        self._step: Optional[int] = None
        self._since = 0.0
        self._recent: List[float] = []

    def observe(self, step: Any, now: float) -> None:
        """A sign of life that names a step, at monotonic time `now`."""
        if type(step) is not int or step == self._step:
            return
        if self._step is not None and step > self._step:
            self._recent = (self._recent + [(now - self._since) / (step - self._step)])[-5:]
        self._step, self._since = step, now

    @property
    def step_s(self) -> float:
        """The slowest of the last five step times in seconds, 0 when none was seen."""
        return max(self._recent, default=0.0)


class StopLadder:
    """Decides which signal is due; all times are monotonic seconds.

    T1 counts from the moment a request is first seen and is 120 s or three step times, 10 s for a discard. `t1_s` and
    `t2_s` fix both times. A later discard shortens a running T1, nothing lengthens it.
    """

    def __init__(self, t1_s: Optional[float] = None, t2_s: Optional[float] = None) -> None:
        self._fixed_t1 = t1_s
        self._t2 = T2_S if t2_s is None else t2_s
        self.request: Optional[Dict[str, Any]] = None
        self.since: Optional[float] = None
        self.term_at: Optional[float] = None
        self.kill_at: Optional[float] = None
        self.sent: Optional[str] = None

    def see(self, request: Optional[Dict[str, Any]], now: float, step_s: float) -> None:
        """Take note of the request that counts now."""
        if request is None or (self.request is not None and request["id"] == self.request["id"]):
            return
        t1 = max(T1_S, 3 * step_s) if self._fixed_t1 is None else self._fixed_t1
        due = now + (t1 if request["save"] else min(t1, DISCARD_T1_S))
        self.request = request
        self.since = now if self.since is None else self.since
        self.term_at = due if self.term_at is None else min(self.term_at, due)

    def due(self, now: float, saving: bool) -> Optional[int]:
        """The signal to send to the trainer's group now, or None; SIGKILL is repeated every T2.

        `saving`: the trainer is alive and writing the checkpoint that was asked for.
        """
        if self.request is None or self.term_at is None or self.since is None:
            return None
        if self.sent is None:
            patience = self._fixed_t1 is None and saving and self.request["save"]
            if now < self.term_at or (patience and now < self.since + SAVING_T1_S):
                return None
            self.sent, self.kill_at = "SIGTERM", now + self._t2
            return signal.SIGTERM
        if self.kill_at is not None and now >= self.kill_at:
            self.sent, self.kill_at = "SIGKILL", now + self._t2
            return signal.SIGKILL
        return None
