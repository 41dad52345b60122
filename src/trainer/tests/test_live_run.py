"""The last word of a run whose disk is full, and output that nobody can take."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from coldstart_trainer import append_file
from coldstart_trainer.json_lines import open_line
from coldstart_trainer.live_run import LiveRun, disk_is_full

RECORD = {"run": "r", "spec": {"rollouts": "all"}}


def full(words):
    return OSError(errno.ENOSPC, words)


def test_a_run_that_fills_the_disk_says_so_and_keeps_its_complete_checkpoints(tmp_path, monkeypatch):
    live = LiveRun(str(tmp_path), RECORD, 0)
    live.emit("phase", step=4, phase="saving")
    whole, half = tmp_path / "checkpoints/checkpoint-2", tmp_path / "checkpoints/checkpoint-4"
    for folder in (whole, half):
        folder.mkdir(parents=True)
        (folder / "model.safetensors").write_bytes(b"x" * 10)
    live.complete_checkpoint(str(whole), 2, "periodic", False)
    write = os.write

    def refuse(descriptor, data):  # there is room only when the reserve was given back
        if (tmp_path / ".events.reserve").exists():
            raise full("No space left on device")
        return write(descriptor, data)

    monkeypatch.setattr(append_file.os, "write", refuse)
    live.emit("metrics", step=4)
    live.end("failed", full("No space left on device"))
    events = [open_line(line) for line in (tmp_path / "events.jsonl").read_bytes().splitlines()]
    assert [event["type"] for event in events[-2:]] == ["gap", "run_end"] and events[-2]["dropped"] == 1
    assert events[-1]["error"]["message"].startswith("The disk is full (") and "Free disk space" in events[-1]["error"]["hint"]
    assert whole.exists() and not half.exists()


@pytest.mark.parametrize(
    "error, wanted",
    [
        (full("x"), True),
        (RuntimeError("I/O error: No space left on device (os error 28)"), True),
        (RuntimeError("[enforce fail] PytorchStreamWriter failed writing file"), True),
        (ValueError("no room"), False),
    ],
)
def test_a_full_disk_is_known_by_its_words(error, wanted):
    assert disk_is_full(error) is wanted
    try:
        raise KeyError("x") from error
    except KeyError as outer:
        assert disk_is_full(outer) is wanted


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_a_log_that_cannot_grow_ends_nothing():
    code = (
        "import sys, json; from coldstart_trainer.train import keep_printing; keep_printing(); "
        "print('x' * 100_000, flush=True); print('y', file=sys.stderr); sys.stdout.flush(); sys.exit(7)"
    )
    root = Path(__file__).resolve().parent.parent
    with open("/dev/full", "wb") as nowhere:
        done = subprocess.run([sys.executable, "-c", code], stdout=nowhere, stderr=nowhere, cwd=str(root))
    assert done.returncode == 7


def test_printing_goes_on_as_before_where_there_is_room(tmp_path):
    code = "from coldstart_trainer.train import keep_printing; keep_printing(); print('é', {'a': 1}); print('b')"
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=str(root), check=True)
    assert done.stdout.decode("utf-8") == "é %s\nb\n" % {"a": 1}
