"""A pid is a process only together with its start time and boot id."""

import os
import signal
import subprocess
import sys
import time

import pytest

from coldstart_trainer import process_facts
from coldstart_trainer.trainer_process import Trainer, still_running

needs_proc = pytest.mark.skipif(not process_facts.LINUX, reason="needs /proc")


@pytest.fixture
def bystander():
    command = [sys.executable, "-S", "-c", "import time; print(flush=True); time.sleep(60)"]
    process = subprocess.Popen(command, start_new_session=True, env={"COLDSTART_NONCE": "n1"}, stdout=subprocess.PIPE)
    process.stdout.readline()  # inside exec a process has no environment to be found by
    yield process
    process.kill()
    process.communicate()


def record(process, **changes):
    trainer = {"pid": process.pid, "pgid": process.pid, "start_ticks": process_facts.start_ticks(process.pid)}
    own = {
        "restart": 0,
        "nonce": "n1",
        "boot_id": process_facts.boot_id(),
        "pid_namespace": process_facts.pid_namespace(),
    }
    return {**own, "trainer": trainer, **changes}


@needs_proc
def test_only_the_very_same_process_is_still_running(bystander):
    true = record(bystander)
    found = still_running(true)
    assert found is not None and found.pid == bystander.pid
    ticks = true["trainer"]["start_ticks"]
    forgeries = [
        {"trainer": None},
        {"trainer": {"pid": bystander.pid}},
        {"trainer": {"pid": str(bystander.pid), "start_ticks": ticks}},
        {"trainer": {"pid": -1, "start_ticks": ticks}},
        {"trainer": {"pid": 0, "start_ticks": ticks}},
        {"trainer": {"pid": True, "start_ticks": ticks}},
        {"trainer": {"pid": 1, "start_ticks": ticks}},
        {"nonce": None},
        {"nonce": ""},
        {"restart": "0"},
        {"boot_id": "another"},
        {"boot_id": None},
        {"pid_namespace": "pid:[1]"},
        *({"trainer": {"pid": bystander.pid, "start_ticks": ticks + shift}} for shift in range(-100, 101) if shift),
    ]
    assert [forgery for forgery in forgeries if still_running({**true, **forgery})] == []
    bystander.kill()
    bystander.wait()
    assert still_running(true) is None


@needs_proc
def test_signals_need_the_right_start_time(bystander):
    ticks = process_facts.start_ticks(bystander.pid)
    wrong = [None, 0, *(ticks + shift for shift in range(-100, 101) if shift)]
    assert not any(process_facts.send(bystander.pid, other, signal.SIGKILL) for other in wrong)
    assert not any(Trainer(bystander.pid, other, "n1", False).signal_group(signal.SIGKILL) for other in wrong)
    assert bystander.poll() is None
    assert process_facts.send(bystander.pid, ticks, signal.SIGTERM)
    assert bystander.wait(10) == -signal.SIGTERM
    assert not process_facts.send(bystander.pid, ticks, signal.SIGTERM)


@needs_proc
def test_a_nonce_finds_its_own_processes_only(bystander):
    assert [item.pid for item in process_facts.with_environment("COLDSTART_NONCE", "n1")] == [bystander.pid]
    assert process_facts.with_environment("COLDSTART_NONCE", "n") == []
    assert Trainer(-1, None, "another", False).sweep(0.1) == 0
    assert bystander.poll() is None
    assert Trainer(-1, None, "n1", False).sweep(5) == 1
    assert bystander.wait(10) == -signal.SIGTERM


@needs_proc
def test_names_with_spaces_and_parentheses_do_not_shift_fields(tmp_path):
    name = tmp_path / "a) S 1 (b"
    os.symlink(sys.executable, str(name))
    process = subprocess.Popen([str(name), "-S", "-c", "print(flush=True); input()"], stdin=-1, stdout=-1)
    try:
        process.stdout.readline()
        assert process_facts.stat(process.pid).ppid == os.getpid()
        assert process_facts.is_same(process.pid, process_facts.start_ticks(process.pid))
    finally:
        process.communicate(b"\n")


@pytest.mark.parametrize("waitid", [True, False])
def test_without_proc_everything_degrades(monkeypatch, bystander, waitid):
    """As on macOS, where only ps and sysctl can be asked, and before Python 3.13 waitid is missing."""
    if not waitid:
        monkeypatch.delattr(os, "waitid", raising=False)
    monkeypatch.setattr(process_facts, "LINUX", False)
    assert process_facts.all_stats() == []
    assert process_facts.with_environment("COLDSTART_NONCE", "n1") == []
    assert process_facts.group_rss(bystander.pid) is None
    assert process_facts.become_subreaper() is False
    ticks = process_facts.start_ticks(bystander.pid)
    assert ticks is None or abs(ticks - time.time()) < 3600
    trainer = Trainer(bystander.pid, ticks, "n1", True)
    assert trainer.poll() is None
    assert trainer.signal_group(signal.SIGTERM)
    while trainer.poll() is None:
        pass
    assert trainer.poll().signal == "SIGTERM"
    assert trainer.sweep(0.1) == 0
    trainer.release()
