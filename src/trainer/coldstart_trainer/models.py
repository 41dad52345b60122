"""Devices, models and processors: how they are picked and loaded, adapters and resumed checkpoints included."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, Dict, List, NamedTuple, Optional

from .versions import install_torchvision, installed


class SetupError(Exception):
    """The run cannot start as specified; the message says why, `hint` what to do; `code` is that of a check of the model."""

    def __init__(self, message: str, hint: str, code: str = "model-load") -> None:
        super().__init__(message)
        self.hint = hint
        self.code = code


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
    """The transformers config of a folder or hub id (of its base for an adapter); SetupError when it is not readable."""
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
    if not os.path.isdir(path):
        return SetupError(
            "There is no model folder %s, and the Hugging Face hub gave no model of that name: %s" % (path, first),
            "Correct model in the run spec: a folder (relative to the spec), a Hugging Face id, or run:NAME. A hub model "
            "needs the network once, and HF_TOKEN when it is gated.",
        )
    return SetupError(
        "The model %s cannot be loaded: %s" % (path, first),
        "Name a folder with config.json, tokenizer and weights. Only safetensors weights and code inside transformers are "
        "loaded.",
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
    except ImportError as error:
        if "torchvision" in str(error).lower() and "torchvision" not in installed():
            raise SetupError(
                "The processor of %s needs torchvision, which %s lacks." % (path, sys.executable),
                "Install it with: %s" % install_torchvision(installed()),
                "packages",
            ) from error
        raise model_error(path, error) from error
    except (OSError, ValueError, KeyError) as error:
        raise model_error(path, error) from error
    tokenizer = tokenizer_of(processor)
    template = getattr(processor, "chat_template", None) or getattr(tokenizer, "chat_template", None)
    if not template:
        raise SetupError(
            "The model %s has no chat template." % path,
            "Use an instruction-tuned model, or put a chat_template.jinja beside its tokenizer.",
            "chat-template",
        )
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return processor


def tokenizer_of(processor: Any) -> Any:
    """The tokenizer inside a processor, or the tokenizer itself."""
    return getattr(processor, "tokenizer", processor)


def load_model(path: str, device: str, half: bool, init: Optional[Dict[str, Any]] = None) -> Loaded:
    """Model, processor and kind; an adapter is merged into its base, which may itself be an adapter.

    Weights are float32, or bfloat16 with `half` on CUDA (adapter training, evaluation); `init` (trainer_args.model_init_kwargs)
    has the last word on dtype and attention. Never pickles, never remote code.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoModelForImageTextToText

    base = adapter_base(path)
    if base is not None:
        from peft import PeftModel

        loaded = load_model(base, device, half, init)
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
        "dtype": dtype or (torch.bfloat16 if half and use_bf16(device) else torch.float32),
        "trust_remote_code": False,
        "use_safetensors": True,
    }
    loader = AutoModelForImageTextToText if vision else AutoModelForCausalLM
    try:
        model = loader.from_pretrained(path, **arguments)
    except (OSError, ValueError, ImportError) as error:
        raise model_error(path, error) from error
    return Loaded(model, load_processor(path, vision), vision)


def load_for_run(path: str, resume: Optional[str], device: str, half: bool, init: Optional[Dict[str, Any]]) -> Loaded:
    """The model a run trains: on resume with the weights of the checkpoint, still named after the model it began from.

    transformers 5.18 resumes by load_state_dict with strict=False and the names on disk, which differ from those in
    memory for vision-language models: it would silently train on with the first weights. So they are loaded here.
    The name matters because GRPO loads its reference model by it. An adapter is resumed by peft, on its base.
    """
    if resume is None or adapter_base(resume) is not None:
        return load_model(path, device, half, init)
    loaded = load_model(resume, device, half, init)
    loaded.model.config._name_or_path = loaded.model.name_or_path = path
    return loaded


class ResumesOwnWeights:
    """Trainer mixin: weights of a checkpoint that `load_for_run` has loaded must not be loaded again."""

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
    names = (
        "image_token_id",
        "image_token_index",
        "video_token_id",
        "video_token_index",
        "vision_start_token_id",
        "vision_end_token_id",
    )
    found = {getattr(config, name, None) for name in names}
    return sorted(token for token in found if isinstance(token, int) and token >= 0)
