"""Supervised fine-tuning by TRL's own SFTTrainer."""

from __future__ import annotations

from typing import Any, Dict, Optional

from .data import TrainerRows, first_missing
from .live_run import LiveRun
from .models import ResumesOwnWeights, SetupError
from .trl_common import common_arguments, lazy_dataset, lora_config, with_trainer_args
from .trl_run import prepare, train_to_end


def run(live: LiveRun, record: Dict[str, Any], resume: Optional[str]) -> str:
    """Train on the completions of the selected rows; completed or stopped."""
    from trl import SFTConfig, SFTTrainer

    from .callbacks import RunCallback

    spec = record["spec"]
    ready = prepare(live, record, resume)
    missing = first_missing(ready.train.rows)
    if missing:
        raise SetupError("Trace %s has no completion to learn from." % missing, "Choose rows with completions for SFT.")
    arguments = sft_arguments(spec, ready.output_dir, ready.device, ready.evaluation is not None)
    args = with_trainer_args(SFTConfig, arguments, spec["trainer_args"])
    callback = RunCallback(live, spec)

    class Trainer(ResumesOwnWeights, SFTTrainer):
        pass

    trainer = Trainer(
        model=ready.loaded.model,
        args=args,
        train_dataset=_dataset(ready.train, ready.loaded.vision),
        eval_dataset=_dataset(ready.evaluation, ready.loaded.vision) if ready.evaluation else None,
        processing_class=ready.loaded.processor,
        peft_config=lora_config(spec),
        callbacks=[callback],
    )
    return train_to_end(live, trainer, callback, resume)


def sft_arguments(spec: Dict[str, Any], output_dir: str, device: str, evaluates: bool) -> Dict[str, Any]:
    """SFTConfig fields of a spec."""
    return {
        **common_arguments(spec, output_dir, device, evaluates),
        # null: a cut row would lose image tokens in the middle, and the model would refuse it
        "max_length": spec["max_length"],
    }


def _dataset(rows: TrainerRows, vision: bool) -> Any:
    """Lazy when there are images; text is tokenized up front by the trainer, which wants plain columns for that."""
    if vision and any(row["images"] for row in rows.rows):
        return lazy_dataset(rows)
    from datasets import Dataset

    made = [TrainerRows(rows.rows, False, 1, True).row(index) for index in range(len(rows.rows))]
    return Dataset.from_list([{"prompt": row["prompt"], "completion": row["completion"]} for row in made])
