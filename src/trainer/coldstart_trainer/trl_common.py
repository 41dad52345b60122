"""What SFT and GRPO share: trainer arguments, LoRA, lazy datasets."""

from __future__ import annotations

import dataclasses
from typing import Any, Dict, Optional

from .data import TrainerRows
from .models import SetupError, use_bf16

RESERVED_ARGS = ("output_dir", "trust_remote_code", "resume_from_checkpoint", "model_init_kwargs", "push_to_hub")
"""trainer_args that Coldstart sets itself; `model_init_kwargs` is read apart, since the model is loaded here."""


def lora_config(spec: Dict[str, Any]) -> Any:
    """peft's LoraConfig of the spec, or None for full fine-tuning."""
    lora = spec.get("lora")
    if not lora:
        return None
    from peft import LoraConfig

    return LoraConfig(
        r=lora["rank"],
        lora_alpha=lora["alpha"],
        lora_dropout=lora["dropout"],
        target_modules=lora["target_modules"],
        task_type="CAUSAL_LM",
    )


def default_learning_rate(spec: Dict[str, Any]) -> float:
    """The spec's own, else 1e-4 with LoRA, 1e-5 for SFT, 1e-6 for GRPO."""
    if spec.get("learning_rate"):
        return float(spec["learning_rate"])
    return 1e-4 if spec.get("lora") else 1e-5 if spec["stage"] == "sft" else 1e-6


def common_arguments(spec: Dict[str, Any], output_dir: str, device: str, evaluates: bool) -> Dict[str, Any]:
    """Fields of TrainingArguments that both stages set, before trainer_args."""
    arguments: Dict[str, Any] = {
        "output_dir": output_dir,
        "use_cpu": device == "cpu",
        "bf16": use_bf16(device),
        "gradient_checkpointing": device == "cuda",
        "per_device_train_batch_size": spec["batch_size"],
        "per_device_eval_batch_size": spec["batch_size"],
        "gradient_accumulation_steps": spec["gradient_accumulation"],
        "learning_rate": default_learning_rate(spec),
        "lr_scheduler_type": spec["schedule"],
        "warmup_steps": spec["warmup_steps"],
        "max_grad_norm": spec["max_grad_norm"],
        "seed": spec["seed"],
        "logging_steps": spec["log_steps"],
        "save_strategy": "steps",
        "save_steps": spec["save_steps"],
        "save_total_limit": None,  # the callback deletes old checkpoints, once the new one is proven complete
        "report_to": "none",
        "disable_tqdm": True,
        "remove_unused_columns": False,
        "dataloader_num_workers": 0,
        "dataloader_pin_memory": device == "cuda",
        "trust_remote_code": False,
    }
    if spec.get("max_steps"):
        arguments["max_steps"] = spec["max_steps"]
    if spec.get("epochs"):
        arguments["num_train_epochs"] = spec["epochs"]
    if evaluates:
        arguments.update(eval_strategy="steps", eval_steps=spec["evaluation"]["every_steps"])
    return arguments


def with_trainer_args(config_class: Any, arguments: Dict[str, Any], given: Dict[str, Any]) -> Any:
    """The trainer's config with the person's own arguments last; SetupError for a name it does not know."""
    problem = trainer_args_problem(config_class, given)
    if problem:
        raise SetupError(problem, "Correct trainer_args in the run spec.")
    extra = {name: value for name, value in given.items() if name not in RESERVED_ARGS}
    merged = {**arguments, **extra}
    for field in dataclasses.fields(config_class):  # JSON's 1 is an int, which some libraries refuse for a float
        value = merged.get(field.name)
        if type(value) is int and "float" in str(field.type) and "int" not in str(field.type):
            merged[field.name] = float(value)
    for name in ("generation_kwargs",):
        if isinstance(arguments.get(name), dict) and isinstance(extra.get(name), dict):
            merged[name] = {**arguments[name], **extra[name]}
    try:
        return config_class(**merged)
    except (TypeError, ValueError) as error:
        raise SetupError(
            "The trainer refuses these settings: %s" % error, "Correct the run spec and check it again."
        ) from error


def trainer_args_problem(config_class: Any, given: Dict[str, Any]) -> Optional[str]:
    """What is wrong with trainer_args, or None; `model_init_kwargs` is allowed, the other reserved names are not."""
    known = {field.name for field in dataclasses.fields(config_class)}
    unknown = sorted(name for name in given if name not in known)
    if unknown:
        return "trainer_args has names that %s does not know: %s." % (config_class.__name__, ", ".join(unknown))
    reserved = sorted(name for name in given if name in RESERVED_ARGS and name != "model_init_kwargs")
    if reserved:
        return "trainer_args may not set %s; Coldstart does." % ", ".join(reserved)
    return None


def lazy_dataset(rows: TrainerRows) -> Any:
    """A map-style dataset of row numbers whose rows are made on access."""
    from datasets import Dataset

    dataset = Dataset.from_dict({"row": list(range(len(rows.rows)))})
    dataset.set_transform(rows.transform)
    return dataset
