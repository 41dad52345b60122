"""Checks of rewards: ground truths graded against themselves, and each reward called on real rows."""

from __future__ import annotations

import time
from typing import Any, Dict, List, Optional

from .check_findings import Finding, Findings, Prepared, some
from .extraction import wrap
from .plural import many
from .rewards import AnswerReward, RewardFailure, build, close, start

DRY_RUN = 8
"""Rows each reward is called on."""
GRADED_S = 20.0
"""Seconds that grading ground truths against themselves may take before the rest is left out."""


class DryRun:
    """The rewards of a run, tried on its rows; their processes import from the moment this is made. Close it."""

    def __init__(self, run: Prepared) -> None:
        self._run = run
        self._reports: List[str] = []
        self._rewards: List[Any] = []
        self._failure: Optional[RewardFailure] = None
        try:
            self._rewards = build(run.spec, self._report)
            start(self._rewards)
        except RewardFailure as error:
            self._failure = error

    def _report(self, reward: str, error: str, **_: Any) -> None:
        self._reports.append("%s: %s" % (reward, error))

    def close(self) -> None:
        """End the processes."""
        close(self._rewards)

    def findings(self) -> Findings:
        """Each ground truth graded against itself, and each reward called on real rows, in this interpreter."""
        try:
            if self._failure:
                raise self._failure
            for reward in self._rewards:
                if isinstance(reward, AnswerReward):
                    yield from _self_graded(self._run, reward, self._run.spec["extraction"])
            for reward in self._rewards:
                yield from self._called(reward)
        except RewardFailure as error:
            yield Finding("reward-dry-run", "error", str(error), error.hint, error.place)
        for text in self._reports:
            yield Finding("reward-dry-run", "warning", text, "", ("rewards", text.partition(":")[0]))

    def _called(self, reward: Any) -> Findings:
        run, rule, place = self._run, self._run.spec["extraction"], ("rewards", reward.__name__)
        rows = [row for row in run.rows if row.get("ground_truth") is not None][:DRY_RUN] or run.rows[:DRY_RUN]
        texts = [
            row.get("completion") or wrap(str(row.get("ground_truth")), rule) or str(row.get("ground_truth"))
            for row in rows
        ]
        began = time.monotonic()
        values = reward(
            prompts=[row["messages"] for row in rows],
            completions=[[{"role": "assistant", "content": text}] for text in texts],
            completion_ids=[[0] for _ in rows],
            ground_truth=[row.get("ground_truth") for row in rows],
            solution=[row.get("ground_truth") for row in rows],
            trace=[row["trace"] for row in rows],
            image_paths=[row["images"] for row in rows],
        )
        seconds = time.monotonic() - began
        shown = ", ".join("none" if value is None else "%g" % value for value in values)
        yield Finding(
            "reward-dry-run",
            "info",
            "%s gives %s on %s (%.2f s)." % (reward.__name__, shown, many(len(rows), "trace"), seconds),
            "",
            place,
        )
        if rows and all(value is None for value in values) and self._reports:
            yield Finding(
                "reward-dry-run",
                "error",
                "%s gave no number for any of %s (%s)."
                % (reward.__name__, many(len(rows), "trace"), self._reports.pop()),
                "Return one finite number, or None, for each completion.",
                place,
            )
        elif rows and all(value is None for value in values):
            yield Finding(
                "reward-dry-run",
                "warning",
                "%s applies to none of %s." % (reward.__name__, many(len(rows), "trace")),
                "Check what it expects: TRL calls it with prompts, completions, ground_truth and the other columns.",
                place,
            )


def _self_graded(run: Prepared, reward: Any, rule: str) -> Findings:
    truths: Dict[str, str] = {}
    for row in run.rows:
        if row.get("ground_truth") is not None:
            truths.setdefault(str(row["ground_truth"]), row["trace"]["id"])
    pairs = [(wrap(truth, rule), truth) for truth in truths]
    pairs = [pair for pair in pairs if pair[0] is not None]
    if not pairs and truths:
        yield Finding("reward-dry-run", "info", "Ground truths cannot be tried with extraction %s." % rule)
        return
    wrong, asked, began = [], 0, time.monotonic()
    for first in range(0, len(pairs), 200):
        if time.monotonic() - began > GRADED_S:
            break
        part = pairs[first : first + 200]
        asked += len(part)
        for (_, truth), verdict in zip(part, reward.grade(part)):
            if verdict["state"] != "correct":
                wrong.append("%s (trace %s)" % (truth, truths[truth]))
    if wrong:
        yield Finding(
            "reward-dry-run",
            "error" if len(wrong) * 10 > asked else "warning",
            "Not graded correct against themselves, so that no rollout can earn the reward: %d of %s, %s."
            % (len(wrong), many(asked, "ground truth"), some(wrong)),
            "Correct these ground truths, or choose another extraction.",
        )
    elif pairs:
        yield Finding(
            "reward-dry-run",
            "info",
            "Correct against themselves: %d of %s." % (asked, many(len(pairs), "distinct ground truth")),
        )
