"""Generation batches as groups of rollouts, the lines of rollouts/step-<n>.jsonl; no torch needed."""

from __future__ import annotations

import functools
import math
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from .data import ImageError, image_size


class Sampled(NamedTuple):
    """One completion as it was sampled, before scoring."""

    row: int
    tokens: int
    finish: str


class Batch(NamedTuple):
    """One generation batch of all processes, in the trainer's own order: groups are consecutive."""

    step: int
    split: str
    group_size: int
    sampled: Sequence[Sampled]
    completions: Sequence[str]
    rewards: Dict[str, Sequence[float]]
    advantages: Sequence[float]
    extra: Dict[str, Sequence[Any]]


@functools.lru_cache(maxsize=4096)
def _size(path: str) -> Optional[Any]:
    try:
        return image_size(path)
    except ImageError:
        return None


def _number(value: float) -> Optional[float]:
    return None if math.isnan(value) else float(value)


def groups_of(batch: Batch, rows: Sequence[Dict[str, Any]], weights: Dict[str, float]) -> List[Dict[str, Any]]:
    """Groups with trace, prompt, images and rollouts; a reward that does not apply is null and not in the weighted sum."""
    groups = []
    for first in range(0, len(batch.sampled), batch.group_size):
        row = rows[batch.sampled[first].row]
        places = range(first, min(first + batch.group_size, len(batch.sampled)))
        groups.append(
            {
                "group": first // batch.group_size,
                "trace": row["trace"],
                "prompt": {"messages": row["messages"]},
                "images": [_image(path) for path in row["images"]],
                "ground_truth": row.get("ground_truth"),
                "rollouts": [_rollout(batch, place, place - first, weights) for place in places],
            }
        )
    return groups


def _image(path: str) -> Dict[str, Any]:
    size = _size(path)
    return {"path": path, "w": size[0] if size else None, "h": size[1] if size else None}


def _rollout(batch: Batch, place: int, position: int, weights: Dict[str, float]) -> Dict[str, Any]:
    sampled = batch.sampled[place]
    rewards = {name: _number(values[place]) for name, values in batch.rewards.items()}
    applied = [weights.get(name, 1.0) * value for name, value in rewards.items() if value is not None]
    return {
        "i": position,
        "completion": batch.completions[place],
        "tokens": sampled.tokens,
        "finish": sampled.finish,
        "rewards": rewards,
        "reward": sum(applied) if applied else None,
        "advantage": _number(batch.advantages[place]),
        "extra": {name: values[place] for name, values in batch.extra.items()},
    }


def statistics(groups: Sequence[Dict[str, Any]]) -> Dict[str, Any]:
    """`{mean, std, zero_std_frac, len_mean, trunc_frac, rewards{name: mean}, na{name: count}}`; std is over rollouts, n - 1."""
    rollouts = [rollout for group in groups for rollout in group["rollouts"]]
    totals = [rollout["reward"] for rollout in rollouts if rollout["reward"] is not None]
    names = list(rollouts[0]["rewards"]) if rollouts else []
    parts = {name: [rollout["rewards"][name] for rollout in rollouts] for name in names}
    return {
        "mean": _mean(totals),
        "std": _std(totals),
        "zero_std_frac": _mean([float(_uniform(group)) for group in groups]),
        "len_mean": _mean([float(rollout["tokens"]) for rollout in rollouts]),
        "trunc_frac": _mean([float(rollout["finish"] == "length") for rollout in rollouts]),
        "rewards": {name: _mean([value for value in values if value is not None]) for name, values in parts.items()},
        "na": {name: count for name, values in parts.items() if (count := sum(value is None for value in values))},
    }


def _uniform(group: Dict[str, Any]) -> bool:
    values = [rollout["reward"] for rollout in group["rollouts"] if rollout["reward"] is not None]
    return not values or max(values) - min(values) < 1e-8


def _mean(values: Sequence[float]) -> Optional[float]:
    return sum(values) / len(values) if values else None


def _std(values: Sequence[float]) -> Optional[float]:
    if len(values) < 2:
        return None
    mean = sum(values) / len(values)
    return math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))
