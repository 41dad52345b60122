"""Files of the run folder: control requests, checkpoints, atomic replacement, logs, signs of life."""

import json
import os
import signal

import pytest
from supervised_runs import read, until

from coldstart_trainer import exit_record, gpu_usage, runfolder
from coldstart_trainer.control import ControlReader
from coldstart_trainer.heartbeat import Alive, DeathPipe
from coldstart_trainer.log_rotation import rotate
from coldstart_trainer.stop_ladder import StepClock, StopLadder


def test_the_newest_request_for_this_restart_counts(tmp_path):
    control = tmp_path / "control"
    good = {"id": "a", "restart": 1, "cmd": "stop", "save": True, "ts": 10.0}

    def check(files, expected):
        control.mkdir()
        for name, content in files.items():
            (control / name).write_text(content if isinstance(content, str) else json.dumps(content))
        found = ControlReader(tmp_path, 1).pending()
        assert (found or {}).get("id") == expected, files
        for path in control.iterdir():
            path.unlink()
        control.rmdir()

    assert ControlReader(tmp_path, 1).pending() is None
    check({}, None)
    check({"a.json": good}, "a")
    check({"a.json": good, "b.json": {**good, "id": "b", "ts": 11}}, "b")
    check({"a.json": {**good, "ts": 12}, "b.json": {**good, "id": "b", "ts": 11}}, "a")
    check({"a.json": good, "b.json": {**good, "id": "b", "ts": 99, "restart": 0}}, "a")
    check({"a.txt": good, ".a.json": good}, None)
    for wrong in ["", "{", "[]", "null", "NaN", "[" * 9999, "x" * 70000]:
        check({"a.json": wrong}, None)
    for name, value in [
        ("cmd", "go"), ("save", 1), ("save", None), ("restart", True), ("restart", 1.0), ("ts", "10"), ("ts", None),
        ("ts", True), ("id", 7), ("id", ""), ("id", "../x"), ("id", "x" * 200),
    ]:  # fmt: skip
        check({"a.json": {**good, name: value}}, None)
    check({"a.json": json.dumps(good).replace("10.0", "NaN")}, None)


def test_replacing_a_file_is_all_or_nothing(tmp_path, monkeypatch):
    path = tmp_path / "proc.json"
    runfolder.write_json(path, {"n": 1})
    for name in ("write", "fsync", "replace"):
        with monkeypatch.context() as patch:

            def fail(*_):
                raise OSError(28, "No space left on device")

            patch.setattr(runfolder.os, name, fail)
            with pytest.raises(OSError):
                runfolder.write_json(path, {"n": 2})
        assert [item.name for item in tmp_path.iterdir()] == ["proc.json"] and read(path) == {"n": 1}
    with monkeypatch.context() as patch:
        real = os.write
        patch.setattr(runfolder.os, "write", lambda descriptor, data: real(descriptor, bytes(data)[:1]))
        runfolder.write_json(path, {"n": 3})
    assert read(path) == {"n": 3}


def make_checkpoint(run_dir, step):
    folder = run_dir / "checkpoints" / ("checkpoint-%d" % step)
    (folder / "sub").mkdir(parents=True)
    (folder / "model.bin").write_bytes(b"abc")
    (folder / "sub" / "empty").write_bytes(b"")
    runfolder.write_manifest(folder, step=step)
    return folder


