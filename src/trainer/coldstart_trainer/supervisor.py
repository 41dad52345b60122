"""`supervise RUN_DIR`: starts the trainer of a run folder, keeps its records true, and writes how it ended.

Standard library only. Whoever starts it may die: everything it knows is in the run folder, where proc.json,
heartbeat.json and exit.json are the evidence others judge a run by.
"""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any, Dict, List, Optional

from . import VERSION, process_facts
from .control import ControlReader
from .exit_record import ExitRecord, last_event, outcome
from .gpu_usage import GpuUsage
from .heartbeat_file import write_heartbeat
from .log_rotation import LIMIT, rotate
from .run_lock import runs_elsewhere, take_lock
from .runfolder import (
    Checkpoint,
    RunFolderError,
    manifest_problem,
    newest_checkpoint,
    read_json,
    read_run,
    write_json,
)
from .stop_ladder import StepClock, StopLadder
from .trainer_process import SWEEP_S, Exit, Trainer, start, still_running

EXIT_USAGE = 2
EXIT_ACTIVE = 3
_POLL_S = 0.2
_HEARTBEAT_S = 2.0
_FRESH_S = 15.0
_FOLDER_GONE: Dict[str, Any] = {"id": "folder-gone", "save": False}


class _CalledOff(Exception):
    """A stop was asked for before there was a trainer."""


def main(argv: List[str]) -> int:
    """Supervise until the trainer has ended: 0 recorded, 2 not a run folder, 3 somebody else supervises it."""
    parser = argparse.ArgumentParser(prog="python -m coldstart_trainer supervise", description=__doc__)
    parser.add_argument("run_dir", metavar="RUN_DIR")
    parser.add_argument(
        "--resume", metavar="auto|PATH", help="continue from the newest complete checkpoint, or this one"
    )
    args = parser.parse_args(argv)
    if os.name != "posix":
        print("Runs on this machine need Linux or macOS; on Windows use WSL.", file=sys.stderr)
        return EXIT_USAGE
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    run_dir = Path(args.run_dir).resolve()
    if not run_dir.is_dir():
        print("%s is not a folder" % run_dir, file=sys.stderr)
        return EXIT_USAGE
    lock = take_lock(run_dir)
    if lock is None:
        print("already active: another supervisor holds %s" % (run_dir / "lock"), file=sys.stderr)
        return EXIT_ACTIVE
    before = read_json(run_dir / "proc.json") or {}
    if runs_elsewhere(run_dir, before):
        print("already active on %s" % before.get("host"), file=sys.stderr)
        return EXIT_ACTIVE
    try:
        record = read_run(run_dir)
    except RunFolderError as error:
        print(str(error), file=sys.stderr)
        return EXIT_USAGE
    return Supervisor(run_dir, record, before).run(args.resume)


