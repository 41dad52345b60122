"""GRPO by the real GRPOTrainer: rollouts are consistent; a bad reward ends a run with a clear word, never a 0."""

import json
import math

import pytest

from torch_runs import input_rows  # isort: skip (skips the module without torch)

from coldstart_trainer.extraction import extract

LENGTHY = """
def lengthy(completions, ground_truth, images, trace, log_extra=None, **kwargs):
    assert len(images) == len(completions) and images[0][0].size == (96, 96)
    assert kwargs["trainer_state"].max_steps == 3 and ground_truth[0].isdigit() and trace[0]["id"].startswith("rl-")
    texts = [completion[0]["content"] for completion in completions]
    log_extra("letters", [sum(map(str.isalpha, text)) for text in texts])
    return [len(set(text)) / 50 for text in texts]
"""


def reward_file(tmp_path, source):
    path = tmp_path / "rewards.py"
    path.write_text(source)
    return str(path)


def test_rollouts_rewards_and_advantages_fit_together(prepare, boards, monkeypatch, tmp_path):
    place = reward_file(tmp_path, LENGTHY) + ":lengthy"
    rewards = [
        {"name": "lengthy", "weight": 2, "file": place},
        {"name": "answer", "weight": 1},
        {"name": "format", "weight": 0.5},
    ]
    run = prepare("grpo", rewards=rewards)
    assert run.train(monkeypatch) == 0
    rows = {row["trace"]["id"]: row for row in input_rows(boards / "problems.jsonl")}
    batches = run.events("rollout_batch")
    assert [(event["step"], event["gen"], event["split"], event["groups"], event["rollouts"]) for event in batches] == [
        (step, 0, "train", 2, 8) for step in (1, 2, 3)
    ]
    groups = run.groups()
    assert [(group["step"], group["group"]) for group in groups] == [
        (step, place) for step in (1, 2, 3) for place in (0, 1)
    ]
    for group in groups:
        row = rows[group["trace"]["id"]]
        assert group["prompt"]["messages"] == row["messages"] and group["ground_truth"] == row["ground_truth"]
        assert group["images"] == [{"path": row["images"][0], "w": 96, "h": 96}]
        check_group(group)
    metrics = run.events("metrics")
    for event, batch in zip(metrics, batches):
        assert event["values"]["reward"] == pytest.approx(batch["stats"]["mean"], abs=1e-5)
        assert event["values"]["reward/lengthy"] == pytest.approx(batch["stats"]["rewards"]["lengthy"], abs=1e-5)
        assert event["values"]["trunc_frac"] == pytest.approx(batch["stats"]["trunc_frac"])
        assert event["values"]["gen_s"] > 0
    assert run.events("run_start")[0]["rewards"] == [
        {"name": "lengthy", "weight": 2},
        {"name": "answer", "weight": 1},
        {"name": "format", "weight": 0.5},
    ]
    phases = [event["phase"] for event in run.events("phase")]
    assert {"loading", "generating", "scoring", "updating", "saving"} <= set(phases)


def check_group(group):
    rollouts = group["rollouts"]
    assert [rollout["i"] for rollout in rollouts] == [0, 1, 2, 3]
    totals = [rollout["reward"] for rollout in rollouts]
    mean = sum(totals) / 4
    deviation = math.sqrt(sum((total - mean) ** 2 for total in totals) / 3)
    for rollout in rollouts:
        text, parts = rollout["completion"], rollout["rewards"]
        assert parts["lengthy"] == pytest.approx(len(set(text)) / 50, abs=1e-6)
        assert rollout["extra"]["letters"] == sum(map(str.isalpha, text))
        if extract(text, "boxed") is None:
            assert parts["answer"] == 0
        assert rollout["reward"] == pytest.approx(
            2 * parts["lengthy"] + parts["answer"] + 0.5 * parts["format"], abs=1e-5
        )
        assert rollout["advantage"] == pytest.approx((rollout["reward"] - mean) / (deviation + 1e-4), abs=1e-3)
        assert 1 <= rollout["tokens"] <= 12
        assert rollout["finish"] == "stop" or rollout["tokens"] == 12


@pytest.mark.parametrize(
    "source, timeout_s, words",
    [
        ("def f(completions, **_):\n    raise ValueError('no such column')", 30, "no such column"),
        ("def f(completions, **_):\n    return [1.0]", 30, "returned 1 value for 8 completions"),
        ("def f(completions, **_):\n    while True: pass", 1, "longer than 1 s"),
        ("import re\ndef f(completions, **_):\n    return [re.match('(a+)+$', 'a' * 60 + 'b')]", 1, "longer than 1 s"),
        ("import os\ndef f(completions, **_):\n    os._exit(7)", 30, "ended its process"),
        ("import nothing_of_that_name\ndef f(**_): pass", 30, "nothing_of_that_name"),
        ("def g(**_): pass", 30, "has no function f"),
        ("def f(completions, **_):\n    return ['good'] * len(completions)", 30, "must be a number or None"),
    ],
)
def test_a_bad_reward_fails_the_run_by_name(prepare, monkeypatch, tmp_path, source, timeout_s, words):
    place = reward_file(tmp_path, source) + ":f"
    run = prepare("grpo", max_steps=1, rewards=[{"name": "mine", "weight": 1, "file": place, "timeout_s": timeout_s}])
    assert run.train(monkeypatch) == 1
    end = run.end()
    assert end["status"] == "failed" and words in end["error"]["message"] and "mine" in end["error"]["message"]
    assert end["error"]["hint"] and end["error"]["traceback"]
    report = run.events("reward_error")[-1]
    assert report["reward"] == "mine" and words in report["error"] and report["step"] == 1


