"""Rewards behind a time limit: what they return, and what happens when their code does not."""

import time

import pytest

from coldstart_trainer.rewards import AnswerReward, FileReward, FormatReward, RewardFailure, build, close
from coldstart_trainer.worker_process import Worker, WorkerDied, WorkerTimeout


def completions(*texts):
    return [[{"role": "assistant", "content": text}] for text in texts]


@pytest.fixture
def call(tmp_path):
    """A function that calls a person's reward on three completions; returns its values, reports and what it logged."""
    made = []

    def run(source, timeout_s=30.0, **columns):
        path = tmp_path / "mine.py"
        path.write_text(source)
        reports, logged = [], {}
        reward = FileReward("mine", "%s:f" % path, timeout_s, lambda **fields: reports.append(fields))
        made.append(reward)
        values = reward(
            prompts=[
                [{"role": "user", "content": [{"type": "image", "image": object()}, {"type": "text", "text": "?"}]}]
            ]
            * 3,
            completions=completions("a", "bb", "ccc"),
            completion_ids=[[1], [1, 2], [1, 2, 3]],
            log_extra=logged.__setitem__,
            log_metric=logged.__setitem__,
            **columns,
        )
        return values, reports, logged

    yield run
    close(made)


GOOD = [
    ("def f(completions, **_): return [len(c[0]['content']) for c in completions]", [1, 2, 3]),
    ("def f(completion_ids): return [len(ids) for ids in completion_ids]", [1, 2, 3]),
    ("async def f(completions, **_): return [1] * 3", [1, 1, 1]),
    ("def f(ground_truth, **_): return [float(x) for x in ground_truth]", [7, 8, 9]),
    ("def f(prompts, **_): return [len(p[0]['content']) for p in prompts]", [2, 2, 2]),
    ("def f(**_): return [None, True, 0.5]", [None, 1, 0.5]),
    ("def f(**_):\n    print('talks')\n    input\n    return (1, 2, 3)", [1, 2, 3]),
]


@pytest.mark.parametrize("source, values", GOOD)
def test_values(call, source, values):
    assert call(source, ground_truth=["7", "8", "9"])[0] == values


def test_what_a_reward_logs_comes_back(call):
    source = "def f(log_extra, log_metric, **_):\n    log_extra('n', [1, 2, 3]); log_metric('m', 2)\n    return [0] * 3"
    assert call(source)[2] == {"n": [1, 2, 3], "m": 2.0}


def test_values_that_are_not_finite_do_not_apply(call):
    values, reports, _ = call("def f(**_): return [float('nan'), float('inf'), 1]")
    assert values == [None, None, 1] and "2 of 3" in reports[0]["error"]


BAD = [
    ("def f(**_): raise KeyError('colour')", 30, "colour"),
    ("def f(**_): return [1]", 30, "1 value for 3 completions"),
    ("def f(**_): return 1", 30, "must return a list"),
    ("def f(**_): return ['1', '2', '3']", 30, "number or None"),
    ("def f(**_):\n    while True: pass", 0.3, "longer than 0.3 s"),
    ("import re\ndef f(**_): return re.match('(a+)+$', 'a' * 50 + 'b')", 0.3, "longer than 0.3 s"),
    ("import os\ndef f(**_): os._exit(3)", 30, "status 3"),
    ("import sys\ndef f(**_): sys.exit(3)", 30, "SystemExit"),
    ("def g(): pass", 30, "mine.py has no function f, only g"),
    ("def f(**_):\n    pass\n    return 1 / 0", 30, "mine.py, line 3"),
    ("f = 3", 30, "not a function"),
    ("def f(", 30, "SyntaxError"),
]


@pytest.mark.parametrize("source, timeout_s, words", BAD)
def test_a_failure_names_the_reward(call, source, timeout_s, words):
    with pytest.raises(RewardFailure) as failure:
        call(source, timeout_s)
    said = str(failure.value)
    assert words in said and failure.value.hint
    assert (failure.value.name, failure.value.place) == ("mine", ("rewards", "mine"))
    assert said.startswith("The reward mine") and said.count("mine ") == 1 and said.endswith(".") and ".." not in said[-3:]


def test_a_hung_item_is_told_and_the_others_are_done():
    worker = Worker({"do": "match", "pattern": "x", "items": [""]})
    try:
        items = ["a" * 40, "a" * 60 + "b", "aa", "b"]
        results = worker.ask_each({"do": "match", "pattern": "(a+)+"}, items, 1.0)
    finally:
        worker.close()
    assert [reply and reply["value"] for reply, _ in results] == [1.0, None, 1.0, 0.0]
    assert str(results[1][1]) == "no verdict within 1 s"


FORMATS = [
    (None, r"think \boxed{5}", 1.0),
    (None, r"think \boxed{\frac{1}{2}}.", 1.0),
    (None, r"$\boxed{5}$ ", 1.0),
    (None, r"\boxed{1} \boxed{2}", 0.0),
    (None, r"\boxed{5} and more", 0.0),
    (None, r"\boxed{5", 0.0),
    (None, "five", 0.0),
    ("<think>.*</think>.+", "<think>a\nb</think>c", 1.0),
    ("<think>.*</think>.+", "x<think>a</think>c", 0.0),
]


