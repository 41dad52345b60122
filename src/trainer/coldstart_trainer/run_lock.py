"""At most one supervisor per run folder: a lock the kernel releases on death, and evidence from other machines."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path
from typing import Any, Dict, Optional

from .process_facts import pid_namespace
from .runfolder import read_json

_FRESH_S = 60.0


def take_lock(run_dir: Path) -> Optional[int]:
    """The run folder's lock, held until this process ends however it ends; None when another holds it."""
    import fcntl  # not on Windows, where local runs are not offered

    descriptor = os.open(str(run_dir / "lock"), os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def runs_elsewhere(run_dir: Path, before: Dict[str, Any]) -> bool:
    """Another host or container seems to run this folder (on a network disk the lock may not reach there)."""
    here = (socket.gethostname(), pid_namespace())
    if not before or (before.get("host"), before.get("pid_namespace")) == here:
        return False
    if (read_json(run_dir / "exit.json") or {}).get("restart") == before.get("restart"):
        return False
    beat = (read_json(run_dir / "heartbeat.json") or {}).get("ts")
    return isinstance(beat, (int, float)) and abs(time.time() - beat) < _FRESH_S
