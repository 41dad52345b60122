"""The common course of both stages: load, start, train, tell how it ended."""

from __future__ import annotations

import os
from typing import Any, Dict, List, NamedTuple, Optional

from .data import TrainerRows, read_rows
from .live_run import LiveRun
from .models import Loaded, SetupError, adapter_base, device_record, load_for_run, pick_device
from .runfolder import place_now, step_of


class Prepared(NamedTuple):
    """What a stage needs before it makes its trainer."""

    loaded: Loaded
    device: str
    train: TrainerRows
    evaluation: Optional[TrainerRows]
    output_dir: str


def prepare(live: LiveRun, record: Dict[str, Any], resume: Optional[str]) -> Prepared:
    """Device, model and rows of a run; SetupError when they do not fit together."""
    import torch
    from transformers import set_seed

    spec = record["spec"]
    if spec.get("threads"):
        torch.set_num_threads(spec["threads"])
    device = pick_device(spec["device"])
    set_seed(spec["seed"])
    init = spec["trainer_args"].get("model_init_kwargs")
    loaded = load_for_run(record["model"]["path"], resume, device, bool(spec.get("lora")), init)
    _keep_reference(live, record, loaded, resume)
    train = _trainer_rows(live, record, "train", loaded.vision)
    if train is None or not train.rows:
        raise SetupError("The run has no rows to train on.", "Choose other rows or another filter in the run spec.")
    every = (spec.get("evaluation") or {}).get("every_steps")
    evaluation = _trainer_rows(live, record, "eval", loaded.vision) if every else None
    live.start_fields = {
        "stage": spec["stage"],
        "trainer": {"name": "trl", "version": _version("trl"), "adapter": "coldstart_trainer"},
        "model": record["model"]["given"],
        "dataset": {
            "path": record["dataset"]["path"],
            "traces": len(train.rows),
            "sha256": record["dataset"].get("sha256") or "",
        },
        "output_dir": "checkpoints",
        "world": int(os.environ.get("WORLD_SIZE", "1")),
        "device": device_record(device),
        "caps": ["metrics", "checkpoints", "stop", "resume"],
    }
    return Prepared(loaded, device, train, evaluation, os.path.join(live.run_dir, "checkpoints"))


def _keep_reference(live: LiveRun, record: Dict[str, Any], loaded: Loaded, resume: Optional[str]) -> None:
    """A merged adapter is in no folder, but GRPO with a KL term loads its reference model from one: write it there."""
    spec = record["spec"]
    if not spec["beta"] or spec["stage"] != "grpo" or spec.get("lora") or adapter_base(record["model"]["path"]) is None:
        return
    folder = os.path.join(live.run_dir, "checkpoints", "reference")
    if resume is None:
        loaded.model.save_pretrained(folder)
    loaded.model.config._name_or_path = loaded.model.name_or_path = folder


def _trainer_rows(live: LiveRun, record: Dict[str, Any], split: str, vision: bool) -> Optional[TrainerRows]:
    name = record["inputs"].get(split)
    if not name:
        return None
    spec = record["spec"]
    rows = read_rows(os.path.join(live.run_dir, name), place_now(record, live.run_dir))
    if not vision and any(row["images"] for row in rows):
        raise SetupError(
            "The dataset has images, and the model %s reads text only." % record["model"]["given"],
            "Choose a vision-language model, or rows without images.",
        )
    return TrainerRows(rows, vision, spec["max_pixels"], spec["stage"] == "sft")


def _version(package: str) -> str:
    from importlib.metadata import version

    return version(package)


def train_to_end(live: LiveRun, trainer: Any, callback: Any, resume: Optional[str]) -> str:
    """Train and return completed or stopped."""
    if resume:
        step = step_of(resume)
        live.start_fields["resume"] = {"from": resume, **({} if step is None else {"step": step})}
        live.checkpoint = os.path.relpath(resume, live.run_dir)
    from transformers import PrinterCallback

    trainer.remove_callback(PrinterCallback)  # its dicts tell people less than the lines of RunCallback
    trainer.train(resume_from_checkpoint=resume)
    return "completed" if trainer.state.global_step >= trainer.state.max_steps else "stopped"


def reward_list(spec: Dict[str, Any]) -> List[Dict[str, Any]]:
    """Names and weights of the rewards, for run_start."""
    return [{"name": reward["name"], "weight": reward["weight"]} for reward in spec["rewards"]]
