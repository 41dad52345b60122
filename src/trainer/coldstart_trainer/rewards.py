"""The rewards of a run as functions in TRL's contract, each behind a time limit that survives a hang.

A reward that fails ends the run with a sentence naming it; nothing is ever scored 0 because of an error. None and NaN
mean "does not apply" (TRL leaves them out of the sum, and a rollout without any reward out of its group's mean) and are
counted. One completion that hangs or kills a grader is such a None: told as a `reward_error`, and the run goes on.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from .extraction import ExtractionError, extract
from .plural import many
from .worker_process import Worker, WorkerDied, WorkerFailure, WorkerTimeout

GRADE_S = 5.0
"""Seconds one answer may be graded; mathruler itself has no limit and `9**9**9` would hang it."""
FORMAT_PATTERN = r"(?:(?!\\boxed\{).)*\\boxed\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}[\s.$]*"
"""Default of the format reward: one `\\boxed{}` in the whole completion, closed, with nothing but `.` or `$` after it."""
BUILT_IN = ("answer", "format")
_MEMO = 100_000

Report = Callable[..., None]
"""`report(reward=…, error=…, traceback=…, trace=…)`: writes a `reward_error` event."""


Graded = Tuple[Optional[Dict[str, Any]], Optional[WorkerFailure]]
"""A grader's reply to one completion, or why there is none."""


class RewardFailure(RuntimeError):
    """A reward that cannot be trusted any more: `name` says which, `place` what in the run spec, `hint` what to do."""

    def __init__(
        self, name: str, message: str, hint: str, traceback: str = "", place: Optional[Tuple[str, ...]] = None
    ) -> None:
        super().__init__(message)
        self.name = name
        self.place = place or ("rewards", name)
        self.hint = hint
        self.reward_traceback = traceback


class AnswerReward:
    """1.0 when mathruler grades the extracted answer equal to the ground truth, else 0.0; None without a ground truth."""

    def __init__(self, rule: str, limit_s: float, report: Report) -> None:
        extract("", rule)  # an unusable rule fails here, not in the middle of a run
        self._rule = rule
        self._limit_s = min(limit_s, GRADE_S)
        self._report = report
        self._memo: "OrderedDict[Tuple[str, str], Dict[str, Any]]" = OrderedDict()
        self.worker = Worker({"do": "warm"}, limited=True)

    def grade(self, pairs: Sequence[Tuple[str, str]]) -> List[Dict[str, Any]]:
        """`{state, extracted, value}` of each (completion, ground truth); one without a verdict has state none and `why`.

        It is remembered when the completion itself took too long, not when its process died, which others can cause.
        """
        _must_load("answer", self.worker)
        fresh = list(OrderedDict.fromkeys(pair for pair in pairs if pair not in self._memo))
        found: Dict[Tuple[str, str], Dict[str, Any]] = {pair: self._memo[pair] for pair in pairs if pair in self._memo}
        replies = _graded("answer", self.worker, {"do": "grade", "rule": self._rule}, fresh, self._limit_s)
        for pair, (reply, why) in zip(fresh, replies):
            if reply is not None and "error" in reply:
                _fail("answer", reply["error"], "The extraction rule or mathruler itself failed; see the trace-back.")
            found[pair] = reply or {"state": "none", "extracted": None, "value": None, "why": str(why)}
            if not isinstance(why, WorkerDied):
                self._memo[pair] = found[pair]
        while len(self._memo) > _MEMO:
            self._memo.popitem(last=False)
        return [found[pair] for pair in pairs]

    def __call__(
        self, completions: List[Any], ground_truth: Sequence[Optional[str]], **columns: Any
    ) -> List[Optional[float]]:
        texts = [text_of(completion) for completion in completions]
        asked = [place for place, truth in enumerate(ground_truth) if truth is not None]
        values: List[Optional[float]] = [None] * len(texts)
        verdicts = self.grade([(texts[place], str(ground_truth[place])) for place in asked])
        for place, verdict in zip(asked, verdicts):
            values[place] = verdict["value"]
            if "why" in verdict:
                _tell(self._report, "answer", verdict["why"], columns, place)
        return values


