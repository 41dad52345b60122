"""Run folders of these tests, which need the trainer environment: without torch or TRL each module is skipped."""

import json
import os
import sys
from pathlib import Path

import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("OMP_NUM_THREADS", "1")
PACKAGE_ROOT = Path(__file__).resolve().parent.parent
if str(PACKAGE_ROOT) not in sys.path:
    sys.path.insert(0, str(PACKAGE_ROOT))

torch = pytest.importorskip("torch", reason="the trainer environment is needed: torch is not installed")
pytest.importorskip("trl", reason="the trainer environment is needed: trl is not installed")

from coldstart_trainer import train  # noqa: E402
from coldstart_trainer.json_lines import open_line  # noqa: E402

DEFAULTS = {
    "version": 1,
    "trainer": "trl",
    "prompt": {"system": "", "template": "{prompt}"},
    "extraction": "boxed",
    "rewards": [{"name": "answer", "weight": 1, "timeout_s": 30}],
    "batch_size": 8,
    "gradient_accumulation": 1,
    "group_size": 4,
    "max_length": None,
    "max_completion_length": 12,
    "max_pixels": 100_000,
    "temperature": 1,
    "top_p": 1,
    "schedule": "constant",
    "warmup_steps": 0,
    "beta": 0,
    "max_grad_norm": 1,
    "learning_rate": 1e-3,
    "lora": None,
    "device": "cpu",
    "threads": 1,
    "seed": 0,
    "save_steps": 50,
    "save_limit": 2,
    "log_steps": 1,
    "max_steps": 3,
    "rollouts": "all",
    "trainer_args": {},
}
"""What TypeScript fills in, with lengths that keep these tests short."""


class Run:
    """A prepared run folder and what it holds after training in this process."""

    def __init__(self, folder, record):
        self.folder, self.record = folder, record

    def train(self, monkeypatch, restart=0, resume=None):
        """Train here, as `python -m coldstart_trainer train` would, and return its exit status."""
        monkeypatch.setenv("COLDSTART_RESTART", str(restart))
        import signal

        before = signal.getsignal(signal.SIGTERM)
        try:
            return train.main([str(self.folder)] + (["--resume", str(resume)] if resume else []))
        finally:
            signal.signal(signal.SIGTERM, before)

    def events(self, type=None, restart=None):
        """Whole events, of one type or restart when given."""
        lines = (self.folder / "events.jsonl").read_bytes().splitlines()
        found = [open_line(line) for line in lines]
        assert all(found), "a damaged event line"
        return [
            event
            for event in found
            if (type is None or event["type"] == type) and (restart is None or event["restart"] == restart)
        ]

    def end(self):
        """The last event."""
        last = self.events()[-1]
        assert last["type"] == "run_end"
        return last

    def groups(self):
        """All group lines of all steps."""
        paths = sorted((self.folder / "rollouts").glob("step-*.jsonl"), key=lambda path: int(path.stem[5:]))
        return [open_line(line) for path in paths for line in path.read_bytes().splitlines()]

    def checkpoint(self, step):
        """Folder of one checkpoint."""
        return self.folder / "checkpoints" / ("checkpoint-%d" % step)

    def request_stop(self, save=True, restart=0):
        """A stop request, as the extension writes it."""
        control = self.folder / "control"
        control.mkdir(exist_ok=True)
        request = {"id": "stop-%d" % restart, "restart": restart, "cmd": "stop", "save": save, "ts": 1.0}
        (control / ("stop-%d.json" % restart)).write_text(json.dumps(request))


def input_rows(path, change=None):
    """Rows of a drawn file in the shape of inputs/*.jsonl."""
    rows = []
    for index, line in enumerate(path.read_text().splitlines()):
        row = json.loads(line)
        messages, completion = row["messages"], None
        if messages[-1]["role"] == "assistant":
            completion, messages = messages[-1]["content"], messages[:-1]
        made = {
            "trace": {"id": row["id"], "index": index, "source": str(path)},
            "messages": messages,
            "completion": completion,
            "images": [str(path.parent / image) for image in row["images"]],
            "ground_truth": row.get("ground_truth"),
        }
        rows.append(change(made) if change else made)
    return rows
