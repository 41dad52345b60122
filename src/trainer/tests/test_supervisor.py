"""Whole supervisors over whole stub trainers: every way a run can end leaves true records and no processes."""

import json
import os
import shutil
import signal
import subprocess
import sys

import pytest
from supervised_runs import escapees, events, is_gone, make_run, read, request_stop, supervise, until

from coldstart_trainer import process_facts

needs_proc = pytest.mark.skipif(not process_facts.LINUX, reason="needs /proc")


def run_to_end(folder, *arguments):
    """Supervise to the end; the exit record is the result."""
    process = supervise(folder, *arguments)
    assert process.wait(20) == 0, (folder / "supervisor.log").read_text()
    return read(folder / "exit.json")


def started(folder):
    """Until the trainer has written its first metrics; the proc.json."""
    until(lambda: any(event["type"] == "metrics" for event in events(folder)))
    return read(folder / "proc.json")


@pytest.mark.parametrize(
    "options, expected",
    [
        ([], {"code": 0, "signal": None, "reason": "completed", "step": 3, "message": None}),
        (["--fail"], {"code": 1, "signal": None, "reason": "failed", "step": 3}),
        (["--crash"], {"code": 1, "signal": None, "reason": "failed", "step": None}),
        (["--abort-after-end"], {"code": None, "signal": "SIGABRT", "reason": "completed"}),
    ],
)
def test_end_of_the_trainer_is_recorded(tmp_path, options, expected):
    folder = make_run(tmp_path / "run", *options)
    record = run_to_end(folder)
    assert {name: record[name] for name in expected} == expected
    assert record["restart"] == read(folder / "proc.json")["restart"] == 0
    assert record["last_seq"] == events(folder)[-1]["seq"]
    assert not list(folder.glob(".*"))
    if "--crash" in options:
        assert "the stub was told to crash" in record["message"]


def test_trainer_that_cannot_start(tmp_path):
    folder = make_run(tmp_path / "run", interpreter="/nonexistent/python")
    record = run_to_end(folder)
    assert (record["reason"], record["code"], record["restart"]) == ("start-failed", None, 0)
    assert "/nonexistent/python does not exist" in record["message"]


@needs_proc
def test_a_run_whose_folder_is_deleted_is_ended(tmp_path):
    folder = make_run(tmp_path / "run", "--steps", 100000, "--step-s", 0.05, "--deaf")
    process = supervise(folder)
    trainer = started(folder)["trainer"]["pid"]
    until(lambda: shutil.rmtree(folder, ignore_errors=True) or not folder.exists())
    until(lambda: is_gone(trainer))
    assert process.wait(10) == 0
    assert not folder.exists()


def test_folder_without_a_run_is_refused(tmp_path):
    (tmp_path / "run.json").write_text('{"version":2}')
    assert supervise(tmp_path).wait(10) == 2
    assert not (tmp_path / "proc.json").exists()


def test_process_facts_and_heartbeat(tmp_path):
    folder = make_run(tmp_path / "run", "--steps", 500, "--step-s", 0.02)
    supervisor = supervise(folder)
    proc = started(folder)
    beat = until(lambda: read(folder / "heartbeat.json") if read(folder / "heartbeat.json").get("step") else None)
    request_stop(folder)
    supervisor.wait(20)
    assert proc["supervisor"]["pid"] == supervisor.pid
    assert proc["trainer"]["pid"] == proc["trainer"]["pgid"] != supervisor.pid
    assert proc["host"] and len(proc["nonce"]) == 32 and proc["boot_id"]
    assert beat["restart"] == 0 and beat["phase"] == "updating" and beat["trainer_ts"] <= beat["ts"] + 1
    assert beat["stop"] is None
    if process_facts.LINUX:
        assert isinstance(proc["trainer"]["start_ticks"], int) and beat["rss"] > 1 << 20


@pytest.mark.parametrize("save", [True, False])
def test_stop_by_request_is_acknowledged(tmp_path, save):
    folder = make_run(tmp_path / "run", "--steps", 10000, "--step-s", 0.01, t1_s=30)
    supervisor = supervise(folder)
    started(folder)
    request_stop(folder, restart=7, identifier="other-restart")
    (folder / "control" / "garbage.json").write_text("{]")
    request_stop(folder, save=save)
    assert supervisor.wait(20) == 0
    record = read(folder / "exit.json")
    assert (record["reason"], record["code"], record["stop"]["sent"]) == ("stopped", 0, None)
    acks = [event for event in events(folder) if event["type"] == "stop_ack"]
    assert [(ack["id"], ack["mode"]) for ack in acks] == [("stop-1", "save" if save else "discard")]
    assert (folder / "checkpoints").exists() == save