def test_only_complete_checkpoints_are_resumed(tmp_path):
    assert runfolder.newest_checkpoint(tmp_path) == (None, [])
    make_checkpoint(tmp_path, 9)
    ten = make_checkpoint(tmp_path, 10)
    manifest = ten / runfolder.MANIFEST
    good = json.loads(manifest.read_text())
    assert [entry["name"] for entry in good["files"]] == ["model.bin", "sub/empty"] and good["step"] == 10
    assert runfolder.newest_checkpoint(tmp_path)[0].step == 10

    def check(why, spoil, repair):
        spoil()
        found, passed = runfolder.newest_checkpoint(tmp_path)
        assert found.step == 9 and len(passed) == 1 and why in passed[0], passed
        repair()
        assert runfolder.newest_checkpoint(tmp_path)[0].step == 10

    def edit(**changes):
        return lambda: manifest.write_text(json.dumps({**good, **changes}))

    def content(name, data):
        return lambda: (ten / name).write_bytes(data)

    mark = ten / runfolder.INCOMPLETE_MARK
    check("marked incomplete", lambda: mark.write_text(""), mark.unlink)
    check("no valid", lambda: manifest.write_text("{"), edit())
    check("no valid", edit(version=2), edit())
    check("no valid", edit(files=None), edit())
    check("names no files", edit(files=[]), edit())
    check("outside", edit(files=[{"name": "../checkpoint-9/model.bin", "bytes": 3}]), edit())
    check("outside", edit(files=[{"name": "/etc/passwd"}]), edit())
    check("has 2 bytes", content("model.bin", b"ab"), content("model.bin", b"abc"))
    check("SHA-256", content("model.bin", b"abd"), content("model.bin", b"abc"))
    check("cannot be read", (ten / "model.bin").unlink, content("model.bin", b"abc"))


def test_logs_keep_their_end(tmp_path):
    log = tmp_path / "stdout.log"
    assert not rotate(log, 10)
    with open(log, "ab", buffering=0) as writer:
        writer.write(b"0123456789")
        assert not rotate(log, 10)
        writer.write(b"abc")
        assert rotate(log, 10)
        writer.write(b"next")
    assert (tmp_path / "stdout.log.1").read_bytes() == b"3456789abc"
    assert log.read_bytes() == b"next"
    assert len(list(tmp_path.iterdir())) == 2


def test_stop_ladder_times():
    def request(identifier="a", save=True):
        return {"id": identifier, "save": save}

    def walk(ladder, saving=False, until_s=2000):
        return [(now, number) for now in range(until_s) for number in [ladder.due(now, saving)] if number]

    term, kill = signal.SIGTERM, signal.SIGKILL

    def check(expected, step_s=0.0, save=True, saving=False, later=None, **times):
        ladder = StopLadder(**times)
        assert walk(ladder) == []
        ladder.see(request(save=save), 0, step_s)
        if later:
            ladder.see(later, 50, step_s)
        assert walk(ladder, saving)[:3] == expected

    check([(120, term), (150, kill), (180, kill)])
    check([(300, term), (330, kill), (360, kill)], step_s=100)
    check([(10, term), (40, kill), (70, kill)], save=False, step_s=100)
    check([(60, term), (90, kill), (120, kill)], later=request("b", save=False))
    check([(900, term), (930, kill), (960, kill)], saving=True)
    check([(10, term), (40, kill), (70, kill)], save=False, saving=True)
    check([(3, term), (5, kill), (7, kill)], t1_s=3, t2_s=2, saving=True)
    check([(120, term), (150, kill), (180, kill)], later=request("a", save=False))


def test_step_time_is_the_slowest_of_the_last_five():
    clock = StepClock()
    for step, now in [(0, 0.0), (1, 50.0), (2, 60.0), (2, 61.0), (4, 80.0), (None, 90.0), (5, 90.0)]:
        clock.observe(step, now)
    assert clock.step_s == 50.0
    for step in range(6, 11):
        clock.observe(step, 90.0 + step)
    assert clock.step_s == 6.0


def test_alive_ticks_and_knows_its_restart(tmp_path, monkeypatch):
    monkeypatch.setenv("COLDSTART_RESTART", "4")
    with Alive(tmp_path, interval_s=0.01) as alive:
        alive.set(step=3, phase="generating", done=1, total=8)
        facts = until(lambda: read(tmp_path / "alive.json") if read(tmp_path / "alive.json")["done"] == 1 else None)
        assert (facts["restart"], facts["step"], facts["phase"], facts["total"]) == (4, 3, "generating", 8)
        assert facts["pid"] == os.getpid()
        alive.set(phase="updating")
    last = read(tmp_path / "alive.json")
    assert (last["step"], last["phase"], last["done"]) == (3, "updating", None)


