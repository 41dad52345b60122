"""Writes the example workspace: images/*.png and one JSONL file per use."""

from __future__ import annotations

import json
import os
from typing import Any, Callable, Dict, Iterable

from . import boards
from .boards import Problem

FILES = ("traces", "answers-only", "problems", "world", "test")


def draw(
    folder: str, seed: int, traces: int, problems: int, world: int, test: int, progress: Callable[[int, int], None]
) -> Dict[str, int]:
    """Write all files, each by temp name and rename, and return how many rows each has. Same arguments, same bytes."""
    os.makedirs(os.path.join(folder, "images"), exist_ok=True)
    wanted = {"sft": traces, "rl": problems, "world": world, "test": test}
    total, done = sum(wanted.values()), 0
    rows: Dict[str, list] = {name: [] for name in FILES}
    for split, count in wanted.items():
        for problem in boards.problems(split, count, seed):
            name = "images/%s-%d.png" % (split, problem.seed)
            path = os.path.join(folder, name)
            if not os.path.exists(path):
                temporary = "%s.%d.tmp" % (path, os.getpid())
                boards.picture(problem).save(temporary, format="PNG")
                os.replace(temporary, path)
            _add(rows, split, problem, name)
            done += 1
            progress(done, total)
    for name in FILES:
        _write(os.path.join(folder, name + ".jsonl"), rows[name])
    return {name: len(rows[name]) for name in FILES}


def _add(rows: Dict[str, list], split: str, problem: Problem, image: str) -> None:
    facts = {"kind": problem.kind, "seed": problem.seed}
    name = "%s-%d" % (split, problem.seed)
    if split == "sft":
        text = boards.trace(problem)
        way = "careful" if " yes " in text or " no " in text else "hasty"
        rows["traces"].append(boards.row(name, problem.prompt, text, image, problem.ground_truth, way=way, **facts))
        short = boards.answer_only(problem)
        rows["answers-only"].append(boards.row(name, problem.prompt, short, image, problem.ground_truth, **facts))
    elif split == "world":
        prompt, text = boards.world(problem)
        rows["world"].append(boards.row(name, prompt, text, image, None, **facts))
    else:
        target = "problems" if split == "rl" else "test"
        rows[target].append(boards.row(name, problem.prompt, None, image, problem.ground_truth, **facts))


def _write(path: str, rows: Iterable[Dict[str, Any]]) -> None:
    temporary = "%s.%d.tmp" % (path, os.getpid())
    with open(temporary, "w", encoding="utf-8", newline="\n") as file:
        for made in rows:
            file.write(json.dumps(made, ensure_ascii=False) + "\n")
    os.replace(temporary, path)