@pytest.mark.parametrize("save, reason", [(True, "killed"), (False, "stopped")])
def test_ladder_ends_a_deaf_trainer(tmp_path, save, reason):
    folder = make_run(tmp_path / "run", "--steps", 10000, "--step-s", 0.01, "--deaf")
    supervisor = supervise(folder)
    started(folder)
    request_stop(folder, save=save)
    beat = until(lambda: read(folder / "heartbeat.json") if read(folder / "heartbeat.json").get("stop") else None)
    assert beat["stop"]["id"] == "stop-1" and beat["stop"]["term_at"] > beat["stop"]["since"]
    assert supervisor.wait(20) == 0
    record = read(folder / "exit.json")
    assert (record["reason"], record["signal"], record["stop"]["sent"]) == (reason, "SIGKILL", "SIGKILL")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_to_the_supervisor_means_stop_and_save(tmp_path, number):
    folder = make_run(tmp_path / "run", "--steps", 10000, "--step-s", 0.01, t1_s=30)
    supervisor = supervise(folder)
    started(folder)
    supervisor.send_signal(signal.SIGHUP)
    supervisor.send_signal(number)
    assert supervisor.wait(20) == 0
    assert read(folder / "exit.json")["reason"] == "stopped"
    assert list((folder / "checkpoints").iterdir())


def test_trainer_killed_by_somebody_else(tmp_path):
    folder = make_run(tmp_path / "run", "--steps", 10000, "--step-s", 0.001)
    supervisor = supervise(folder)
    os.kill(started(folder)["trainer"]["pid"], signal.SIGKILL)
    assert supervisor.wait(20) == 0
    record = read(folder / "exit.json")
    assert (record["reason"], record["signal"], record["code"]) == ("killed", "SIGKILL", None)
    assert record["message"] == "The trainer was ended by SIGKILL."
    assert isinstance(record["gpu_left"], list) and record["swept"] == 0
    assert record["last_seq"] == len(events(folder)) - 1 and record["step"] == events(folder)[-1]["step"]


def test_second_supervisor_is_refused(tmp_path):
    folder = make_run(tmp_path / "run", "--steps", 10000, "--step-s", 0.01)
    first = supervise(folder)
    proc = started(folder)
    assert supervise(folder).wait(10) == 3
    assert read(folder / "proc.json") == proc
    request_stop(folder)
    assert first.wait(20) == 0


def test_other_machine_is_respected_while_its_heart_beats(tmp_path):
    folder = make_run(tmp_path / "run")
    run_to_end(folder)
    proc, beat = read(folder / "proc.json"), read(folder / "heartbeat.json")
    (folder / "exit.json").unlink()
    (folder / "proc.json").write_text(json.dumps({**proc, "host": "elsewhere"}))
    (folder / "heartbeat.json").write_text(json.dumps({**beat, "ts": beat["ts"] + 5}))
    assert supervise(folder).wait(10) == 3
    (folder / "heartbeat.json").write_text(json.dumps({**beat, "ts": beat["ts"] - 3600}))
    assert run_to_end(folder)["restart"] == 1


def test_killed_supervisor_lets_the_trainer_save_and_stop(tmp_path):
    folder = make_run(tmp_path / "run", "--steps", 10000, "--step-s", 0.01)
    supervisor = supervise(folder)
    trainer = started(folder)["trainer"]["pid"]
    supervisor.kill()
    supervisor.wait(10)
    until(lambda: is_gone(trainer))
    assert events(folder)[-1]["status"] == "stopped"
    assert not (folder / "exit.json").exists()
    make_run(folder)
    record = run_to_end(folder, "--resume", "auto")
    assert (record["restart"], record["reason"]) == (1, "completed")
    proc = read(folder / "proc.json")
    start = [event for event in events(folder) if event["type"] == "run_start" and event["restart"] == 1][0]
    assert start["resume"]["from"] == proc["resume"]["path"]
    assert [event["seq"] for event in events(folder) if event["restart"] == 1][0] == 0


@needs_proc
def test_new_supervisor_adopts_a_living_trainer(tmp_path):
    folder = make_run(tmp_path / "run", "--steps", 10000, "--step-s", 0.01, "--deaf", "--escapees", 2)
    supervisor = supervise(folder)
    before = started(folder)
    supervisor.kill()
    supervisor.wait(10)
    adopter = supervise(folder, "--resume", "auto")
    proc = until(lambda: read(folder / "proc.json") if read(folder / "proc.json").get("adopted") else None)
    assert (proc["trainer"], proc["restart"], proc["nonce"]) == (before["trainer"], 0, before["nonce"])
    assert proc["supervisor"]["pid"] == adopter.pid
    request_stop(folder)
    assert adopter.wait(20) == 0
    record = read(folder / "exit.json")
    assert (record["restart"], record["reason"], record["code"], record["signal"]) == (0, "killed", None, None)
    assert "exit status is unknown" in record["message"]
    assert is_gone(proc["trainer"]["pid"])
    pids = escapees(folder)
    assert len(pids) == 2 and is_gone(pids[0])
    # The second one forgot its environment and lost its sub-reaper with the first supervisor: nothing identifies it.
    os.kill(pids[1], signal.SIGKILL)