def test_formats():
    for pattern in {pattern for pattern, _, _ in FORMATS}:
        reward = FormatReward("format", pattern, 30, print)
        cases = [(text, value) for given, text, value in FORMATS if given == pattern]
        try:
            assert reward(completions=completions(*[text for text, _ in cases])) == [value for _, value in cases]
        finally:
            close([reward])


def test_the_default_format_is_quick_on_long_text():
    reward = FormatReward("format", None, 30, print)
    try:
        reward.worker.ready()
        began = time.monotonic()
        assert reward(completions=completions(r"\boxed{" * 3000, "x" * 100_000)) == [0.0, 0.0]
        assert time.monotonic() - began < 20
    finally:
        close([reward])


def test_a_pattern_without_end_fails_the_reward():
    reward = FormatReward("format", "(a+)+", 0.5, print)
    try:
        with pytest.raises(RewardFailure, match="backtracks"):
            reward(completions=completions("a" * 60 + "b"))
    finally:
        close([reward])


def test_a_completion_without_end_does_not_count_and_the_run_goes_on():
    reports = []
    reward = FormatReward("format", "(a+)+", 0.5, lambda **fields: reports.append(fields))
    try:
        texts = completions("a" * 60 + "b", "aa", "b")
        assert reward(completions=texts, trace=[{"id": name} for name in "xyz"]) == [None, 1.0, 0.0]
    finally:
        close([reward])
    assert [report["trace"] for report in reports] == [{"id": "x"}] and "within 0.5 s" in reports[0]["error"]


class Graders:
    """Stands for a worker whose replies to each item are given."""

    def __init__(self, *rounds):
        self.rounds, self.asked = list(rounds), []

    def ready(self):
        return {}

    def ask_each(self, message, items, limit_s):
        self.asked.append(len(items))
        replies = self.rounds.pop(0) if items else []
        if isinstance(replies, Exception):
            raise replies
        return replies


RIGHT = ({"state": "correct", "extracted": "1", "value": 1.0}, None)
HUNG, DIED = (None, WorkerTimeout("no verdict within 5 s")), (None, WorkerDied("the reward process ended with status -9"))
SWOLLEN = ({"error": {"type": "MemoryError", "message": "", "traceback": ""}}, None)


@pytest.mark.parametrize(
    "first, value, asked_again, told",
    [
        (RIGHT, 1.0, 0, None),
        (HUNG, None, 0, "within 5 s"),
        (DIED, None, 1, "status -9"),
        (SWOLLEN, None, 0, "MemoryError"),
    ],
)
def test_a_completion_without_a_verdict_does_not_count(first, value, asked_again, told):
    reports = []
    reward = AnswerReward("boxed", 5.0, lambda **fields: reports.append(fields["error"]))
    reward.worker = Graders([RIGHT, first], [RIGHT])
    texts, truths = completions("\\boxed{1}", "\\boxed{2}"), ["1", "2"]
    assert reward(completions=texts, ground_truth=truths) == [1.0, value]
    assert [told in error for error in reports] == ([] if told is None else [True])
    reward(completions=texts, ground_truth=truths)
    assert reward.worker.asked == [2, asked_again]


@pytest.mark.parametrize("error", [WorkerTimeout("no reply within 120 s"), WorkerDied("it ended")])
def test_a_grader_that_cannot_be_started_again_fails_its_reward(error):
    made = [AnswerReward("boxed", 5.0, print), FormatReward("shape", None, 5.0, print)]
    for reward in made:
        reward.worker = Graders(error)
        with pytest.raises(RewardFailure, match="cannot start") as failure:
            reward(completions=completions("x"), ground_truth=["1"])
        assert failure.value.name == ("answer" if reward is made[0] else "shape")


def test_a_format_whose_matcher_is_killed_does_not_blame_the_pattern():
    reports = []
    reward = FormatReward("format", None, 5.0, lambda **fields: reports.append(fields["error"]))
    reward.worker = Graders([DIED])
    assert reward(completions=completions("x")) == [None]
    assert "status -9" in reports[0] and "backtracks" not in reports[0]


def spec(**entry):
    return {"rewards": [{"weight": 1, "timeout_s": 30, **entry}], "extraction": "boxed"}


def test_rewards_are_built_by_name():
    assert [reward.__name__ for reward in build(spec(name="answer"), print)] == ["answer"]
    with pytest.raises(RewardFailure, match="not built in"):
        build(spec(name="accuracy"), print)
    with pytest.raises(RewardFailure, match="regular expression") as failure:
        build({**spec(name="answer"), "extraction": "regex:("}, print)
    assert failure.value.place == ("extraction",)


def test_the_answer_reward_is_mathruler():
    pytest.importorskip("mathruler.grader", reason="mathruler is not installed")
    reports = []
    reward = AnswerReward("boxed", 2.0, lambda **fields: reports.append(fields))
    pairs = [
        (r"\boxed{0.5}", r"\frac12", 1.0),
        (r"\boxed{1/2}", "2/4", 0.0),
        (r"\boxed{5}", None, None),
        ("none", "none", 0.0),
        (r"\boxed{9**9**9**9}", "x+1", None),
        (r"\boxed{x+1}", "1+x", 1.0),
    ]
    try:
        values = reward(completions=completions(*[pair[0] for pair in pairs]), ground_truth=[pair[1] for pair in pairs])
    finally:
        close([reward])
    assert values == [pair[2] for pair in pairs]
    assert [report["reward"] for report in reports] == ["answer"] and "does not count" in reports[0]["error"]
