"""Group lines, their statistics, canonical metrics and diagnoses, without any trainer."""

import math

from coldstart_trainer.metrics import canonical, diagnose
from coldstart_trainer.rollouts import Batch, Sampled, groups_of, statistics

ROWS = [
    {
        "trace": {"id": "t%d" % number, "index": number, "source": "/d.jsonl"},
        "messages": [{"role": "user", "content": "?"}],
        "images": [],
        "ground_truth": str(number),
    }
    for number in range(2)
]


def batch(answer, advantages=(1.0, -1.0, 0.0, 0.0)):
    return Batch(
        step=3,
        split="train",
        group_size=2,
        sampled=[Sampled(1, 4, "stop"), Sampled(1, 8, "length"), Sampled(0, 4, "stop"), Sampled(0, 4, "stop")],
        completions=["a", "b", "c", "d"],
        rewards={"answer": answer, "style": [0.5, 0.5, math.nan, 0.5]},
        advantages=advantages,
        extra={"letters": [1, 2, 3, 4]},
    )


def test_groups_carry_their_trace_and_weighted_rewards():
    groups = groups_of(batch([1.0, 0.0, math.nan, 1.0]), ROWS, {"answer": 2.0, "style": 1.0})
    assert [group["trace"]["id"] for group in groups] == ["t1", "t0"]
    rollouts = [rollout for group in groups for rollout in group["rollouts"]]
    assert [rollout["reward"] for rollout in rollouts] == [2.5, 0.5, None, 2.5]
    assert [rollout["i"] for rollout in rollouts] == [0, 1, 0, 1]
    assert rollouts[2]["rewards"] == {"answer": None, "style": None} and rollouts[2]["extra"] == {"letters": 3}


def test_statistics():
    stats = statistics(groups_of(batch([1.0, 0.0, 1.0, 1.0]), ROWS, {"answer": 1.0, "style": 0.0}))
    assert stats["mean"] == 0.75 and stats["std"] == 0.5 and stats["zero_std_frac"] == 0.5
    assert stats["len_mean"] == 5 and stats["trunc_frac"] == 0.25
    assert stats["rewards"] == {"answer": 0.75, "style": 0.5} and stats["na"] == {"style": 1}
    assert statistics([])["mean"] is None


def test_canonical_names():
    logs = {"loss": 1.0, "learning_rate": 0.1, "rewards/answer/mean": 0.5, "rewards/answer/std": 0.1, "reward": None}
    assert canonical(logs, "train") == {"loss": 1.0, "lr": 0.1, "reward/answer": 0.5, "reward": None}
    assert canonical({"eval_loss": 2.0, "eval_rewards/f/mean": 1.0}, "eval") == {"loss": 2.0, "reward/f": 1.0}


def told(stage, logs):
    look = diagnose(stage)
    return [(step, finding["code"]) for step, values in enumerate(logs) for finding in look(step, values)]


def test_diagnoses_are_told_once_until_they_pass():
    nan, fine = {"loss": math.nan}, {"loss": 1.0}
    assert told("sft", [fine, nan, nan, fine, nan]) == [(1, "nan_loss"), (4, "nan_loss")]
    uniform = {"adv_zero_frac": 1.0, "trunc_frac": 1.0, "reward": 0.0}
    codes = [code for _, code in told("grpo", [uniform] * 25)]
    assert sorted(codes) == ["all_truncated", "reward_flat", "zero_std"]
    assert told("grpo", [{"kl": 0.01}] * 6 + [{"kl": 5.0}]) == [(6, "kl_spike")]
    assert told("grpo", [{"gen_s": 95.0, "step_s": 100.0}, {"gen_s": 1.9, "step_s": 2.0}]) == [(0, "slow_gen")]