class Supervisor:
    """One restart of one run, from proc.json to exit.json."""

    def __init__(self, run_dir: Path, record: Dict[str, Any], before: Dict[str, Any]) -> None:
        self._dir = run_dir
        self._folder_descriptor = os.open(str(run_dir), os.O_RDONLY)
        self._record = record
        folder = _folder_id(run_dir)
        if before.get("folder") != folder:  # a copied run folder must not touch the processes of its original
            before = {name: before[name] for name in ("restart",) if name in before}
        self._trainer = still_running(before)
        adopted = self._trainer is not None
        self._restart = int(before.get("restart", 0)) if adopted else _next_restart(run_dir, before)
        self._before = before
        options = record.get("supervision")
        options = options if isinstance(options, dict) else {}
        self._ladder = StopLadder(options.get("t1_s"), options.get("t2_s"))
        self._log_limit = int(options.get("log_limit_bytes", LIMIT))
        self._heartbeat_s = float(options.get("heartbeat_s", _HEARTBEAT_S))
        self._sweep_s = float(options.get("sweep_s", SWEEP_S))
        self._control = ControlReader(run_dir, self._restart)
        self._clock = StepClock()
        self._gpu = GpuUsage()
        self._ended = threading.Event()
        self._stop_requested = threading.Event()
        self._may_call_off = False
        self._wake = threading.Event()
        self._proc_is_owed = False
        self._proc: Dict[str, Any] = {
            "version": VERSION,
            "run": record["run"],
            "restart": self._restart,
            "nonce": before["nonce"] if adopted else secrets.token_hex(16),
            "folder": folder,
            "host": socket.gethostname(),
            "boot_id": process_facts.boot_id(),
            "pid_namespace": process_facts.pid_namespace(),
            "supervisor": process_facts.identity(os.getpid()),
            "trainer": before["trainer"] if adopted else None,
            "resume": before.get("resume") if adopted else None,
            "passed_over": before.get("passed_over", []) if adopted else [],
            "adopted": adopted,
            "started": time.time(),
        }

    def run(self, resume: Optional[str]) -> int:
        """Start or adopt the trainer, watch it, sweep up and record the end."""
        process_facts.become_subreaper()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
            signal.signal(number, self._on_signal)
        exit_record = ExitRecord(self._dir)
        for work in (self._beat, self._rotate):
            threading.Thread(target=work, name="coldstart%s" % work.__name__, daemon=True).start()
        try:
            self._write_proc()
            trainer = self._trainer or self._start(resume)
        except (OSError, RunFolderError, ValueError) as error:
            message = _start_problem(self._record["argv"][0], error)
            print(message, file=sys.stderr)
            self._ended.set()
            exit_record.write(self._end_facts(Exit(None, None), "start-failed", message))
            return 0
        except _CalledOff:
            self._ended.set()
            exit_record.write(self._end_facts(Exit(None, None), "stopped", None))
            return 0
        ended = self._watch(trainer)
        swept = trainer.sweep(self._sweep_s)
        left = self._gpu.close()
        if self._is_deleted():  # nobody is left to read how it ended
            self._ended.set()
            trainer.release()
            return 0
        reason, message = outcome(self._dir, self._restart, ended, self._ladder, adopted=self._proc["adopted"])
        self._ended.set()
        trainer.release()
        self._write_heartbeat()
        exit_record.write({**self._end_facts(ended, reason, message), "swept": swept, "gpu_left": left})
        return 0

    def _start(self, resume: Optional[str]) -> Trainer:
        """Sweep what an earlier restart left, find the checkpoint, start the trainer and record it.

        _CalledOff when a signal asks for a stop meanwhile: comparing a large checkpoint with its manifest takes minutes.
        """
        nonce = self._before.get("nonce")
        if isinstance(nonce, str) and nonce:
            Trainer(-1, None, nonce, False).sweep(self._sweep_s)
        try:
            self._may_call_off = True
            if self._stop_requested.is_set():
                raise _CalledOff
            checkpoint = self._checkpoint(resume)
        finally:
            self._may_call_off = False
        argv = list(self._record["argv"])
        if checkpoint:
            argv += ["--resume", str(checkpoint.path)]
            self._proc["resume"] = {"path": str(checkpoint.path), "step": checkpoint.step}
        trainer = start(self._dir, argv, self._record.get("env", {}), self._proc["nonce"], self._restart)
        self._trainer = trainer
        self._proc["trainer"] = {"pid": trainer.pid, "pgid": trainer.pid, "start_ticks": trainer.ticks}
        self._proc["started"] = time.time()
        self._try_to_write_proc()
        return trainer

    def _checkpoint(self, resume: Optional[str]) -> Optional[Checkpoint]:
        if resume is None:
            return None
        if resume == "auto":
            found, self._proc["passed_over"] = newest_checkpoint(self._dir)
            return found
        path = (self._dir / resume).resolve()
        problem = manifest_problem(path)
        if problem:
            raise RunFolderError("Cannot resume from %s: %s" % (path, problem))
        digits = path.name.rpartition("-")[2]
        return Checkpoint(path, int(digits) if digits.isdigit() else 0)

    def _watch(self, trainer: Trainer) -> Exit:
        """Until the trainer has ended, climb the stop ladder when somebody asks for a stop."""
        while True:
            ended = trainer.poll()
            if self._stop_requested.is_set():
                self._stop_requested.clear()
                self._request_stop()
            now = time.monotonic()
            alive = self._alive()
            self._clock.observe(alive.get("step"), now)
            request = _FOLDER_GONE if self._is_deleted() else self._control.pending()
            self._ladder.see(request, now, self._clock.step_s)
            if ended is not None:  # only now: the trainer may have answered a request before we saw it
                return ended
            number = self._ladder.due(now, saving=alive.get("phase") == "saving" and _is_fresh(alive))
            if number is not None:
                trainer.signal_group(number)
            self._wake.wait(_POLL_S)
            self._wake.clear()

    def _on_signal(self, number: int, _frame: Any) -> None:
        if number != signal.SIGCHLD:
            self._stop_requested.set()
            if self._may_call_off:
                raise _CalledOff
        self._wake.set()

    def _request_stop(self) -> None:
        """Our own SIGTERM or SIGINT means stop and save, asked for like everybody asks."""
        identifier = "supervisor-%s" % secrets.token_hex(4)
        request = {"id": identifier, "restart": self._restart, "cmd": "stop", "save": True, "ts": time.time()}
        try:
            (self._dir / "control").mkdir(exist_ok=True)
            write_json(self._dir / "control" / ("%s.json" % identifier), request)
        except OSError:  # the trainer will not read it, but the ladder still runs
            self._ladder.see(request, time.monotonic(), self._clock.step_s)

    def _is_deleted(self) -> bool:
        """Somebody removed the run folder: what the trainer does from here on can be neither seen nor stopped."""
        return os.fstat(self._folder_descriptor).st_nlink == 0

    def _alive(self) -> Dict[str, Any]:
        """The trainer's last sign of life in this restart, or nothing."""
        alive = read_json(self._dir / "alive.json") or {}
        return alive if alive.get("restart", self._restart) == self._restart and self._trainer else {}

    def _beat(self) -> None:
        while not self._ended.is_set():
            self._write_heartbeat()
            if self._proc_is_owed:
                self._try_to_write_proc()
            self._ended.wait(self._heartbeat_s)

    def _write_heartbeat(self) -> None:
        pid = self._trainer.pid if self._trainer else None
        write_heartbeat(self._dir, self._restart, pid, self._alive(), self._clock, self._ladder, self._gpu.latest)

    def _rotate(self) -> None:
        while not self._ended.wait(1.0):
            for name in ("stdout.log", "stderr.log"):
                rotate(self._dir / name, self._log_limit)

    def _write_proc(self) -> None:
        write_json(self._dir / "proc.json", self._proc)

    def _try_to_write_proc(self) -> None:
        """Once the trainer runs, a full disk must not end it: the record is owed until a heartbeat can pay."""
        try:
            self._write_proc()
            self._proc_is_owed = False
        except OSError:
            self._proc_is_owed = True

    def _end_facts(self, ended: Exit, reason: str, message: Optional[str]) -> Dict[str, Any]:
        event = last_event(self._dir, self._restart)
        request = self._ladder.request
        return {
            "version": VERSION,
            "run": self._record["run"],
            "restart": self._restart,
            "code": ended.code,
            "signal": ended.signal,
            "reason": reason,
            "message": message,
            "ts": time.time(),
            "last_seq": event.seq,
            "step": event.step,
            "stop": {"id": request["id"], "save": request["save"], "sent": self._ladder.sent} if request else None,
        }


def _next_restart(run_dir: Path, before: Dict[str, Any]) -> int:
    """One more than any restart the folder knows of."""
    known = [
        before.get("restart"),
        (read_json(run_dir / "exit.json") or {}).get("restart"),
        last_event(run_dir).restart,
    ]
    return max([value for value in known if type(value) is int], default=-1) + 1


def _folder_id(run_dir: Path) -> str:
    """Which folder this is, whatever it is called: device and inode."""
    facts = run_dir.stat()
    return "%d:%d" % (facts.st_dev, facts.st_ino)


def _is_fresh(alive: Dict[str, Any]) -> bool:
    ticked = alive.get("monotonic")
    return isinstance(ticked, (int, float)) and 0 <= time.monotonic() - ticked < _FRESH_S


def _start_problem(interpreter: str, error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "The trainer could not be started: %s does not exist" % (error.filename or interpreter)
    if isinstance(error, PermissionError):
        return "The trainer could not be started: %s may not be executed" % (error.filename or interpreter)
    return "The trainer could not be started: %s" % error
