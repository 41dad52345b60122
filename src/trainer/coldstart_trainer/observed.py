"""GRPOTrainer with an observer. Private names of TRL are probed first; when one is gone, training goes on unobserved."""

from __future__ import annotations

import time
from typing import Any, List

from trl import GRPOTrainer

from .models import ResumesOwnWeights
from .rollouts import Batch, Sampled

PRIVATE = ("_generate", "_generate_and_score_completions", "_calculate_rewards")


def observed_trainer(observer: Any, **arguments: Any) -> "ObservedGRPO":
    """The trainer with its observer; tells the observer what this version of TRL does not have."""
    trainer = ObservedGRPO(**arguments)
    trainer.observer = observer
    missing = [name for name in PRIVATE if not callable(getattr(GRPOTrainer, name, None))]
    logs = getattr(trainer, "_logs", None)
    if not isinstance(logs, dict) or not {"completion", "rewards", "advantages"} <= set(logs):
        missing.append("_logs")
    if missing:
        observer.degraded("probe", "this TRL has no %s: rollouts are not recorded" % ", ".join(missing))
        trainer.observes = False
    return trainer


class ObservedGRPO(ResumesOwnWeights, GRPOTrainer):
    """Reads what GRPOTrainer keeps in `_logs` after each generation batch (TRL 1.13)."""

    observer: Any = None
    observes = True

    def _step_in_work(self) -> int:
        return self.state.global_step + 1 if self.model.training else self.state.global_step

    def _tokenize_prompts(self, prompts: List[Any]) -> Any:
        # TRL 1.13 names a prompt without images None, which processors refuse beside prompts with images.
        ids, images, fields = super()._tokenize_prompts(prompts)
        return ids, images if images is None else [some or [] for some in images], fields

    def _generate(self, prompts: List[Any]) -> Any:
        if self.observer is None:
            return super()._generate(prompts)
        self.observer.phase("generating", self.state.global_step)
        began = time.monotonic()
        result = super()._generate(prompts)
        if self.model.training:
            self.observer.generated(time.monotonic() - began)
        return result

    def _calculate_rewards(self, inputs: Any, prompts: Any, completions: Any, completion_ids_list: Any) -> Any:
        if self.observer is None:
            return super()._calculate_rewards(inputs, prompts, completions, completion_ids_list)
        self.observer.phase("scoring", self.state.global_step)
        ends = {self._tokenizer.eos_token_id, self._tokenizer.pad_token_id}
        self._sampled = [
            Sampled(row["_row"], len(ids), "stop" if ids and ids[-1] in ends else "length")
            for row, ids in zip(inputs, completion_ids_list)
        ]
        return super()._calculate_rewards(inputs, prompts, completions, completion_ids_list)

    def _generate_and_score_completions(self, inputs: Any) -> Any:
        self._sampled: List[Sampled] = []
        output = super()._generate_and_score_completions(inputs)
        if self.observer is not None and self.observes:
            self._observe()
            self.observer.phase("updating", self.state.global_step)
        return output

    def _observe(self) -> None:
        sampled = self._sampled
        if self.accelerator.num_processes > 1:
            from accelerate.utils import gather_object

            sampled = gather_object(sampled)
        if not self.accelerator.is_main_process:
            return
        training = self.model.training
        count = len(sampled)
        rewards = {name: list(values)[-count:] for name, values in self._logs["rewards"].items()}
        completions = list(self._logs["completion"])[-count:]
        advantages = list(self._logs["advantages"])[-count:]
        if not count or any(len(values) != count for values in (completions, advantages, *rewards.values())):
            self.observer.degraded("count", "TRL kept fewer rollouts than it sampled; this batch is not recorded")
            return
        extra = {name: list(values)[-count:] for name, values in self._logs.get("extra", {}).items()}
        self.observer.batch(
            Batch(
                step=self._step_in_work(),
                split="train" if training else "eval",
                group_size=self.num_generations if training else self.num_generations_eval,
                sampled=sampled,
                completions=completions,
                rewards=rewards,
                advantages=advantages,
                extra={name: values for name, values in extra.items() if len(values) == count},
            )
        )
