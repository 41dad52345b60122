"""How many completions GRPO samples at once; no torch needed."""

from __future__ import annotations

from typing import Any, Dict, Optional

AT_ONCE = 64
"""Completions that one generation samples, at most, where the group size allows it.

TRL samples all completions of a step in one call of the model's generate: the paper's 1,280 with their images and key-value
caches fit into no GPU. Several generations before one update give the same gradient, since the policy does not change;
the last step of an epoch has what is left of it, where a single generation would leave it out.
"""


def generation_steps(spec: Dict[str, Any], world: int) -> Optional[int]:
    """TRL's steps_per_generation: how many of the accumulated batches are sampled at once; None leaves it to trainer_args.

    The most that make whole groups and at most AT_ONCE. All of them when a generation serves several updates.
    """
    given, accumulation = spec["trainer_args"], spec["gradient_accumulation"]
    if given.get("steps_per_generation") or given.get("generation_batch_size"):
        return None
    if (given.get("num_iterations") or 1) > 1:
        return int(accumulation)
    batch = spec["batch_size"] * world
    parts = [steps for steps in range(1, accumulation + 1) if accumulation % steps == 0]
    whole = [steps for steps in parts if steps * batch % spec["group_size"] == 0]
    return max((steps for steps in whole if steps * batch <= AT_ONCE), default=min(whole, default=accumulation))


def sampled_at_once(spec: Dict[str, Any], world: int) -> int:
    """Completions of one generation, all processes together."""
    given = spec["trainer_args"]
    steps = generation_steps(spec, world) or given.get("steps_per_generation")
    return int(given["generation_batch_size"] if steps is None else spec["batch_size"] * world * steps)