def test_nan_and_none_do_not_apply_and_are_counted(prepare, monkeypatch, tmp_path):
    source = "def f(completions, **_):\n    return [float('nan'), None] + [1.0] * (len(completions) - 2)"
    place = reward_file(tmp_path, source) + ":f"
    run = prepare("grpo", max_steps=1, rewards=[{"name": "mine", "weight": 1, "file": place}])
    assert run.train(monkeypatch) == 0
    first = run.groups()[0]["rollouts"]
    assert [rollout["rewards"]["mine"] for rollout in first] == [None, None, 1.0, 1.0]
    assert [rollout["reward"] for rollout in first] == [None, None, 1.0, 1.0]
    assert run.events("rollout_batch")[0]["stats"]["na"] == {"mine": 2}
    assert "1 of 8 values are not finite" in run.events("reward_error")[0]["error"]


def test_equal_rewards_are_diagnosed(prepare, monkeypatch):
    run = prepare("grpo", max_steps=2)
    assert run.train(monkeypatch) == 0
    assert [event["code"] for event in run.events("diag")].count("zero_std") == 1


def test_held_out_rollouts_and_resume(prepare, boards, monkeypatch):
    held_out = input_rows(boards / "test.jsonl")[:2]
    run = prepare(
        "grpo", eval_rows=held_out, evaluation={"path": "x", "every_steps": 1}, max_steps=2, rollouts="sample:1"
    )
    run.request_stop()
    assert run.train(monkeypatch) == 0
    assert run.end()["status"] == "stopped"
    splits = [
        (event["step"], event["split"], event["groups"], event["of_groups"]) for event in run.events("rollout_batch")
    ]
    assert splits == [(1, "train", 1, 2), (1, "eval", 1, 2)]
    assert run.groups()[1]["trace"]["id"].startswith("test-")
    assert run.train(monkeypatch, restart=1, resume=run.checkpoint(1)) == 0
    assert {event["step"] for event in run.events("metrics", restart=1)} == {2}
    evaluated = [event for event in run.events("metrics", restart=1) if event["split"] == "eval"]
    assert "reward" in evaluated[0]["values"]


def test_accumulation_and_a_kl_term(prepare, monkeypatch):
    run = prepare(
        "grpo",
        batch_size=4,
        gradient_accumulation=2,
        beta=0.1,
        max_steps=1,
        rewards=[{"name": "format", "weight": 1, "pattern": ".*e.*"}],
    )
    assert run.train(monkeypatch) == 0
    assert [(event["gen"], event["groups"]) for event in run.events("rollout_batch")] == [(0, 2)]
    assert run.events("metrics")[0]["values"]["kl"] is not None


def test_a_large_step_is_sampled_in_parts(prepare, monkeypatch):
    monkeypatch.setattr("coldstart_trainer.batches.AT_ONCE", 8)
    letters = [{"name": "format", "weight": 1, "pattern": ".*e.*"}]
    run = prepare("grpo", batch_size=4, gradient_accumulation=4, max_steps=2, rewards=letters)
    assert run.train(monkeypatch) == 0, run.end()
    batches = run.events("rollout_batch")
    assert [(one["step"], one["gen"], one["groups"]) for one in batches] == [
        (step, part, 2) for step in (1, 2) for part in (0, 1)
    ]
    assert len({group["trace"]["id"] for group in run.groups()}) == 8
    for event in run.events("metrics"):
        parts = [one["stats"]["mean"] for one in batches if one["step"] == event["step"]]
        assert event["values"]["reward"] == pytest.approx(sum(parts) / 2)


def test_the_reference_has_the_precision_of_the_policy(prepare, monkeypatch):
    bfloat = {"model_init_kwargs": {"torch_dtype": "bfloat16"}}
    run = prepare("grpo", beta=0.1, max_steps=1, trainer_args=bfloat)
    assert run.train(monkeypatch) == 0, run.end()
    assert run.events("metrics")[0]["values"]["kl"] == 0


def test_no_completion_contains_an_image_token(prepare, models, monkeypatch):
    run = prepare("grpo", max_steps=1, temperature=5)
    assert run.train(monkeypatch) == 0
    token = json.loads(open("%s/tokenizer_config.json" % models()).read())["image_token"]
    assert all(token not in rollout["completion"] for group in run.groups() for rollout in group["rollouts"])


def without_image(row):
    row["images"], row["messages"][0]["content"] = [], "How many ?"
    return row


def two_images(row):
    row["images"], row["messages"][0]["content"] = row["images"] * 2, "First <image> then <image> count."
    return row


def mixed(row):
    return without_image(row) if row["trace"]["index"] % 2 else row


@pytest.mark.parametrize("change", [without_image, two_images, mixed])
@pytest.mark.parametrize("stage", ["sft", "grpo"])
def test_a_vision_model_takes_any_number_of_images(prepare, boards, monkeypatch, stage, change):
    rows = input_rows(boards / ("traces.jsonl" if stage == "sft" else "problems.jsonl"), change)
    run = prepare(stage, rows=rows, max_steps=1)
    assert run.train(monkeypatch) == 0, run.end()
