"""Writes test/fixtures/run-events: what the Python writer writes and what every reader must make of it.

    python src/trainer/tests/make_fixtures.py

expected.json maps each file to its lines in order, split at newlines: `{ok: true, event}` with the members a reader
must know (their names and values; more may be there), or `{ok: false, reason}`. Reasons: torn (no checksum at the end),
crc, json, unknown-version, fields. `summary` says what a fold over the file must count. The fixtures are committed; a
test of each language reads them, and a test here fails when the writer would write them differently.
"""

import itertools
import json
import math
import shutil
import sys
import tempfile
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "src" / "trainer"))

from coldstart_trainer import events  # noqa: E402
from coldstart_trainer.events import EventWriter  # noqa: E402
from coldstart_trainer.json_lines import encode, seal  # noqa: E402

FIXTURES = ROOT / "test" / "fixtures" / "run-events"
RUN = "20260101-000000-fixture-0000"
TRACE = {"id": "tabmwp-33", "index": 0, "source": "/data/traces.jsonl"}


def groups():
    """Two groups with everything a group line may hold."""
    prompt = {"messages": [{"role": "user", "content": "<image>Was kostet die Brücke? 橋 🌉"}]}
    rollouts = [
        {
            "i": 0,
            "completion": "\\boxed{42}\n",
            "tokens": 5,
            "finish": "stop",
            "rewards": {"answer": 1.0, "format": None},
            "reward": 1.0,
            "advantage": 0.7,
            "extra": {"extracted": "42"},
        },
        {
            "i": 1,
            "completion": "so" * 60,
            "tokens": 64,
            "finish": "length",
            "rewards": {"answer": 0.0, "format": math.nan},
            "reward": math.nan,
            "advantage": None,
            "extra": {},
        },
    ]
    images = [{"path": "/data/bridge.png", "w": 224, "h": 224}]
    first = {"group": 0, "trace": TRACE, "prompt": prompt, "images": images, "ground_truth": "42", "rollouts": rollouts}
    return [first, {**first, "group": 1, "prompt": {"text": "plain \ud800 prompt"}, "images": [], "ground_truth": None}]


def all_types(writer):
    """One event of every type, with every field."""
    start = {"max_steps": 100, "epochs": None, "group_size": 2, "rewards": [{"name": "answer", "weight": 1.0}]}
    writer.emit(
        "run_start",
        stage="grpo",
        trainer={"name": "trl", "version": "1.13.0", "adapter": "1"},
        model="/models/tiny",
        dataset={"path": "/data/traces.jsonl", "traces": 7, "sha256": "ab" * 32},
        output_dir="checkpoints",
        world=1,
        device={"kind": "cpu", "name": "x86", "count": 1},
        resume=None,
        caps=["rollouts"],
        **start,
    )
    writer.emit("phase", step=0, phase="generating", done=1, total=8)
    values = {
        "loss": math.nan,
        "kl": math.inf,
        "grad_norm": -math.inf,
        "reward": 0.5,
        "reward/answer": 0.25,
        "entropy": None,
    }
    writer.emit(
        "metrics",
        step=1,
        epoch=0.01,
        split="train",
        values=values,
        raw={"rewards/answer/mean": 0.25},
        elapsed_s=1.5,
        eta_s=None,
    )
    writer.write_groups(
        1, 0, "train", groups(), {"mean": 0.5, "std": 0.5, "zero_std_frac": 0.0, "rewards": {"answer": 0.5}}
    )
    writer.emit(
        "eval_completion",
        step=1,
        trace=TRACE,
        prompt={"text": "Was?"},
        solution="42",
        completion="\\boxed{42}",
        verdict="correct",
        rewards={"answer": 1.0},
    )
    writer.emit(
        "checkpoint",
        step=1,
        path="checkpoints/checkpoint-1",
        kind="periodic",
        resumable=True,
        adapter_only=False,
        needs_merge=False,
        bytes=123,
        metric="NaN",
    )
    writer.emit(
        "reward_error",
        step=1,
        reward="mine",
        trace=TRACE,
        error="ZeroDivisionError: division by zero",
        traceback="Traceback …",
    )
    writer.emit("diag", code="zero_std", level="warning", step=1, detail={"share": 1.0})
    writer.emit(
        "log", level="info", logger="coldstart", text='quotes " backslash \\ newline \n ,"crc":"00000000"} \u2028 \x7f'
    )
    writer.emit("gap", dropped=3, errno="ENOSPC", unsynced=True)
    writer.emit("heartbeat")
    writer.emit("stop_ack", id="stop-1", mode="save", at_step=1)
    writer.emit("a_type_of_tomorrow", anything={"at": ["all"]})
    error = {"type": "ValueError", "message": "why", "traceback": "Traceback …", "hint": "do this"}
    writer.emit(
        "run_end",
        status="failed",
        step=1,
        error=error,
        checkpoint="checkpoints/checkpoint-1",
        totals={"seconds": 2.5, "train_loss": "NaN"},
    )


def sealed(**members):
    """One good line with a minimal envelope."""
    envelope = {"version": 1, "run": RUN, "restart": 0, "seq": 0, "ts": 1.5}
    return seal(encode({name: value for name, value in {**envelope, **members}.items() if value is not ...}))


