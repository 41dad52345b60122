"""A tiny model, a few boards and run folders, made once."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


@pytest.fixture(scope="session")
def boards(tmp_path_factory):
    """A drawn example workspace of 24 rows a file."""
    from coldstart_demo.drawing import draw

    folder = tmp_path_factory.mktemp("boards")
    draw(str(folder), 0, 24, 24, 24, 12, lambda done, total: None)
    return folder


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """A function that builds a random model of a kind once."""
    from coldstart_demo.tiny_models import build

    folder, made = tmp_path_factory.mktemp("models"), {}

    def model(kind="llava"):
        if kind not in made:
            made[kind] = build(str(folder / kind), kind, 0)["path"]
        return made[kind]

    return model


@pytest.fixture
def prepare(tmp_path, boards, models):
    """A function that writes a run folder: stage, model and spec fields that differ from DEFAULTS."""
    from torch_runs import DEFAULTS, Run, input_rows

    count = 0

    def make(stage, model=None, rows=None, eval_rows=None, **spec):
        nonlocal count
        count += 1
        folder = tmp_path / ("run-%d" % count)
        (folder / "inputs").mkdir(parents=True)
        if rows is None:
            rows = input_rows(boards / ("traces.jsonl" if stage == "sft" else "problems.jsonl"))
        model = str(model or models())
        for split, some in (("train", rows), ("eval", eval_rows)):
            if some is not None:
                text = "".join(json.dumps(row) + "\n" for row in some)
                (folder / "inputs" / (split + ".jsonl")).write_text(text)
        record = {
            "version": 1,
            "run": folder.name,
            "name": folder.name,
            "stage": stage,
            "trainer": "trl",
            "argv": [sys.executable, "-m", "coldstart_trainer", "train", str(folder)],
            "env": {},
            "spec": {**DEFAULTS, "name": folder.name, "stage": stage, "model": model, **spec},
            "model": {"given": model, "path": model},
            "dataset": {
                "path": str(boards / "traces.jsonl"),
                "sha256": "",
                "traces": len(rows),
                "rows_selected": len(rows),
            },
            "inputs": {"train": "inputs/train.jsonl", "eval": "inputs/eval.jsonl" if eval_rows is not None else None},
        }
        (folder / "run.json").write_text(json.dumps(record))
        return Run(folder, record)

    return make