def test_death_pipe_notices_the_end_of_the_supervisor(monkeypatch):
    monkeypatch.delenv("COLDSTART_DEATH_FD", raising=False)
    assert not DeathPipe().gone.is_set()
    monkeypatch.setenv("COLDSTART_DEATH_FD", "999999")
    assert not DeathPipe().gone.is_set()
    watch, held = os.pipe()
    monkeypatch.setenv("COLDSTART_DEATH_FD", str(watch))
    pipe = DeathPipe()
    assert not pipe.gone.is_set()
    os.close(held)
    assert pipe.gone.wait(5)
    os.close(watch)


def test_exit_record_survives_a_full_disk(tmp_path, monkeypatch):
    record = exit_record.ExitRecord(tmp_path)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exit_record, "write_json", full)
    record.write({"code": 0, "message": "é" * 20000})
    assert read(tmp_path / "exit.json") == {"code": 0, "message": None}
    assert [item.name for item in tmp_path.iterdir()] == ["exit.json"]


def test_gpu_answers():
    assert gpu_usage.parse("37, 1024, 81559\n[N/A], 5, 10\nerror\na, b, c\n", "util", "mem", "total") == [
        {"util": 37, "mem": 1024, "total": 81559},
        {"util": None, "mem": 5, "total": 10},
    ]


def test_gpu_is_asked_and_new_holders_are_named(tmp_path, monkeypatch):
    tool, apps = tmp_path / "nvidia-smi", tmp_path / "apps"
    apps.write_text("10, 5\n")
    tool.write_text('#!/bin/sh\ncase "$1" in *compute-apps*) cat "%s";; *) echo "37, 1024, 81559";; esac\n' % apps)
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    usage = gpu_usage.GpuUsage()
    assert until(lambda: usage.latest) == [{"util": 37, "mem": 1024, "total": 81559}]
    apps.write_text("10, 5\n11, 900\n")
    assert usage.close() == [{"pid": 11, "mem": 900}]
    monkeypatch.setenv("PATH", "")
    assert gpu_usage.GpuUsage().close() == []


def test_a_copied_run_has_its_command_and_its_paths_in_the_copy(tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    here = new / ".coldstart/runs/r"
    here.mkdir(parents=True)
    (new / "a.png").touch()
    (new / "r.py").touch()
    written = {
        "version": 1,
        "run": "r",
        "argv": ["python", "-m", "coldstart_trainer", "train", str(old / ".coldstart/runs/r")],
        "model": {"given": "run:x", "path": str(old / "models/tiny")},
        "spec": {"rewards": [{"name": "answer"}, {"name": "mine", "file": "%s:f" % (old / "r.py")}]},
    }

    def check(record, path, now):
        (here / "run.json").write_text(json.dumps(record))
        read = runfolder.read_run(here)
        assert read["argv"][-1] == str(here)
        assert runfolder.place_now(read, str(here))(str(path)) == str(now)
        return read

    home = {"folder": str(old / ".coldstart/runs/r"), "workspace": str(old)}
    for record in (written, {**written, "home": home}):
        read = check(record, old / "a.png", new / "a.png")
        assert read["spec"]["rewards"] == [{"name": "answer"}, {"name": "mine", "file": "%s:f" % (new / "r.py")}]
        assert read["model"]["path"] == str(old / "models/tiny")  # it is not in the copy
        check(record, old / "gone.png", old / "gone.png")
        check(record, tmp_path / "a.png", tmp_path / "a.png")
    alone = {**written, "home": {**home, "workspace": None}}
    check(alone, old / "a.png", old / "a.png")
    check(alone, old / ".coldstart/runs/r/run.json", here / "run.json")
    stays = {**written, "home": {"folder": str(here), "workspace": str(new)}}
    check(stays, old / "a.png", old / "a.png")
