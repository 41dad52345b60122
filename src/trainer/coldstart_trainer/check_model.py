"""Checks of model, device, trainer arguments and token counts, by the model's own processor."""

from __future__ import annotations

import os
import re
from typing import Any, Dict, Set, Tuple

from .check_findings import Finding, Findings, Prepared, some
from .data import ImageError, RowError, load_image, longest, prompt_messages
from .models import (
    SetupError,
    adapter_base,
    image_token_ids,
    is_vision,
    load_config,
    load_processor,
    pick_device,
    tokenizer_of,
)
from .plural import agree, many
from .trl_common import with_trainer_args
from .versions import installed

MEASURED = 12
"""Longest rows that are tokenized with the model's own processor."""


def check_model(run: Prepared, facts: Dict[str, Any]) -> Findings:
    """Model config, device, processor, chat template, trainer arguments; fills `facts` with vision and processor."""
    path = run.record["model"]["path"]
    try:
        device = pick_device(run.spec["device"])
        yield Finding("device", "info", "Trains on %s." % device)
    except SetupError as error:
        yield Finding("device", "error", str(error), error.hint)
    yield from _settings(run)
    try:
        config = load_config(path)
    except SetupError as error:
        yield Finding("model-load", "error", str(error), error.hint)
        return
    facts["vision"] = is_vision(config)
    facts["blocked"] = image_token_ids(config) if facts["vision"] else []
    text = config.get_text_config()
    facts["positions"] = getattr(text, "max_position_embeddings", None)
    if os.path.isdir(path) and adapter_base(path) is None:
        yield from _weights(path)
    try:
        facts["processor"] = load_processor(path, facts["vision"])
    except SetupError as error:
        yield Finding(error.code, "error", str(error), error.hint)
    if run.spec.get("lora") and "peft" not in installed():
        yield Finding("packages", "error", "LoRA needs peft.", "Install peft, or set lora to null.", ("lora",))


def _settings(run: Prepared) -> Findings:
    """The trainer's own config, made as the run will make it: unknown names, schedules and combinations show here."""
    from trl import GRPOConfig, SFTConfig

    from .trl_grpo import grpo_arguments
    from .trl_sft import sft_arguments

    spec = run.spec
    made = (SFTConfig, sft_arguments) if spec["stage"] == "sft" else (GRPOConfig, grpo_arguments)
    evaluates = bool((spec.get("evaluation") or {}).get("every_steps")) and bool(run.eval_rows)
    try:
        device = pick_device(spec["device"])
        arguments = made[1](spec, os.path.join(run.run_dir, "checkpoints"), device, evaluates)
        with_trainer_args(made[0], arguments, spec["trainer_args"])
    except SetupError as error:
        yield Finding("trainer-args", "error", str(error), error.hint, _argument(spec, str(error)))


def _argument(spec: Dict[str, Any], said: str) -> Tuple[str, ...]:
    """The setting that a trainer's refusal names."""
    words = set(re.findall(r"\w+", said))
    for name in spec["trainer_args"]:
        if name in words:
            return ("trainer_args", name)
    return ("schedule",) if spec["schedule"] in words else ()


def _weights(path: str) -> Findings:
    names = os.listdir(path)
    if not any(name.endswith(".safetensors") for name in names):
        pickles = [name for name in names if name.endswith((".bin", ".pt", ".pth"))]
        yield Finding(
            "model-load",
            "error",
            "%s has no safetensors weights%s." % (path, ", only %s" % some(pickles) if pickles else ""),
            "Convert the weights to safetensors; pickled files can run code and are never loaded.",
        )


