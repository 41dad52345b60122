"""Run folders and supervised stub trainers for the tests."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from coldstart_trainer.json_lines import open_line

PACKAGE_ROOT = Path(__file__).resolve().parent.parent
STUB = Path(__file__).resolve().parent / "stub_trainer.py"
QUICK = {"t1_s": 0.6, "t2_s": 0.6, "heartbeat_s": 0.2, "sweep_s": 0.3}


def make_run(folder, *options, interpreter=sys.executable, **supervision):
    """A prepared run folder whose trainer is the stub."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    record = {
        "version": 1,
        "run": "20260101-000000-stub-0000",
        "argv": [interpreter, str(STUB), *map(str, options)],
        "env": {"PYTHONPATH": str(PACKAGE_ROOT)},
        "supervision": {**QUICK, **supervision},
    }
    (folder / "run.json").write_text(json.dumps(record))
    return folder


STARTED = []
"""Supervisors of the running test, for the fixture that ends what a failed test leaves."""


def supervise(folder, *arguments):
    """Start a supervisor as the extension does: detached, with files for stdio."""
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE_ROOT)}
    command = [sys.executable, "-m", "coldstart_trainer", "supervise", str(folder), *map(str, arguments)]
    with open(Path(folder) / "supervisor.log", "ab") as log:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    STARTED.append((process, Path(folder)))
    return process


def read(path):
    """A JSON file, or an empty object."""
    try:
        return json.loads(Path(path).read_text())
    except (OSError, ValueError):
        return {}


def events(folder):
    """The whole events of a run."""
    path = Path(folder) / "events.jsonl"
    lines = path.read_bytes().split(b"\n") if path.exists() else []
    return [event for event in map(open_line, lines) if event]


def until(condition, limit_s=15.0):
    """Poll until the condition is truthy and return it."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError("still not true after %g s" % limit_s)


def request_stop(folder, restart=0, save=True, identifier="stop-1"):
    """A stop request, written as the extension writes it."""
    control = Path(folder) / "control"
    control.mkdir(exist_ok=True)
    request = {"id": identifier, "restart": restart, "cmd": "stop", "save": save, "ts": time.time()}
    temporary = control / (".%s.tmp" % identifier)
    temporary.write_text(json.dumps(request))
    temporary.rename(control / ("%s.json" % identifier))


def is_gone(pid):
    """No process, or a zombie."""
    try:
        with open("/proc/%d/stat" % pid) as file:
            return file.read().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def escapees(folder):
    """Pids of the stub's grandchildren in sessions of their own."""
    path = Path(folder) / "escapees.txt"
    return [int(line) for line in path.read_text().split()] if path.exists() else []
