"""Runs a reward worker, asks it with a time limit, and replaces it when it hangs or dies."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

from .reward_worker import read_frame, write_frame

START_S = 120.0
"""Seconds a fresh worker may take to import its packages (a cold disk, a busy machine)."""


class WorkerFailure(Exception):
    """No reply came; the message says why."""


class WorkerTimeout(WorkerFailure):
    """No reply within the limit; the worker was ended."""


class WorkerDied(WorkerFailure):
    """The worker process ended by itself, for instance because reward code called os._exit or ran out of memory."""


class Worker:
    """One worker process, started on first use. Not thread-safe; start it from the thread that lives longest.

    `load` is sent to every fresh process: `{"do": "load", file, function}` or `{"do": "warm"}`.
    """

    def __init__(self, load: Dict[str, Any], limited: bool = False) -> None:
        self._load = load
        self._limited = limited
        self._process: Optional["subprocess.Popen[bytes]"] = None
        self._loaded = False
        self._load_reply: Dict[str, Any] = {}
        self._replies: "queue.Queue[Optional[Dict[str, Any]]]" = queue.Queue()

    def start(self) -> None:
        """Start the process without waiting for its imports."""
        if self._process is not None:
            return
        package = Path(__file__).resolve().parent
        path = os.pathsep.join(part for part in (str(package.parent), os.environ.get("PYTHONPATH", "")) if part)
        command = [sys.executable, "-m", "%s.reward_worker" % __package__] + (["limited"] if self._limited else [])
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        )
        self._replies = queue.Queue()
        threading.Thread(target=_pump, args=(self._process, self._replies), daemon=True).start()
        self._loaded = False
        self._send(self._load)

    def ready(self, limit_s: float = START_S) -> Dict[str, Any]:
        """Wait until the process has imported what it needs and return its reply, with `error` when loading failed."""
        self.start()
        if not self._loaded:
            self._load_reply = self._reply(limit_s)
            self._loaded = True
        return self._load_reply

    def ask(self, message: Dict[str, Any], limit_s: float) -> Dict[str, Any]:
        """One request, one reply; WorkerTimeout or WorkerDied otherwise, after which the next call starts afresh."""
        self.ready()
        self._send(message)
        return self._reply(limit_s)

    def ask_each(
        self, message: Dict[str, Any], items: Sequence[Any], limit_s: float
    ) -> List[Tuple[Optional[Dict[str, Any]], Optional[WorkerFailure]]]:
        """One reply per item, each within `limit_s`: `(reply, None)`, or `(None, why)` for an item that hung or died.

        The items after such an item are sent again to a fresh worker; WorkerFailure when that one cannot start.
        """
        results: List[Tuple[Optional[Dict[str, Any]], Optional[WorkerFailure]]] = []
        while len(results) < len(items):
            self.ready()
            self._send({**message, "items": list(items[len(results) :])})
            try:
                while len(results) < len(items):
                    results.append((self._reply(limit_s), None))
            except WorkerTimeout:
                results.append((None, WorkerTimeout("no verdict within %g s" % limit_s)))
            except WorkerDied as error:
                results.append((None, error))
        return results

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()

    def _send(self, message: Dict[str, Any]) -> None:
        # In a thread: a worker that hangs does not read, and a large request would block here for ever.
        assert self._process is not None
        threading.Thread(target=_write, args=(self._process, message), daemon=True).start()

    def _reply(self, limit_s: float) -> Dict[str, Any]:
        try:
            reply = self._replies.get(timeout=limit_s)
        except queue.Empty:
            self.close()
            raise WorkerTimeout("no reply within %g s" % limit_s) from None
        if reply is None:
            process = self._process
            code = process.wait() if process else None
            self.close()
            raise WorkerDied("the reward process ended with status %s" % code)
        return reply


def _pump(process: "subprocess.Popen[bytes]", replies: "queue.Queue[Optional[Dict[str, Any]]]") -> None:
    try:
        for reply in iter(lambda: read_frame(process.stdout), None):  # type: ignore[arg-type]
            replies.put(reply)
    except (OSError, ValueError):
        pass
    finally:
        replies.put(None)


def _write(process: "subprocess.Popen[bytes]", message: Dict[str, Any]) -> None:
    try:
        write_frame(process.stdin, message)  # type: ignore[arg-type]
    except (OSError, ValueError):
        pass
