"""Canonical names of TRL's metrics, and the diagnoses a person should see before the curves tell them."""

from __future__ import annotations

import math
from typing import Any, Callable, Dict, List, Optional

NAMES = {
    "loss": "loss",
    "learning_rate": "lr",
    "grad_norm": "grad_norm",
    "mean_token_accuracy": "token_acc",
    "reward": "reward",
    "reward_std": "reward_std",
    "frac_reward_zero_std": "adv_zero_frac",
    "kl": "kl",
    "entropy": "entropy",
    "clip_ratio/region_mean": "clip_frac",
    "completions/mean_length": "len/mean",
    "completions/max_length": "len/max",
    "completions/clipped_ratio": "trunc_frac",
}
"""TRL 1.13's key to ours (trainers.md §9)."""

Value = Optional[float]


def canonical(logs: Dict[str, Any], split: str) -> Dict[str, Value]:
    """The values of one log call under canonical names; `rewards/<f>/mean` becomes `reward/<f>`, null stays null."""
    values: Dict[str, Value] = {}
    for name, value in logs.items():
        key = name[len("eval_") :] if split == "eval" and name.startswith("eval_") else name
        if value is not None and not isinstance(value, (int, float)):
            continue
        if key in NAMES:
            values[NAMES[key]] = value
        elif key.startswith("rewards/") and key.endswith("/mean"):
            values["reward/" + key[len("rewards/") : -len("/mean")]] = value
    return values


Finding = Dict[str, Any]


def diagnose(stage: str) -> Callable[[int, Dict[str, Value]], List[Finding]]:
    """A function that is told each train log and returns `{code, level, detail}` of what has just begun to go wrong.

    A finding is told once until it has been absent, so a bad state does not repeat itself at every step.
    """
    active: Dict[str, bool] = {}
    rewards: List[float] = []
    kls: List[float] = []

    def told(code: str, present: bool, level: str, detail: str) -> List[Finding]:
        new = present and not active.get(code)
        active[code] = present
        return [{"code": code, "level": level, "detail": detail}] if new else []

    def look(step: int, values: Dict[str, Value]) -> List[Finding]:
        loss, norm = values.get("loss"), values.get("grad_norm")
        bad = [
            name
            for name, value in (("loss", loss), ("grad_norm", norm))
            if value is not None and not math.isfinite(value)
        ]
        found = told(
            "nan_loss",
            bool(bad),
            "error",
            "The %s is not finite; lower the learning rate or check the data" % " and ".join(bad),
        )
        if stage != "grpo":
            return found
        zero, cut = values.get("adv_zero_frac"), values.get("trunc_frac")
        found += told(
            "all_truncated",
            cut is not None and cut >= 0.5,
            "warning",
            "%.0f %% of the completions reached max_completion_length before their end; raise it" % (100 * (cut or 0)),
        )
        found += told(
            "zero_std",
            zero is not None and zero >= 1.0,
            "warning",
            "Every group has equal rewards, so this step teaches nothing; harder or easier prompts, or a larger group, help",
        )
        kl = values.get("kl")
        if kl is not None and math.isfinite(kl):
            usual = sorted(kls)[len(kls) // 2] if len(kls) >= 5 else None
            found += told(
                "kl_spike",
                usual is not None and kl > max(10 * usual, 0.1),
                "warning",
                "KL is %.3g after a median of %.3g" % (kl, usual or 0.0),
            )
            kls.append(kl)
            del kls[:-50]
        reward = values.get("reward")
        if reward is not None and math.isfinite(reward):
            rewards.append(reward)
            del rewards[:-20]
            flat = len(rewards) == 20 and max(rewards) - min(rewards) < 1e-9
            found += told("reward_flat", flat, "warning", "the mean reward has been %.3g for 20 logs" % reward)
        generating, whole = values.get("gen_s"), values.get("step_s")
        slow = generating is not None and whole is not None and whole > 60 and generating > 0.9 * whole
        found += told(
            "slow_gen", slow, "info", "generation takes %.0f %% of the step" % (100 * (generating or 0) / (whole or 1))
        )
        return found

    return look
