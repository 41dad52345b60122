"""What identifies a process beyond its pid, and signals that cannot reach a stranger who got the pid later.

On Linux everything is read from /proc. Elsewhere (macOS) `ps` and `sysctl` answer what they can and the rest is None.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from typing import Dict, List, NamedTuple, Optional

LINUX = sys.platform.startswith("linux") and os.path.exists("/proc/self/stat")
_PR_SET_CHILD_SUBREAPER = 36


class Stat(NamedTuple):
    """The fields of /proc/<pid>/stat that matter here; `start_ticks` are clock ticks since boot, `rss` is in bytes."""

    pid: int
    state: str
    ppid: int
    pgid: int
    session: int
    start_ticks: int
    rss: int


def stat(pid: int) -> Optional[Stat]:
    """Facts of one process, or None when there is none (or no /proc)."""
    try:
        with open("/proc/%d/stat" % pid, "rb") as file:
            text = file.read().decode("ascii", "replace")
    except OSError:
        return None
    # The name stands in parentheses and may hold spaces and parentheses itself.
    rest = text[text.rfind(")") + 2 :].split()
    if len(rest) < 22:
        return None
    page = os.sysconf("SC_PAGE_SIZE")
    return Stat(pid, rest[0], int(rest[1]), int(rest[2]), int(rest[3]), int(rest[19]), int(rest[21]) * page)


def all_stats() -> List[Stat]:
    """Every visible process that is not a zombie; empty without /proc."""
    if not LINUX:
        return []
    found = (stat(int(name)) for name in os.listdir("/proc") if name.isdigit())
    return [item for item in found if item is not None and item.state not in "ZX"]


def start_ticks(pid: int) -> Optional[int]:
    """When a process started: clock ticks since boot on Linux, unix seconds from `ps` elsewhere; None when unknown."""
    if LINUX:
        facts = stat(pid)
        return facts.start_ticks if facts else None
    text = _answer(["ps", "-o", "lstart=", "-p", str(pid)])
    try:
        return int(time.mktime(time.strptime(text or "", "%a %b %d %H:%M:%S %Y")))
    except (ValueError, OverflowError):
        return None


def is_same(pid: int, ticks: Optional[int]) -> bool:
    """Whether this pid is still the live process that started at `ticks`; a zombie is not alive."""
    if pid <= 0 or ticks is None:
        return False
    facts = stat(pid)
    if LINUX:
        return facts is not None and facts.state not in "ZX" and facts.start_ticks == ticks
    return start_ticks(pid) == ticks


def boot_id() -> Optional[str]:
    """An id that changes at every start of the machine."""
    try:
        with open("/proc/sys/kernel/random/boot_id") as file:
            return file.read().strip()
    except OSError:
        return _answer(["sysctl", "-n", "kern.bootsessionuuid"])


def pid_namespace() -> Optional[str]:
    """Which numbering of pids this process lives in (`pid:[4026531836]`); differs between containers."""
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return None


def with_environment(name: str, value: str) -> List[Stat]:
    """Live processes that were started with NAME=value in their environment, this one excluded."""
    wanted = ("%s=%s" % (name, value)).encode()
    found = []
    for facts in all_stats():
        if facts.pid == os.getpid():
            continue
        try:
            with open("/proc/%d/environ" % facts.pid, "rb") as file:
                if wanted in file.read().split(b"\0"):
                    found.append(facts)
        except OSError:  # of another user, or gone
            continue
    return found


def send(pid: int, ticks: Optional[int], number: int) -> bool:
    """Signal one process if it is still the one that started at `ticks`; False when it is not, or is gone."""
    open_pidfd = getattr(os, "pidfd_open", None)
    if open_pidfd is not None:
        try:
            descriptor = open_pidfd(pid)
        except ProcessLookupError:
            return False
        except OSError:  # a kernel without pidfds
            descriptor = None
        if descriptor is not None:
            try:
                # The descriptor pins the process first, so that the check holds for the signal too.
                if not is_same(pid, ticks):
                    return False
                signal.pidfd_send_signal(descriptor, number)  # type: ignore[attr-defined]
                return True
            except OSError:
                return False
            finally:
                os.close(descriptor)
    if not is_same(pid, ticks):
        return False
    try:
        os.kill(pid, number)
        return True
    except OSError:
        return False


def become_subreaper() -> bool:
    """On Linux, orphans of our descendants become our children instead of init's; False where that is not possible."""
    if not LINUX:
        return False
    try:
        return ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    except (OSError, AttributeError):
        return False


def group_rss(pgid: int) -> Optional[int]:
    """Resident bytes of a process group; None when unknown."""
    sizes = [facts.rss for facts in all_stats() if facts.pgid == pgid]
    return sum(sizes) if sizes else None


def identity(pid: int) -> Dict[str, Optional[int]]:
    """`{pid, pgid, start_ticks}` of a live process, for proc.json."""
    try:
        pgid: Optional[int] = os.getpgid(pid)
    except OSError:
        pgid = None
    return {"pid": pid, "pgid": pgid, "start_ticks": start_ticks(pid)}


def _answer(command: List[str]) -> Optional[str]:
    try:
        env = {**os.environ, "LC_ALL": "C"}
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=5, env=env)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None