class FormatReward:
    """1.0 when the whole completion matches a regular expression, else 0.0; None where matching did not end."""

    def __init__(self, name: str, pattern: Optional[str], limit_s: float, report: Report) -> None:
        self._name = name
        self._report = report
        self._pattern = FORMAT_PATTERN if pattern is None else pattern
        self._limit_s = min(limit_s, GRADE_S)
        self.worker = Worker({"do": "match", "pattern": self._pattern, "items": [""]}, limited=True)

    def __call__(self, completions: List[Any], **columns: Any) -> List[Optional[float]]:
        _must_load(self._name, self.worker)
        texts = [text_of(completion) for completion in completions]
        replies = _graded(self._name, self.worker, {"do": "match", "pattern": self._pattern}, texts, self._limit_s)
        if texts and all(isinstance(why, WorkerTimeout) for _, why in replies):
            raise RewardFailure(
                self._name,
                "The reward %s gave %s: its pattern backtracks without end on %s."
                % (self._name, replies[0][1], many(len(texts), "completion")),
                "Write the pattern without nested repetitions such as (a+)+.",
            )
        values: List[Optional[float]] = []
        for place, (reply, why) in enumerate(replies):
            if reply is not None and "error" in reply:
                _fail(self._name, reply["error"], "Correct its pattern in the run spec.")
            if why is not None:
                _tell(self._report, self._name, str(why), columns, place)
            values.append(reply["value"] if reply else None)
        return values


class FileReward:
    """A person's `file.py:function` in TRL's contract, in a process of its own that is ended when a call takes too long."""

    def __init__(self, name: str, place: str, limit_s: float, report: Report) -> None:
        self._name = name
        self._limit_s = limit_s
        self._report = report
        file, _, function = place.rpartition(":")
        self._place = place
        self.worker = Worker({"do": "load", "file": file, "function": function})

    def __call__(
        self,
        prompts: List[Any],
        completions: List[Any],
        completion_ids: List[List[int]],
        trainer_state: Any = None,
        log_extra: Optional[Callable[[str, List[Any]], None]] = None,
        log_metric: Optional[Callable[[str, float], None]] = None,
        **columns: Any,
    ) -> List[Optional[float]]:
        _must_load(self._name, self.worker)
        columns.pop("images", None)  # the worker opens them itself, by image_paths
        message = {
            "do": "call",
            "prompts": [without_images(prompt) for prompt in prompts],
            "completions": completions,
            "completion_ids": completion_ids,
            "columns": columns,
            "state": {
                name: getattr(trainer_state, name, None)
                for name in ("global_step", "max_steps", "epoch", "num_train_epochs")
            },
        }
        try:
            reply = self.worker.ask(message, self._limit_s)
        except WorkerTimeout:
            raise RewardFailure(
                self._name,
                "The reward %s (%s) took longer than %g s for %s."
                % (self._name, self._place, self._limit_s, many(len(completions), "completion")),
                "Give the function its own time limits, or raise timeout_s of this reward in the run spec.",
            ) from None
        except WorkerDied as error:
            raise RewardFailure(
                self._name,
                "The reward %s (%s) ended its process: %s." % (self._name, self._place, error),
                "Reward code must not exit or run out of memory; what it printed is in stderr.log of the run.",
            ) from None
        if "error" in reply:
            _fail(self._name, reply["error"], "Correct %s." % self._place)
        values = self._checked(reply["values"], len(completions))
        for column, cells in reply["extra"].items():
            if log_extra and len(cells) == len(completions):
                log_extra(column, cells)
        for name, value in reply["metrics"]:
            if log_metric:
                log_metric(name, value)
        return values

    def _checked(self, values: List[Optional[float]], expected: int) -> List[Optional[float]]:
        if len(values) != expected:
            raise RewardFailure(
                self._name,
                "The reward %s (%s) returned %s for %s."
                % (self._name, self._place, many(len(values), "value"), many(expected, "completion")),
                "Return one number, or None, for each completion, in the same order.",
            )
        odd = [value for value in values if value is not None and not math.isfinite(value)]
        if odd:
            self._report(
                reward=self._name,
                error="%d of %d values are not finite (%s); they count as not applicable"
                % (len(odd), expected, odd[0]),
                traceback="",
            )
        return [value if value is not None and math.isfinite(value) else None for value in values]


