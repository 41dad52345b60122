"""The trainer as the supervisor holds it: a child it started, or one it found alive after its predecessor died."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Set

from . import process_facts as facts
from .heartbeat import DEATH_FD

NONCE = "COLDSTART_NONCE"
SWEEP_S = 2.0
_KILL_WAIT_S = 5.0


class Exit(NamedTuple):
    """How a trainer ended; both None when nobody could collect it."""

    code: Optional[int]
    signal: Optional[str]


class Trainer:
    """One trainer process group; never signals a process that is not provably its own."""

    def __init__(
        self, pid: int, ticks: Optional[int], nonce: str, child: bool, death_pipe: Optional[int] = None
    ) -> None:
        self.pid = pid
        self.ticks = ticks
        self._nonce = nonce
        self._child = child
        # Held open for life: its closing is how the trainer learns that the supervisor died.
        self._death_pipe = death_pipe
        self._exit: Optional[Exit] = None

    def poll(self) -> Optional[Exit]:
        """How the trainer ended, or None while it runs; an ended child stays a zombie, so its pid stays ours."""
        if self._exit is None:
            self._exit = self._look_as_parent() if self._child else self._look()
        return self._exit

    def _look(self) -> Optional[Exit]:
        return None if facts.is_same(self.pid, self.ticks) else Exit(None, None)

    def _look_as_parent(self) -> Optional[Exit]:
        if not hasattr(os, "waitid"):  # macOS before Python 3.13
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid == 0:
                return None
            return _exit(-os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status))
        info = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if info is None:
            return None
        return _exit(info.si_status if info.si_code == os.CLD_EXITED else -info.si_status)

    def signal_group(self, number: int) -> bool:
        """Signal the trainer's process group; False when it cannot be proven to be the trainer's."""
        # An unreaped child keeps its pid and so its group id; an adopted trainer must still be itself.
        if not self._child and not facts.is_same(self.pid, self.ticks):
            return False
        try:
            os.killpg(self.pid, number)
            return True
        except OSError:
            return False

    def leftovers(self) -> List[facts.Stat]:
        """Live processes the trainer started: by nonce, by its session or group, or orphans that came to us."""
        found: Dict[int, facts.Stat] = {item.pid: item for item in facts.with_environment(NONCE, self._nonce)}
        own = os.getpid()
        own_session = os.getsid(0)
        for item in facts.all_stats():
            if not self._child:  # an adopted trainer's orphans did not come to us, and its pid may be somebody else's
                break
            orphan = item.ppid == own and item.session != own_session
            if (orphan or self.pid in (item.session, item.pgid)) and item.pid not in (own, self.pid):
                found[item.pid] = item
        found.pop(self.pid, None)
        return list(found.values())

    def sweep(self, grace_s: float = SWEEP_S) -> int:
        """End what the trainer left behind (SIGTERM, after `grace_s` SIGKILL); return how many processes that were."""
        seen: Set[int] = set()
        for number, wait_s in ((signal.SIGTERM, grace_s), (signal.SIGKILL, _KILL_WAIT_S)):
            left = self.leftovers() or self._look_again()
            if not left and facts.LINUX:
                break
            if not facts.LINUX:
                self.signal_group(number)
            for item in left:
                seen.add(item.pid)
                facts.send(item.pid, item.start_ticks, number)
            end = time.monotonic() + wait_s
            while time.monotonic() < end:
                if self._child:
                    reap_orphans(self.pid)
                if not self.leftovers():
                    break
                time.sleep(0.05)
        return len(seen)

    def _look_again(self) -> List[facts.Stat]:
        """A process in the middle of exec has no environment for a moment."""
        time.sleep(0.05)
        return self.leftovers()

    def release(self) -> None:
        """Collect the zombie; from here on the pid may belong to anybody."""
        if self._child:
            try:
                os.waitpid(self.pid, os.WNOHANG)
            except OSError:
                pass
            reap_orphans(None)
        if self._death_pipe is not None:
            os.close(self._death_pipe)
            self._death_pipe = None


def start(run_dir: Path, argv: List[str], env: Dict[str, str], nonce: str, restart: int) -> Trainer:
    """Start a trainer in its own session, its output appended to files; OSError when it cannot be started."""
    watch, death_pipe = os.pipe()
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    outputs: List[int] = []
    try:
        outputs = [os.open(str(run_dir / name), flags, 0o644) for name in ("stdout.log", "stderr.log")]
        own = {NONCE: nonce, "COLDSTART_RESTART": str(restart), DEATH_FD: str(watch), "PYTHONUNBUFFERED": "1"}
        process = subprocess.Popen(
            argv,
            cwd=str(run_dir),
            env={**os.environ, **env, **own},
            stdin=subprocess.DEVNULL,
            stdout=outputs[0],
            stderr=outputs[1],
            pass_fds=(watch,),
            start_new_session=True,
        )
    except BaseException:
        os.close(death_pipe)
        raise
    finally:
        for descriptor in [watch, *outputs]:
            os.close(descriptor)
    process.returncode = 0  # we collect it ourselves; keeps Popen from doing so
    return Trainer(process.pid, facts.start_ticks(process.pid), nonce, True, death_pipe)


def still_running(record: Dict[str, Any]) -> Optional[Trainer]:
    """The trainer of a proc.json if that very process still lives on this machine, else None."""
    trainer = record.get("trainer")
    if not isinstance(trainer, dict) or type(record.get("restart")) is not int:
        return None
    if not isinstance(record.get("nonce"), str) or not record["nonce"]:
        return None
    if record.get("boot_id") != facts.boot_id() or record.get("pid_namespace") != facts.pid_namespace():
        return None
    pid, ticks = trainer.get("pid"), trainer.get("start_ticks")
    if type(pid) is not int or type(ticks) is not int or not facts.is_same(pid, ticks):
        return None
    return Trainer(pid, ticks, record["nonce"], False)


def reap_orphans(keep: Optional[int]) -> None:
    """Collect ended children that the sub-reaper inherited, leaving the zombie `keep` alone."""
    for item in _zombie_children():
        if item != keep:
            try:
                os.waitpid(item, os.WNOHANG)
            except OSError:
                pass


def _zombie_children() -> List[int]:
    """Ended children outside our session; children of our own session belong to the code that started them."""
    if not facts.LINUX:
        return []
    own, session = os.getpid(), os.getsid(0)
    found = (facts.stat(int(name)) for name in os.listdir("/proc") if name.isdigit())
    return [item.pid for item in found if item and item.ppid == own and item.state == "Z" and item.session != session]


def _exit(status: int) -> Exit:
    if status >= 0:
        return Exit(status, None)
    try:
        return Exit(None, signal.Signals(-status).name)
    except ValueError:
        return Exit(None, "SIG%d" % -status)
