"""What SFT and GRPO share: device, model and processor, trainer arguments, lazy datasets, LoRA."""

from __future__ import annotations

import dataclasses
import json
import os
from typing import Any, Dict, List, NamedTuple, Optional

from .data import Examples

RESERVED_ARGS = ("output_dir", "trust_remote_code", "resume_from_checkpoint", "model_init_kwargs", "push_to_hub")
"""trainer_args that Coldstart sets itself; `model_init_kwargs` is read apart, since the model is loaded here."""


class SetupError(Exception):
    """The run cannot start as specified; the message says why and `hint` what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class Loaded(NamedTuple):
    """A model with what turns messages into its inputs."""

    model: Any
    processor: Any
    vision: bool


def pick_device(wanted: str) -> str:
    """cpu, cuda or mps; SetupError when the wanted one is not there."""
    import torch

    there = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": bool(getattr(torch.backends, "mps", None)) and torch.backends.mps.is_available(),
    }
    if wanted == "auto":
        return next(kind for kind in ("cuda", "mps", "cpu") if there[kind])
    if not there[wanted]:
        raise SetupError(
            "The run asks for device %s, which torch %s does not see." % (wanted, torch.__version__),
            'Set "device": "auto" or "cpu", or create a trainer environment whose torch supports %s.' % wanted,
        )
    return wanted


def device_record(device: str) -> Dict[str, Any]:
    """`{kind, name, count}` for run_start."""
    import platform

    import torch

    if device == "cuda":
        return {"kind": device, "name": torch.cuda.get_device_name(0), "count": torch.cuda.device_count()}
    return {"kind": device, "name": platform.processor() or platform.machine(), "count": 1}


def use_bf16(device: str) -> bool:
    """bf16 only on a CUDA device that computes it."""
    import torch

    return device == "cuda" and torch.cuda.is_bf16_supported()


def adapter_base(path: str) -> Optional[str]:
    """The base model that a LoRA checkpoint names, or None when the folder is no adapter."""
    file = os.path.join(path, "adapter_config.json")
    if os.path.isfile(os.path.join(path, "config.json")) or not os.path.isfile(file):
        return None
    with open(file, encoding="utf-8") as opened:
        base = json.load(opened).get("base_model_name_or_path")
    if not base:
        raise SetupError("%s names no base model." % file, "Give the base model as model, or a full checkpoint.")
    return str(base)


def load_config(path: str) -> Any:
    """The transformers config of a model folder or hub id, of its base for an adapter; SetupError when it is not readable."""
    from transformers import AutoConfig

    base = adapter_base(path)
    if base is not None:
        return load_config(base)
    try:
        return AutoConfig.from_pretrained(path, trust_remote_code=False)
    except (OSError, ValueError, KeyError) as error:
        raise model_error(path, error) from error


def model_error(path: str, error: BaseException) -> SetupError:
    """Why a model could not be loaded, in words for the person who named it."""
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if os.path.isabs(path) and not os.path.isdir(path):
        return SetupError("The model folder %s does not exist." % path, "Correct model in the run spec.")
    return SetupError(
        "The model %s cannot be loaded: %s" % (path, first),
        "Check the id or folder in the run spec; a hub model needs the network once, and HF_TOKEN when it is gated. "
        "Only safetensors weights and code inside transformers are loaded.",
    )


def is_vision(config: Any) -> bool:
    """The model is loaded by AutoModelForImageTextToText."""
    from transformers import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING

    return type(config) in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING


def load_processor(path: str, vision: bool) -> Any:
    """Processor of a vision model, tokenizer of a text model; SetupError without a chat template."""
    from transformers import AutoProcessor, AutoTokenizer

    try:
        loader = AutoProcessor if vision else AutoTokenizer
        processor = loader.from_pretrained(path, trust_remote_code=False, padding_side="left")
    except (OSError, ValueError, ImportError, KeyError) as error:
        raise model_error(path, error) from error
    tokenizer = tokenizer_of(processor)
    template = getattr(processor, "chat_template", None) or getattr(tokenizer, "chat_template", None)
    if not template:
        raise SetupError(
            "The model %s has no chat template." % path,
            "Use an instruction-tuned model, or put a chat_template.jinja beside its tokenizer.",
        )
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return processor


def tokenizer_of(processor: Any) -> Any:
    """The tokenizer inside a processor, or the tokenizer itself."""
    return getattr(processor, "tokenizer", processor)


def load_model(path: str, device: str, lora: bool, init: Optional[Dict[str, Any]] = None) -> Loaded:
    """Model in evaluation of nothing, processor and kind; adapters are merged into their base, also several deep.

    Weights are float32, and bfloat16 on CUDA when only adapters are trained; `init` (trainer_args.model_init_kwargs)
    has the last word on dtype and attention. Never pickles, never remote code.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoModelForImageTextToText

    base = adapter_base(path)
    if base is not None:
        from peft import PeftModel

        loaded = load_model(base, device, lora, init)
        merged = PeftModel.from_pretrained(loaded.model, path).merge_and_unload()
        merged.requires_grad_(True)  # peft froze the base and leaves it so
        # An adapter trained on top must name this checkpoint as its base, not the model below it.
        merged.config._name_or_path = merged.name_or_path = path
        vision = loaded.vision
        return Loaded(merged, _processor_or(path, vision, loaded.processor), vision)
    config = load_config(path)
    vision = is_vision(config)
    given = dict(init or {})
    dtype = given.pop("dtype", given.pop("torch_dtype", None))
    if isinstance(dtype, str) and dtype != "auto":
        dtype = getattr(torch, dtype)
    arguments = {
        **given,
        "dtype": dtype or (torch.bfloat16 if lora and use_bf16(device) else torch.float32),
        "trust_remote_code": False,
        "use_safetensors": True,
    }
    loader = AutoModelForImageTextToText if vision else AutoModelForCausalLM
    try:
        model = loader.from_pretrained(path, **arguments)
    except (OSError, ValueError, ImportError) as error:
        raise model_error(path, error) from error
    return Loaded(model, load_processor(path, vision), vision)


