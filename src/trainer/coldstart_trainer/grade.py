"""`grade`: reads `{id, completion, ground_truth, extraction}` lines, writes the verdicts of mathruler and Math-Verify."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any, Dict, List, Optional

from .rewards import GRADE_S
from .worker_process import Worker, WorkerFailure

BATCH = 64


def main(argv: Optional[List[str]] = None) -> int:
    """One line out for each line in, in order; a row that takes too long or cannot be read gets `{"error": …}`."""
    argparse.ArgumentParser(prog="python -m coldstart_trainer grade", description=__doc__).parse_args(argv)
    graders = {"mathruler": "grade", "math_verify": "verify"}
    workers = {name: Worker({"do": "warm"}, limited=True) for name in graders}
    try:
        for worker in workers.values():
            worker.start()
        waiting: List[Any] = []
        for line in sys.stdin:
            if line.strip():
                waiting.append(_read(line))
            if len(waiting) == BATCH:
                _answer(waiting, graders, workers)
                waiting = []
        _answer(waiting, graders, workers)
    finally:
        for worker in workers.values():
            worker.close()
    return 0


def _read(line: str) -> Dict[str, Any]:
    try:
        row = json.loads(line)
        return {
            "id": row.get("id"),
            "completion": str(row["completion"]),
            "ground_truth": str(row["ground_truth"]),
            "rule": row.get("extraction") or "boxed",
        }
    except (ValueError, KeyError, AttributeError) as error:
        return {"id": None, "broken": "not a row: %s" % error}


def _answer(rows: List[Dict[str, Any]], graders: Dict[str, str], workers: Dict[str, Worker]) -> None:
    answers: List[Dict[str, Any]] = [{"id": row["id"]} for row in rows]
    for rule in {row["rule"] for row in rows if "broken" not in row}:
        places = [place for place, row in enumerate(rows) if row.get("rule") == rule]
        items = [[rows[place]["completion"], rows[place]["ground_truth"]] for place in places]
        for name, worker in workers.items():
            for place, verdict in zip(places, _verdicts(worker, graders[name], rule, items)):
                answers[place][name] = verdict
    for answer, row in zip(answers, rows):
        if "broken" in row:
            answer.update({name: {"error": row["broken"]} for name in graders})
        print(json.dumps(answer), flush=True)


def _verdicts(worker: Worker, do: str, rule: str, items: List[Any]) -> List[Dict[str, Any]]:
    try:
        replies = worker.ask_each({"do": do, "rule": rule}, items, GRADE_S)
    except WorkerFailure as error:
        return [{"error": str(error)} for _ in items]
    return [_verdict(reply, why) for reply, why in replies]


def _verdict(reply: Optional[Dict[str, Any]], why: Optional[WorkerFailure]) -> Dict[str, Any]:
    if reply is None:
        return {"error": str(why)}
    error = reply.get("error")
    if isinstance(error, dict):
        return {"error": "%s: %s" % (error["type"], error["message"])}
    if error:
        return {"state": reply["state"], "extracted": reply["extracted"], "error": error}
    return {"state": reply["state"], "extracted": reply["extracted"]}
