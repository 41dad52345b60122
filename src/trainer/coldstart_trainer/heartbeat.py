"""Signs of life inside the trainer: alive.json every two seconds, and a thread that notices a dead supervisor."""

from __future__ import annotations

import os
import threading
import time
from typing import Any, Dict, Optional

from .runfolder import PathLike, write_json

DEATH_FD = "COLDSTART_DEATH_FD"
"""Environment variable with the read end of a pipe whose write end only the supervisor holds."""


class Alive:
    """A thread that replaces RUN/alive.json: `{ts, monotonic, pid, restart, step, phase, done, total}`.

    `ts` is unix seconds, `monotonic` seconds of this machine's monotonic clock; `done` and `total` count inside a
    phase. A long computation that releases the interpreter keeps ticking, a dead process does not.
    """

    def __init__(self, run_dir: PathLike, interval_s: float = 2.0) -> None:
        self._path = os.path.join(str(run_dir), "alive.json")
        self._interval = interval_s
        self._facts: Dict[str, Any] = {"step": 0, "phase": "loading", "done": None, "total": None}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._tick()
        self._thread = threading.Thread(target=self._run, name="coldstart-alive", daemon=True)
        self._thread.start()

    def set(
        self,
        step: Optional[int] = None,
        phase: Optional[str] = None,
        done: Optional[int] = None,
        total: Optional[int] = None,
    ) -> None:
        """Change what the next tick says; a new step or phase clears `done` and `total` unless given."""
        with self._lock:
            if step is not None or phase is not None:
                self._facts.update(done=None, total=None)
            given = {"step": step, "phase": phase, "done": done, "total": total}
            self._facts.update({name: value for name, value in given.items() if value is not None})

    def close(self) -> None:
        """Write a last tick and end the thread."""
        if not self._stop.is_set():
            self._stop.set()
            self._thread.join(timeout=5)
            self._tick()

    def __enter__(self) -> "Alive":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def _run(self) -> None:
        while not self._stop.wait(self._interval):
            self._tick()

    def _tick(self) -> None:
        with self._lock:
            facts = dict(self._facts)
        restart = os.environ.get("COLDSTART_RESTART", "0")
        now = {"ts": time.time(), "monotonic": time.monotonic(), "pid": os.getpid()}
        try:
            write_json(self._path, {**now, "restart": int(restart) if restart.isdigit() else 0, **facts}, durable=False)
        except OSError:
            pass  # a full disk must not end training; the supervisor sees an old tick


class DeathPipe:
    """Notices the supervisor's death: `gone` becomes set when its end of the pipe closes.

    Without COLDSTART_DEATH_FD (a trainer started by hand) `gone` stays clear. The trainer answers by saving and stopping at the next step end.
    """

    def __init__(self) -> None:
        self.gone = threading.Event()
        descriptor = os.environ.get(DEATH_FD, "")
        if descriptor.isdigit():
            try:
                os.set_inheritable(int(descriptor), False)
            except OSError:  # not a descriptor of ours
                return
            thread = threading.Thread(target=self._watch, args=(int(descriptor),), name="coldstart-death", daemon=True)
            thread.start()

    def _watch(self, descriptor: int) -> None:
        try:
            while os.read(descriptor, 1):
                pass
        except OSError:
            pass
        self.gone.set()
