"""What the GPUs are doing, asked of nvidia-smi: best effort, bounded in time, never in the supervisor's own loop."""

from __future__ import annotations

import shutil
import subprocess
import threading
from typing import Any, Dict, List

_QUERY = "--query-gpu=utilization.gpu,memory.used,memory.total"
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
        self._command = shutil.which("nvidia-smi")
        if self._command:
            threading.Thread(target=self._run, name="coldstart-gpu", daemon=True).start()

    def close(self) -> None:
        """Ask no more."""
        self._stop.set()

    def _run(self) -> None:
        failures = 0
        while failures < _FAILURES and not self._stop.is_set():
            try:
                command = [str(self._command), _QUERY, "--format=csv,noheader,nounits"]
                # stdin and stdout must not be the supervisor's own, which belong to whoever started it.
                done = subprocess.run(
                    command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_TIMEOUT_S
                )
                self.latest = parse(done.stdout)
                failures = 0 if self.latest else failures + 1
            except (OSError, subprocess.SubprocessError):
                self.latest = []
                failures += 1
            self._stop.wait(self._every)


def parse(text: str) -> List[Dict[str, Any]]:
    """Rows of `util, used, total`; a value nvidia-smi does not know ([N/A]) becomes None."""
    rows = [[part.strip() for part in line.split(",")] for line in text.splitlines()]
    return [dict(zip(("util", "mem", "total"), map(_number, row))) for row in rows if len(row) == 3]


def _number(text: str) -> Any:
    return int(text) if text.isdigit() else None
