"""What the GPUs are doing, asked of nvidia-smi: best effort, bounded in time, never in the supervisor's own loop."""

from __future__ import annotations

import shutil
import subprocess
import threading
from typing import Any, Dict, List

_TIMEOUT_S = 5.0
_FAILURES = 3


class GpuUsage:
    """Asks every `every_s` seconds; `latest` is `[{util, mem, total}]` in percent and MiB, empty when unknown.

    Gives up after three failures in a row, and at once on a machine without nvidia-smi.
    """

    def __init__(self, every_s: float = 10.0) -> None:
        self.latest: List[Dict[str, Any]] = []
        self._every = every_s
        self._stop = threading.Event()
        self._before: List[Dict[str, Any]] = []
        self._has_gpu = shutil.which("nvidia-smi") is not None
        if self._has_gpu:
            threading.Thread(target=self._run, name="coldstart-gpu", daemon=True).start()

    def close(self) -> List[Dict[str, Any]]:
        """Ask no more; the processes `[{pid, mem}]` that hold GPU memory now and did not when the run started.

        For a person to look at: another program may have started meanwhile, so nobody is killed for being listed.
        """
        self._stop.set()
        if not self._has_gpu:
            return []
        before = {item["pid"] for item in self._before}
        return [item for item in _processes() if item["pid"] not in before]

    def _run(self) -> None:
        self._before = _processes()
        failures = 0
        while failures < _FAILURES and not self._stop.is_set():
            text = _ask("--query-gpu=utilization.gpu,memory.used,memory.total")
            self.latest = parse(text, "util", "mem", "total")
            failures = 0 if self.latest else failures + 1
            self._stop.wait(self._every)


def _processes() -> List[Dict[str, Any]]:
    return parse(_ask("--query-compute-apps=pid,used_memory"), "pid", "mem")


def _ask(query: str) -> str:
    command = ["nvidia-smi", query, "--format=csv,noheader,nounits"]
    try:
        # stdin and stdout must not be the supervisor's own, which belong to whoever started it.
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_TIMEOUT_S)
    except (OSError, ValueError, subprocess.SubprocessError):
        return ""
    return done.stdout


def parse(text: str, *names: str) -> List[Dict[str, Any]]:
    """Rows of comma-separated numbers by name; a value nvidia-smi does not know ([N/A]) becomes None."""
    rows = [[part.strip() for part in line.split(",")] for line in text.splitlines()]
    return [
        dict(zip(names, map(_number, row))) for row in rows if len(row) == len(names) and any(map(str.isdigit, row))
    ]


def _number(text: str) -> Any:
    return int(text) if text.isdigit() else None