def check_tokens(run: Prepared, facts: Dict[str, Any]) -> Findings:
    """Token counts of the longest rows, by the model's own processor and images; image tokens hidden in texts."""
    processor, vision = facts["processor"], facts["vision"]
    yield from _image_tokens(run, facts)
    prompts, completions, broken = [], [], []
    tokenizer = tokenizer_of(processor)
    for row in longest(run.rows, MEASURED, run.spec["max_pixels"]):
        try:
            prompts.append((_prompt_tokens(row, processor, vision, run.spec["max_pixels"]), row["trace"]["id"]))
        except (ImageError, RowError):
            continue  # told by check_images
        except Exception as error:  # whatever a processor raises, the run would raise too
            broken.append(
                "%s (%s: %s)"
                % (row["trace"]["id"], type(error).__name__, str(error).splitlines()[0] if str(error) else "")
            )
        if row.get("completion"):
            completions.append(
                (len(tokenizer(row["completion"], add_special_tokens=False)["input_ids"]), row["trace"]["id"])
            )
    if broken:
        yield Finding(
            "tokens-prompt",
            "error",
            "The model's processor refuses: %s." % some(broken),
            "Look at these traces; the model cannot read them.",
        )
    if not prompts:
        return
    longest_prompt, trace = max(prompts)
    longest_completion = max(completions)[0] if completions else 0
    room = run.spec["max_completion_length"] if run.spec["stage"] == "grpo" else longest_completion
    text = "The longest prompt measured has %s (trace %s)" % (many(longest_prompt, "token"), trace)
    if facts["positions"] and longest_prompt + room > facts["positions"]:
        yield Finding(
            "tokens-prompt",
            "error",
            "%s; with %d for the completion that is more than the %d positions of the model."
            % (text, room, facts["positions"]),
            "Lower max_pixels or max_completion_length, or drop the longest traces.",
        )
    else:
        yield Finding("tokens-prompt", "info", text + ".")
    if completions:
        yield from _completion_tokens(run, max(completions), longest_prompt)


def _completion_tokens(run: Prepared, found: Any, prompt: int) -> Findings:
    tokens, trace = found
    limit = run.spec["max_completion_length"]
    cut = run.spec.get("max_length")
    if run.spec["stage"] == "grpo" and tokens > limit:
        yield Finding(
            "tokens-completion",
            "warning",
            "The longest completion of the dataset has %s (trace %s); rollouts end at max_completion_length %d."
            % (many(tokens, "token"), trace, limit),
            "Raise max_completion_length if the model should reason as long as these traces.",
        )
    elif run.spec["stage"] == "sft" and cut and prompt + tokens > cut:
        yield Finding(
            "tokens-completion",
            "warning",
            "Prompt and completion of trace %s have %s and are cut at max_length %d."
            % (trace, many(prompt + tokens, "token"), cut),
            "Set max_length to null.",
            ("max_length",),
        )
    else:
        yield Finding(
            "tokens-completion",
            "info",
            "The longest completion measured has %s (trace %s)." % (many(tokens, "token"), trace),
        )


def _prompt_tokens(row: Dict[str, Any], processor: Any, vision: bool, max_pixels: int) -> int:
    messages = prompt_messages(row, vision)
    text = processor.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
    if vision and row["images"]:
        images = [load_image(path, max_pixels) for path in row["images"]]
        return len(processor(images=[images], text=[text])["input_ids"][0])
    return len(tokenizer_of(processor)(text, add_special_tokens=False)["input_ids"])


def _image_tokens(run: Prepared, facts: Dict[str, Any]) -> Findings:
    """A text that spells the model's own image token would claim an image that is not there."""
    if not facts["blocked"]:
        return
    tokens: Set[str] = {
        token for token in tokenizer_of(facts["processor"]).convert_ids_to_tokens(facts["blocked"]) if token
    }
    found = []
    for row in run.rows + run.eval_rows:
        texts = [row.get("completion") or ""]
        for message in row["messages"]:
            text = message["content"]
            texts.append(text.replace("<image>", "") if row["images"] else text)
        if any(token in text for token in tokens for text in texts):
            found.append(row["trace"]["id"])
    if found:
        yield Finding(
            "placeholders",
            "error",
            "%s %s the model's image token (%s) in the text: %s."
            % (many(len(found), "trace"), agree(len(found), "spells", "spell"), ", ".join(sorted(tokens)), some(found)),
            "Remove it from these texts; <image> belongs into the prompt, once for each image.",
        )