@needs_proc
@pytest.mark.parametrize("options", [[], ["--steps", 10000, "--step-s", 0.01, "--deaf"]])
def test_escaped_grandchildren_are_swept(tmp_path, options):
    folder = make_run(tmp_path / "run", "--escapees", 4, *options)
    supervisor = supervise(folder)
    if options:
        started(folder)
        request_stop(folder)
    assert supervisor.wait(20) == 0
    pids = escapees(folder)
    assert len(pids) == 4 and all(map(is_gone, pids))
    assert read(folder / "exit.json")["swept"] >= 4


@needs_proc
def test_leftovers_of_a_dead_restart_are_swept_before_the_next(tmp_path):
    folder = make_run(tmp_path / "run", "--steps", 10000, "--step-s", 0.01, "--escapees", 1)
    supervisor = supervise(folder)
    trainer = started(folder)["trainer"]["pid"]
    supervisor.kill()
    supervisor.wait(10)
    os.kill(trainer, signal.SIGKILL)
    until(lambda: is_gone(trainer))
    (pid,) = escapees(folder)
    assert not is_gone(pid)
    make_run(folder)
    assert run_to_end(folder)["reason"] == "completed"
    assert is_gone(pid)


@needs_proc
def test_a_copied_folder_leaves_the_original_alone(tmp_path):
    folder = make_run(tmp_path / "run", "--steps", 10000, "--step-s", 0.01)
    supervisor = supervise(folder)
    proc = started(folder)
    copy = make_run(tmp_path / "copy")
    (copy / "proc.json").write_text((folder / "proc.json").read_text())
    record = run_to_end(copy)
    assert (record["restart"], record["reason"]) == (1, "completed")
    assert not is_gone(proc["trainer"]["pid"])
    request_stop(folder)
    assert supervisor.wait(20) == 0


@needs_proc
def test_forged_record_harms_nobody(tmp_path):
    """A bystander that got the pid in proc.json is neither adopted nor signalled."""
    folder = make_run(tmp_path / "run")
    run_to_end(folder)
    bystander = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(60)"], start_new_session=True)
    try:
        ticks = process_facts.start_ticks(bystander.pid) - 1
        forged = {"trainer": {"pid": bystander.pid, "pgid": bystander.pid, "start_ticks": ticks}}
        (folder / "proc.json").write_text(json.dumps({**read(folder / "proc.json"), **forged}))
        assert run_to_end(folder)["reason"] == "completed"
        assert bystander.poll() is None
        assert not read(folder / "proc.json")["adopted"]
    finally:
        bystander.kill()
        bystander.wait()


def test_flood_never_blocks_and_is_rotated(tmp_path):
    limit = 8 << 20
    folder = make_run(tmp_path / "run", "--flood", 200 << 20, "--steps", 120, "--step-s", 0.01, log_limit_bytes=limit)
    record = run_to_end(folder)
    assert record["reason"] == "completed"
    assert (folder / "stdout.log.1").stat().st_size <= 2 * limit
    assert (folder / "stdout.log").stat().st_size < 200 << 20


def test_a_resume_is_called_off_while_the_checkpoint_is_read(tmp_path):
    folder = make_run(tmp_path / "run")
    assert run_to_end(folder)["reason"] == "completed"
    checkpoint = folder / "checkpoints" / "checkpoint-9"
    checkpoint.mkdir(parents=True)
    os.mkfifo(str(checkpoint / "weights"))  # opening it waits for a writer, as reading 36 GB waits for a disk
    files = [{"name": "weights", "bytes": 0, "sha256": ""}]
    (checkpoint / "coldstart-manifest.json").write_text(json.dumps({"version": 1, "files": files}))
    process = supervise(folder, "--resume", "auto")
    until(lambda: read(folder / "proc.json").get("restart") == 1)
    assert read(folder / "proc.json")["trainer"] is None
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0, (folder / "supervisor.log").read_text()
    record = read(folder / "exit.json")
    assert (record["restart"], record["reason"], record["message"]) == (1, "stopped", None)


def test_resume_passes_over_damaged_checkpoints(tmp_path):
    folder = make_run(tmp_path / "run", "--steps", 2)
    run_to_end(folder)
    assert run_to_end(folder, "--resume", "auto")["step"] == 4
    (folder / "checkpoints" / "checkpoint-4" / "model.bin").write_bytes(b"5" * 4000)
    (folder / "checkpoints" / "checkpoint-9").mkdir()
    record = run_to_end(folder, "--resume", "auto")
    proc = read(folder / "proc.json")
    assert proc["resume"]["step"] == 2 and record["step"] == 4
    assert [text.split(" ")[0] for text in proc["passed_over"]] == ["checkpoint-9", "checkpoint-4"]
    record = run_to_end(folder, "--resume", folder / "checkpoints" / "checkpoint-9")
    assert record["reason"] == "start-failed" and "coldstart-manifest.json" in record["message"]
    assert record["restart"] == 3