def damaged():
    """Lines that must be refused, each with its reason; and lines just next to them that must not."""
    good = sealed(type="log", level="info", text="good")
    body = good[:-1]
    flipped = body.replace(b"good", b"goof")
    checksum = body[:-10] + b'00000000"}'
    not_json = seal(b'{"version":1,"run":"r","restart":0,"seq":0,"ts":NaN,"type":"log","text":""}')
    list_line = seal(b'["version",1]')[:-1]
    return [
        (good, None),
        (body[:-1] + b"\n", "torn"),
        (body[: len(body) // 2] + b"\n", "torn"),
        (b"\0" * 40 + b"\n", "torn"),
        (body + b"\r\n", "torn"),
        (body + body + b"\n", "crc"),
        (flipped + b"\n", "crc"),
        (checksum + b"\n", "crc"),
        (body.replace(b'"crc":"', b'"crc":"').upper() + b"\n", "torn"),
        (seal(b'{"version":1,"text":"\xff"}'), "crc"),
        (not_json, "json"),
        (list_line + b"\n", "json"),
        (sealed(type="log", text="newer", version=2), "unknown-version"),
        (sealed(type="log", text="no version", version=...), "unknown-version"),
        (sealed(type="log", level="info"), "fields"),
        (sealed(type="metrics", values={}), "fields"),
        (sealed(type="metrics", step=-1, values={}), "fields"),
        (sealed(type="metrics", step=1, values={"loss": "big"}), "fields"),
        (sealed(type="run_end", step=1, status="perhaps"), "fields"),
        (sealed(type="log", text="no seq", seq=...), "fields"),
        (sealed(type="tomorrow", seq="0"), "fields"),
        (
            sealed(type="rollout_batch", step=1, file="rollouts/../run.json", offset=0, bytes=1, groups=1, rollouts=1),
            "fields",
        ),
        (sealed(type="log", text="unknown fields are ignored", tomorrow=1), None),
        (sealed(type="checkpoint", step=1, path="c", kind="of tomorrow"), None),
    ]


def restarts(folder):
    """A crash in the middle of a line, its recovery by the next restart, a dropped and a doubled event."""
    path = folder / "events.jsonl"
    with EventWriter(folder, RUN, 0, sync_s=60) as writer:
        writer.emit("run_start", stage="sft", max_steps=4)
        for step in (1, 2):
            writer.emit("metrics", step=step, split="train", values={"loss": 1.0 / step})
        writer._seq += 2  # as if a full disk had taken two events
        writer.emit("gap", dropped=2, errno="ENOSPC")
        writer.emit("metrics", step=3, split="train", values={"loss": 0.3})
    with open(path, "r+b") as file:
        file.truncate(path.stat().st_size - 30)
    with EventWriter(folder, RUN, 1, sync_s=60) as writer:
        writer.emit("run_start", stage="sft", max_steps=4, resume={"from": "checkpoints/checkpoint-2", "step": 2})
        for step in (3, 4):
            writer.emit("metrics", step=step, split="train", values={"loss": 0.5 / step})
        doubled = path.read_bytes().splitlines(True)[-1]
        with open(path, "ab") as file:
            file.write(doubled)
        writer.emit("run_end", status="completed", step=4)
    # Unfinished: a reader waits for the newline.
    with open(path, "ab") as file:
        file.write(b'{"version":1,"run":"2026')
    return {
        "events": {"0": 4, "1": 5},
        "missing": {"0": 2, "1": 0},
        "dropped": 2,
        "duplicates": 1,
        "damaged": 1,
        "waiting_bytes": 24,
        "last_step": 4,
        "loss": [[1, 1.0], [2, 0.5], [3, 0.5 / 3], [4, 0.125]],
        "status": "completed",
    }


def verdict(line, reason=None):
    """What expected.json says about one line."""
    if reason:
        return {"ok": False, "reason": reason}
    event = json.loads(line)
    for name in ("crc", "cut", "tomorrow"):
        event.pop(name, None)
    return {"ok": True, "event": event}


def make(target):
    """Write all fixtures into a folder."""
    target = Path(target)
    shutil.rmtree(str(target), ignore_errors=True)
    (target / "rollouts").mkdir(parents=True)
    expected = {}
    ticks = itertools.count(1767225600)
    with mock.patch.object(events.time, "time", lambda: float(next(ticks)) + 0.25):
        with tempfile.TemporaryDirectory() as scratch:
            with EventWriter(scratch, RUN, 0, sync_s=60) as writer:
                all_types(writer)
            shutil.copy(str(Path(scratch) / "events.jsonl"), str(target / "all-types.jsonl"))
            shutil.copy(str(Path(scratch) / "rollouts" / "step-1.jsonl"), str(target / "rollouts" / "step-1.jsonl"))
        with tempfile.TemporaryDirectory() as scratch:
            summary = restarts(Path(scratch))
            shutil.copy(str(Path(scratch) / "events.jsonl"), str(target / "restarts.jsonl"))
    for name in ("all-types.jsonl", "rollouts/step-1.jsonl"):
        lines = (target / name).read_bytes().split(b"\n")[:-1]
        expected[name] = {"lines": [verdict(line) for line in lines]}
    lines = (target / "restarts.jsonl").read_bytes().split(b"\n")[:-1]
    torn = [index for index, line in enumerate(lines) if not line.endswith(b"}")]
    expected["restarts.jsonl"] = {
        "lines": [verdict(line, "torn" if index in torn else None) for index, line in enumerate(lines)],
        "summary": summary,
    }
    pairs = damaged()
    (target / "damaged.jsonl").write_bytes(b"".join(line for line, _ in pairs))
    found = [verdict(line, reason) for line, reason in pairs]
    for item in found:
        if item["ok"] and item["event"].get("kind") == "of tomorrow":
            item["event"]["kind"] = "periodic"  # an unknown kind is read as the usual one
    expected["damaged.jsonl"] = {"lines": found}
    (target / "expected.json").write_text(json.dumps(expected, indent=1, ensure_ascii=True) + "\n")


if __name__ == "__main__":
    make(FIXTURES)
