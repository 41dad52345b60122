"""Requests to a running trainer: files in control/, one request each, written by whoever may stop the run."""

from __future__ import annotations

import math
import os
import re
from pathlib import Path
from typing import Any, Dict, Optional

from .runfolder import PathLike, read_json

_LIMIT = 64 << 10
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


class ControlReader:
    """Finds the stop request that counts for one restart; anything malformed or for another restart is ignored."""

    def __init__(self, run_dir: PathLike, restart: int) -> None:
        self._folder = Path(run_dir) / "control"
        self._restart = restart

    def pending(self) -> Optional[Dict[str, Any]]:
        """The newest stop request `{id, restart, cmd, save, ts}` by ts, or None; it stays pending after an ack."""
        newest: Optional[Dict[str, Any]] = None
        try:
            names = sorted(os.listdir(str(self._folder)))
        except OSError:
            return None
        for name in names:
            if not name.endswith(".json") or name.startswith("."):
                continue
            request = self._request(self._folder / name)
            if request and (newest is None or request["ts"] >= newest["ts"]):
                newest = request
        return newest

    def _request(self, path: Path) -> Optional[Dict[str, Any]]:
        value = read_json(path, _LIMIT) if path.is_file() else None
        if value is None or value.get("cmd") != "stop" or not isinstance(value.get("save"), bool):
            return None
        restart, ts, identifier = value.get("restart"), value.get("ts"), value.get("id")
        if type(restart) is not int or restart != self._restart:
            return None
        if isinstance(ts, bool) or not isinstance(ts, (int, float)) or not math.isfinite(ts):
            return None
        if not isinstance(identifier, str) or not _ID.fullmatch(identifier):
            return None
        return {"id": identifier, "restart": restart, "cmd": "stop", "save": value["save"], "ts": ts}
