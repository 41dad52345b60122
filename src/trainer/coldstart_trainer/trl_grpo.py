"""GRPO by TRL's own GRPOTrainer, observed: every rollout goes to the run folder with its rewards and advantage."""

from __future__ import annotations

import os
from typing import Any, Dict, List, Optional

from .batches import generation_steps
from .live_run import LiveRun
from .models import image_token_ids
from .rewards import RewardFailure, build, close, start
from .rollouts import Batch, groups_of, statistics
from .trl_common import common_arguments, lazy_dataset, lora_config, with_trainer_args
from .trl_run import prepare, reward_list, train_to_end


def run(live: LiveRun, record: Dict[str, Any], resume: Optional[str]) -> str:
    """Train with the rewards of the spec; completed or stopped."""
    spec = record["spec"]
    rewards = build(spec, live.reward_report)
    start(rewards)  # they import sympy and the person's packages while torch and the model load
    try:
        return _run(live, record, resume, rewards)
    except RewardFailure as error:
        live.reward_report(reward=error.name, error=str(error), traceback=error.reward_traceback)
        raise
    finally:
        close(rewards)


def _run(live: LiveRun, record: Dict[str, Any], resume: Optional[str], rewards: List[Any]) -> str:
    from trl import GRPOConfig

    from .callbacks import RunCallback
    from .observed import observed_trainer

    spec = record["spec"]
    ready = prepare(live, record, resume)
    arguments = grpo_arguments(spec, ready.output_dir, ready.device, ready.evaluation is not None)
    blocked = image_token_ids(ready.loaded.model.config) if ready.loaded.vision else []
    if blocked:  # an image token in a completion would stand for an image that is not there
        arguments["generation_kwargs"] = {"suppress_tokens": blocked}
    arguments.update(_reference_arguments(ready.loaded.model, spec))
    args = with_trainer_args(GRPOConfig, arguments, spec["trainer_args"])
    callback = RunCallback(live, spec)
    live.start_fields.update(
        group_size=spec["group_size"], rewards=reward_list(spec), caps=live.start_fields["caps"] + ["rollouts"]
    )
    trainer = observed_trainer(
        Observer(live, spec, ready.train.rows, ready.evaluation.rows if ready.evaluation else []),
        model=ready.loaded.model,
        reward_funcs=rewards,
        args=args,
        train_dataset=lazy_dataset(ready.train),
        eval_dataset=lazy_dataset(ready.evaluation) if ready.evaluation else None,
        processing_class=ready.loaded.processor,
        peft_config=lora_config(spec),
        callbacks=[callback],
    )
    callback.gather = trainer.observer.timings
    return train_to_end(live, trainer, callback, resume)


def _reference_arguments(model: Any, spec: Dict[str, Any]) -> Dict[str, Any]:
    """How TRL loads the reference: as the policy was, since a bfloat16 policy has a KL of its own to a float32 reference.

    Empty where that is TRL's own way, and where there is no second model.
    """
    given = dict(spec["trainer_args"].get("model_init_kwargs") or {})
    if not spec["beta"] or spec.get("lora") or not given:
        return {}
    given.pop("torch_dtype", None)
    return {"model_init_kwargs": {**given, "dtype": str(model.dtype).replace("torch.", "")}}


def grpo_arguments(spec: Dict[str, Any], output_dir: str, device: str, evaluates: bool) -> Dict[str, Any]:
    """GRPOConfig fields of a spec: batch_size counts completions, so prompts per batch are batch_size / group_size."""
    steps = generation_steps(spec, int(os.environ.get("WORLD_SIZE", "1")))
    return {
        **common_arguments(spec, output_dir, device, evaluates),
        **({} if steps is None else {"steps_per_generation": steps}),
        "num_generations": spec["group_size"],
        "max_completion_length": spec["max_completion_length"],
        "temperature": float(spec["temperature"]),
        "top_p": float(spec["top_p"]),
        "beta": float(spec["beta"]),
        "reward_weights": [float(reward["weight"]) for reward in spec["rewards"]],
        "use_vllm": False,
        "log_completions": False,
    }


class Observer:
    """What the trainer tells while it generates, scores and computes advantages; writes group lines and phases."""

    def __init__(
        self, live: LiveRun, spec: Dict[str, Any], train_rows: List[Dict[str, Any]], eval_rows: List[Dict[str, Any]]
    ) -> None:
        self._live = live
        self._spec = spec
        self._rows = {"train": train_rows, "eval": eval_rows}
        self._weights = {reward["name"]: float(reward["weight"]) for reward in spec["rewards"]}
        self._gens: Dict[Any, int] = {}
        self._generation_s: List[float] = []
        self._told: set = set()

    def phase(self, name: str, step: int) -> None:
        """generating, scoring or updating; nothing inside an evaluation."""
        if self._live.phase != "evaluating":
            self._live.set_phase(name, step)

    def generated(self, seconds: float) -> None:
        """How long one generation took."""
        self._generation_s.append(seconds)

    def timings(self) -> Dict[str, float]:
        """Mean seconds of the generations since the last call."""
        seconds, self._generation_s = self._generation_s, []
        return {"gen_s": round(sum(seconds) / len(seconds), 4)} if seconds else {}

    def degraded(self, name: str, detail: str) -> None:
        """Say once that rollouts cannot be observed; training goes on."""
        if name not in self._told:
            self._told.add(name)
            self._live.emit("diag", code="rollouts_missing", level="warning", step=self._live.step, detail=detail)

    def batch(self, batch: Batch) -> None:
        """Write the groups of one generation batch."""
        with self._live.timed():
            key = (batch.step, batch.split)
            gen = self._gens.get(key, 0)
            self._gens = {
                key: gen + 1,
                **{other: count for other, count in self._gens.items() if other[0] == batch.step and other != key},
            }
            groups = groups_of(batch, self._rows[batch.split], self._weights)
            self._live.events.write_groups(batch.step, gen, batch.split, groups, statistics(groups))