Reward = Any


def build(spec: Dict[str, Any], report: Report) -> List[Reward]:
    """The rewards of a run spec, in order, with their names; RewardFailure for one that cannot be built."""
    rewards: List[Reward] = []
    for entry in spec["rewards"]:
        name, limit_s = entry["name"], float(entry.get("timeout_s") or 30.0)
        try:
            if entry.get("file"):
                reward: Reward = FileReward(name, entry["file"], limit_s, report)
            elif name == "answer":
                reward = AnswerReward(spec.get("extraction", "boxed"), limit_s, report)
            elif name == "format":
                reward = FormatReward(name, entry.get("pattern"), limit_s, report)
            else:
                raise RewardFailure(
                    name,
                    "The reward %s is not built in (%s) and has no file." % (name, ", ".join(BUILT_IN)),
                    'Add "file": "rewards.py:%s" to it in the run spec.' % name,
                )
        except ExtractionError as error:
            raise RewardFailure(
                name,
                "The reward %s cannot start: %s." % (name, error),
                "Correct extraction in the run spec.",
                place=("extraction",),
            ) from error
        reward.__name__ = name  # TRL names metrics after it
        rewards.append(reward)
    return rewards


def start(rewards: Sequence[Reward]) -> None:
    """Start the processes of all rewards, so that they import while the model loads."""
    for reward in rewards:
        reward.worker.start()


def close(rewards: Sequence[Reward]) -> None:
    """End the processes of all rewards."""
    for reward in rewards:
        reward.worker.close()


def text_of(completion: Any) -> str:
    """The text of a completion, which TRL hands over as a string or as a list of messages."""
    if isinstance(completion, str):
        return completion
    return "".join(_content(message.get("content")) for message in completion)


def _content(content: Any) -> str:
    if isinstance(content, list):
        return "".join(part.get("text", "") for part in content if isinstance(part, dict))
    return content or ""


def without_images(prompt: Any) -> Any:
    """A prompt whose image parts carry no pixels, so that it can be sent to another process."""
    if isinstance(prompt, str):
        return prompt
    return [
        {
            **message,
            "content": [{"type": "image"} if part.get("type") == "image" else part for part in message["content"]]
            if isinstance(message.get("content"), list)
            else message.get("content"),
        }
        for message in prompt
    ]


def _must_load(name: str, worker: Worker) -> None:
    try:
        reply = worker.ready()
    except WorkerFailure as error:
        raise _cannot_start(name, error) from None
    if "error" in reply:
        _fail(name, reply["error"], "Correct the reward, or the trainer environment when a package is missing.")


def _cannot_start(name: str, error: WorkerFailure) -> RewardFailure:
    return RewardFailure(name, "The reward %s cannot start: %s." % (name, error), "Look at stderr.log of the run.")


def _graded(name: str, worker: Worker, message: Dict[str, Any], items: Sequence[Any], limit_s: float) -> List[Graded]:
    """A reply to each item or why there is none; a text that needs more memory than there is ends like one that kills."""
    try:
        replies = worker.ask_each(message, items, limit_s)
    except WorkerFailure as error:
        raise _cannot_start(name, error) from None
    return [
        (None, WorkerFailure("no verdict: %s" % reply["error"]["type"]))
        if reply and reply.get("error", {}).get("type") in ("MemoryError", "RecursionError")
        else (reply, why)
        for reply, why in replies
    ]


def _tell(report: Report, name: str, why: str, columns: Dict[str, Any], place: int) -> None:
    traces = columns.get("trace")
    error = "%s; this reward does not count for this rollout" % why
    report(reward=name, trace=traces[place] if traces else None, error=error, traceback="")


def _fail(name: str, error: Dict[str, str], hint: str) -> None:
    place = " (%s)" % error["place"] if error.get("place") else ""
    raise RewardFailure(
        name,
        "The reward %s failed: %s: %s%s." % (name, error["type"], error["message"].rstrip("."), place),
        hint,
        error.get("traceback", ""),
    )
