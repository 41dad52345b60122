"""exit.json: how a restart ended, from the process's own end and from the last words in events.jsonl."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any, Dict, NamedTuple, Optional, Tuple

from .append_file import last_lines
from .json_lines import open_line
from .runfolder import sync_folder, write_bytes, write_json
from .stop_ladder import StopLadder
from .trainer_process import Exit

_RESERVE_BYTES = 16 << 10
_STDERR_CHARS = 2000


class LastEvent(NamedTuple):
    """The end of events.jsonl: newest restart, its newest seq and step, and its `run_end` if there is one."""

    restart: Optional[int]
    seq: Optional[int]
    step: Optional[int]
    run_end: Optional[Dict[str, Any]]


def last_event(run_dir: Path, restart: Optional[int] = None) -> LastEvent:
    """What the last MiB of events says of one restart, or of the newest one."""
    seq = step = run_end = None
    for line in reversed(last_lines(run_dir / "events.jsonl").split(b"\n")):
        event = open_line(line) if line else None
        if event is None or type(event.get("restart")) is not int or type(event.get("seq")) is not int:
            continue
        if restart is None:
            restart = event["restart"]
        if event["restart"] != restart:
            break
        seq = event["seq"] if seq is None else seq
        if event.get("type") == "run_end" and run_end is None:
            run_end = event
        if type(event.get("step")) is int and event.get("type") != "rollout_batch":
            step = event["step"]
            break
    return LastEvent(restart, seq, step, run_end)


def outcome(run_dir: Path, restart: int, ended: Exit, ladder: StopLadder, adopted: bool) -> Tuple[str, Optional[str]]:
    """`(reason, message)` of an ended trainer.

    What the trainer said in `run_end` counts more than its exit status, because interpreters also crash on the way
    out. A discard that had to be enforced by a signal is still what was asked for; a save that ended so is not.
    """
    said = (last_event(run_dir, restart).run_end or {}).get("status")
    request = ladder.request
    if said in ("completed", "stopped", "failed"):
        return said, None
    if request is not None and not request["save"]:
        return "stopped", None
    if ended.signal is not None:
        by_us = " sent by the supervisor because the trainer did not stop in time" if ladder.sent else ""
        return "killed", "The trainer was ended by %s%s." % (ended.signal, by_us)
    if ended.code is None:
        why = " Its first supervisor had died, so its exit status is unknown." if adopted else ""
        return "killed", "The trainer died without a last word.%s" % why
    if ended.code == 0:
        return ("stopped" if request is not None else "completed"), None
    tail = last_lines(run_dir / "stderr.log", 4 * _STDERR_CHARS).decode("utf-8", "replace")[-_STDERR_CHARS:].strip()
    return "failed", "The trainer ended with exit code %d.%s" % (ended.code, "\n" + tail if tail else "")


class ExitRecord:
    """Writes exit.json atomically and last; disk space for it is reserved when the run starts."""

    def __init__(self, run_dir: Path) -> None:
        self._path = run_dir / "exit.json"
        self._reserve = run_dir / ".exit.reserve"
        try:
            write_bytes(self._reserve, os.urandom(_RESERVE_BYTES))
        except OSError:
            pass

    def write(self, record: Dict[str, Any]) -> None:
        """Replace exit.json; on a full disk the reserved file becomes it. Tries for a minute, then raises OSError."""
        for attempt in range(60):
            try:
                write_json(self._path, record)
                break
            except OSError:
                if self._use_reserve(record):
                    return
                if attempt == 59:
                    raise
                time.sleep(1)
        try:
            self._reserve.unlink()
        except OSError:
            pass

    def _use_reserve(self, record: Dict[str, Any]) -> bool:
        data = json.dumps(record).encode("ascii")
        if len(data) >= _RESERVE_BYTES:
            data = json.dumps({**record, "message": None}).encode("ascii")
        try:
            with open(self._reserve, "r+b") as file:
                # Blanks after a JSON value are allowed: the file keeps its size, so no new space is needed.
                file.write(data.ljust(_RESERVE_BYTES - 1) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            os.replace(str(self._reserve), str(self._path))
        except OSError:
            return False
        sync_folder(self._path.parent)
        return True
