"""Makes the package importable without installing it, and ends processes that a failed test leaves."""

import os
import signal
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import supervised_runs


@pytest.fixture(autouse=True)
def no_supervisor_stays():
    """Only a supervisor that is still ours to wait for is killed, and the trainer group its proc.json names."""
    supervised_runs.STARTED.clear()
    yield
    for process, folder in supervised_runs.STARTED:
        if process.poll() is None:
            process.kill()
            process.wait()
            trainer = supervised_runs.read(folder / "proc.json").get("trainer") or {}
            if isinstance(trainer.get("pgid"), int) and not supervised_runs.is_gone(trainer["pid"]):
                os.killpg(trainer["pgid"], signal.SIGKILL)