def load_for_run(path: str, resume: Optional[str], device: str, lora: bool, init: Optional[Dict[str, Any]]) -> Loaded:
    """The model a run trains: on resume with the weights of the checkpoint, still named after the model it began from.

    transformers 5.18 resumes by load_state_dict with strict=False and the names on disk, which differ from those in
    memory for vision-language models: it would silently train on with the first weights. So they are loaded here.
    The name matters because GRPO loads its reference model by it. An adapter is resumed by peft, on its base.
    """
    if resume is None or adapter_base(resume) is not None:
        return load_model(path, device, lora, init)
    loaded = load_model(resume, device, lora, init)
    loaded.model.config._name_or_path = loaded.model.name_or_path = path
    return loaded


class ResumesOwnWeights:
    """Trainer mixin: when `load_for_run` has loaded the weights of a checkpoint, the trainer must not load them again."""

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        if adapter_base(resume_from_checkpoint) is not None:
            super()._load_from_checkpoint(resume_from_checkpoint, model)  # type: ignore[misc]


def _processor_or(path: str, vision: bool, fallback: Any) -> Any:
    try:
        return load_processor(path, vision)
    except SetupError:
        return fallback


def image_token_ids(config: Any) -> List[int]:
    """Tokens that stand for images or videos; a completion that contains one cannot be trained on."""
    names = ("image_token_id", "image_token_index", "video_token_id", "video_token_index", "vision_start_token_id", "vision_end_token_id")
    found = {getattr(config, name, None) for name in names}
    return sorted(token for token in found if isinstance(token, int) and token >= 0)


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
        raise SetupError("The trainer refuses these settings: %s" % error, "Correct the run spec and check it again.") from error


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


def lazy_dataset(examples: Examples) -> Any:
    """A map-style dataset of row numbers whose examples are made on access."""
    from datasets import Dataset

    dataset = Dataset.from_dict({"row": list(range(len(examples.rows)))})
    dataset.set_transform(examples.transform)
    return dataset
