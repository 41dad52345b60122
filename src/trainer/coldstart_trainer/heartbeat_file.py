"""heartbeat.json: what the supervisor knows about the trainer right now, replaced every two seconds."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Dict, List, Optional

from . import VERSION, process_facts
from .runfolder import write_json
from .stop_ladder import StepClock, StopLadder


def write_heartbeat(
    run_dir: Path,
    restart: int,
    trainer_pid: Optional[int],
    alive: Dict[str, Any],
    clock: StepClock,
    ladder: StopLadder,
    gpu: List[Dict[str, Any]],
) -> None:
    """Replace heartbeat.json; on a full disk the old one stays and the next beat tries again.

    `ts` is unix seconds and `monotonic` this machine's monotonic clock, both of now; `trainer_ts` and
    `trainer_monotonic` are those of the trainer's last sign of life, null before the first. `rss` is in bytes over the
    trainer's process group. `stop` is null, or the request being carried out with the unix seconds of its signals.
    """
    facts = {
        "version": VERSION,
        "restart": restart,
        "ts": time.time(),
        "monotonic": time.monotonic(),
        "trainer_ts": alive.get("ts"),
        "trainer_monotonic": alive.get("monotonic"),
        "step": alive.get("step"),
        "phase": alive.get("phase") if trainer_pid else "starting",
        "done": alive.get("done"),
        "total": alive.get("total"),
        "step_s": round(clock.step_s, 3),
        "rss": process_facts.group_rss(trainer_pid) if trainer_pid else None,
        "gpu": gpu,
        "stop": _stop(ladder),
    }
    try:
        write_json(run_dir / "heartbeat.json", facts, durable=False)
    except OSError:
        pass


def _stop(ladder: StopLadder) -> Optional[Dict[str, Any]]:
    if ladder.request is None:
        return None
    offset = time.time() - time.monotonic()
    times = {"since": ladder.since, "term_at": ladder.term_at, "kill_at": ladder.kill_at}
    at = {name: None if when is None else when + offset for name, when in times.items()}
    return {"id": ladder.request["id"], "save": ladder.request["save"], "sent": ladder.sent, **at}
