"""`check RUN_DIR`: problems of a prepared run, found before it starts; one JSON finding per line, 1 when one is an error."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Set

from .data import ImageError, RowError, image_size, load_image, longest, placeholders, prompt_messages, read_rows
from .runfolder import RunFolderError, read_run
from .versions import installed, missing, too_old

DECODED = 50
"""Images that are decoded whole; of all others the header is read."""
MEASURED = 12
"""Longest rows that are tokenized with the model's own processor."""
DRY_RUN = 8
"""Rows each reward is called on."""
GRADED_S = 20.0
"""Seconds that grading ground truths against themselves may take before the rest is left out."""
_NAMED = 3


class Finding(NamedTuple):
    """One line of the answer; `severity` is error, warning or info."""

    code: str
    severity: str
    message: str
    fix: str = ""


class Prepared(NamedTuple):
    """A run as it would start."""

    run_dir: str
    record: Dict[str, Any]
    spec: Dict[str, Any]
    rows: List[Dict[str, Any]]
    eval_rows: List[Dict[str, Any]]


Findings = Iterator[Finding]


def some(names: List[str]) -> str:
    """The first few names and how many more there are."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (" and %d more" % more if more > 0 else "")


def check_packages() -> Findings:
    """Missing and too old packages."""
    found = installed()
    lacking, old = missing(found), too_old(found)
    if lacking:
        yield Finding(
            "packages",
            "error",
            "%s lacks %s." % (sys.executable, ", ".join(lacking)),
            "Run Coldstart: Create Trainer Environment, or install what is missing there.",
        )
    if old:
        yield Finding("packages", "error", "Too old: %s." % ", ".join(old), "Create the trainer environment anew.")
    if not lacking and not old:
        shown = ("torch", "transformers", "trl")
        yield Finding("packages", "info", ", ".join("%s %s" % (name, found[name]) for name in shown))


def check_selection(run: Prepared) -> Findings:
    """Empty selections and rows without what the stage needs."""
    if not run.rows:
        yield Finding(
            "empty-selection", "error", "No row is selected for training.", "Choose other rows or another filter in the run spec."
        )
        return
    if run.spec["stage"] == "sft":
        lacking = [row["trace"]["id"] for row in run.rows if not row.get("completion")]
        if lacking:
            yield Finding(
                "completion-missing",
                "error",
                "%d of %d traces have no completion to learn from: %s." % (len(lacking), len(run.rows), some(lacking)),
                "Filter them out, or choose another shape if the completion was not recognised.",
            )
    elif _uses_ground_truth(run.spec):
        lacking = [row["trace"]["id"] for row in run.rows if row.get("ground_truth") is None]
        if lacking:
            yield Finding(
                "ground-truth-missing",
                "error" if len(lacking) == len(run.rows) else "warning",
                "%d of %d traces have no ground truth, so the reward answer does not apply to them: %s."
                % (len(lacking), len(run.rows), some(lacking)),
                "Map the ground truth field, or filter these traces out.",
            )


def _uses_ground_truth(spec: Dict[str, Any]) -> bool:
    return any(reward["name"] == "answer" and not reward.get("file") for reward in spec["rewards"])


def check_batches(run: Prepared) -> Findings:
    """Arithmetic of batches and groups."""
    spec, world = run.spec, int(os.environ.get("WORLD_SIZE", "1"))
    if spec["stage"] == "sft":
        return
    given = spec["trainer_args"]
    per_update = spec["batch_size"] * world
    batch = given.get("generation_batch_size") or per_update * (given.get("steps_per_generation") or spec["gradient_accumulation"])
    group = spec["group_size"]
    if batch % group:
        yield Finding(
            "batch-arithmetic",
            "error",
            "%d completions per generation (batch_size %d x gradient_accumulation %d) cannot be split into groups of %d."
            % (batch, spec["batch_size"], spec["gradient_accumulation"], group),
            "Make batch_size x gradient_accumulation a multiple of group_size.",
        )
        return
    prompts = batch // group
    if run.rows and len(run.rows) < prompts:
        yield Finding(
            "batch-arithmetic",
            "error",
            "A generation needs %d prompts and %d traces are selected, so no batch would ever be full." % (prompts, len(run.rows)),
            "Lower batch_size or gradient_accumulation, raise group_size, or select more traces.",
        )
        return
    if run.eval_rows and (spec.get("evaluation") or {}).get("every_steps") and per_update % group:
        yield Finding(
            "batch-arithmetic",
            "error",
            "Evaluation needs batch_size %d to be a multiple of group_size %d." % (spec["batch_size"], group),
            "Change batch_size, or leave every_steps out.",
        )
    yield Finding("batch-arithmetic", "info", "%d prompts x %d rollouts in each generation." % (prompts, group))


def check_images(run: Prepared, vision: Optional[bool]) -> Findings:
    """Placeholders against images, files that are there, images that decode."""
    rows = run.rows + run.eval_rows
    wrong = [row["trace"]["id"] for row in rows if row["images"] and placeholders(row) != len(row["images"])]
    if wrong:
        yield Finding(
            "placeholders",
            "error",
            "%d traces have another number of <image> tags than images: %s." % (len(wrong), some(wrong)),
            "Correct the prompts or the image lists of these traces.",
        )
    if vision is False and any(row["images"] for row in rows):
        yield Finding(
            "model-images",
            "error",
            "The dataset has images, and the model %s reads text only." % run.record["model"]["given"],
            "Choose a vision-language model.",
        )
    paths: Dict[str, str] = {}
    for row in rows:
        for path in row["images"]:
            paths.setdefault(path, row["trace"]["id"])
    absent, broken = [], []
    for path, trace in paths.items():
        if not os.path.isfile(path):
            absent.append("%s (trace %s)" % (path, trace))
            continue
        try:
            image_size(path)
        except ImageError as error:
            broken.append("%s (trace %s)" % (error, trace))
    step = max(1, len(paths) // DECODED)
    for path, trace in list(paths.items())[::step]:
        try:
            if os.path.isfile(path):
                load_image(path, run.spec["max_pixels"])
        except ImageError as error:
            text = "%s (trace %s)" % (error, trace)
            if text not in broken:
                broken.append(text)
    fix = "Repair the files, add their folder to image_roots, or drop these traces."
    if absent:
        yield Finding("image-missing", "error", "%d images are missing: %s." % (len(absent), some(absent)), fix)
    if broken:
        yield Finding("image-decode", "error", "%d images cannot be used: %s." % (len(broken), some(broken)), fix)


def check_disk(run: Prepared, model_path: str) -> Findings:
    """Room for the checkpoints that are kept, and one more while it is written."""
    size = sum(
        os.path.getsize(os.path.join(model_path, name))
        for name in (os.listdir(model_path) if os.path.isdir(model_path) else [])
        if name.endswith(".safetensors")
    )
    # float32 weights with two Adam moments; an adapter is small
    each = size if run.spec.get("lora") else 3 * size
    needed = each * (run.spec["save_limit"] + 1) + (64 << 20)
    free = shutil.disk_usage(run.run_dir).free
    if free < needed:
        yield Finding(
            "disk-space",
            "error" if size else "warning",
            "%.1f GB are free in %s; checkpoints need about %.1f GB." % (free / 1e9, run.run_dir, needed / 1e9),
            "Free space, lower save_limit, or keep runs on another disk.",
        )


def check_model(run: Prepared, facts: Dict[str, Any]) -> Findings:
    """Model config, device, processor, chat template, trainer arguments; fills `facts` with vision and processor."""
    from .trl_common import (
        SetupError,
        adapter_base,
        image_token_ids,
        is_vision,
        load_config,
        load_processor,
        pick_device,
        trainer_args_problem,
    )

    path = run.record["model"]["path"]
    try:
        device = pick_device(run.spec["device"])
        yield Finding("device", "info", "Trains on %s." % device)
    except SetupError as error:
        yield Finding("device", "error", str(error), error.hint)
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
        code = "chat-template" if "chat template" in str(error) else "model-load"
        yield Finding(code, "error", str(error), error.hint)
    from trl import GRPOConfig, SFTConfig

    problem = trainer_args_problem(SFTConfig if run.spec["stage"] == "sft" else GRPOConfig, run.spec["trainer_args"])
    if problem:
        yield Finding("trainer-args", "error", problem, "Correct trainer_args in the run spec.")
    if run.spec.get("lora") and "peft" not in installed():
        yield Finding("packages", "error", "LoRA needs peft.", "Install peft, or set lora to null.")


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
    from .trl_common import tokenizer_of

    tokenizer = tokenizer_of(processor)
    for row in longest(run.rows, MEASURED):
        try:
            prompts.append((_prompt_tokens(row, processor, vision, run.spec["max_pixels"]), row["trace"]["id"]))
        except (ImageError, RowError):
            continue  # told by check_images
        except Exception as error:  # whatever a processor raises, the run would raise too
            broken.append("%s (%s: %s)" % (row["trace"]["id"], type(error).__name__, str(error).splitlines()[0] if str(error) else ""))
        if row.get("completion"):
            completions.append((len(tokenizer(row["completion"], add_special_tokens=False)["input_ids"]), row["trace"]["id"]))
    if broken:
        yield Finding(
            "tokens-prompt", "error", "The model's processor refuses: %s." % some(broken), "Look at these traces; the model cannot read them."
        )
    if not prompts:
        return
    longest_prompt, trace = max(prompts)
    longest_completion = max(completions)[0] if completions else 0
    room = run.spec["max_completion_length"] if run.spec["stage"] == "grpo" else longest_completion
    text = "The longest prompt measured has %d tokens (trace %s)" % (longest_prompt, trace)
    if facts["positions"] and longest_prompt + room > facts["positions"]:
        yield Finding(
            "tokens-prompt",
            "error",
            "%s; with %d for the completion that is more than the %d positions of the model." % (text, room, facts["positions"]),
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
            "The longest completion of the dataset has %d tokens (trace %s); rollouts end at max_completion_length %d."
            % (tokens, trace, limit),
            "Raise max_completion_length if the model should reason as long as these traces.",
        )
    elif run.spec["stage"] == "sft" and cut and prompt + tokens > cut:
        yield Finding(
            "tokens-completion",
            "warning",
            "Prompt and completion of trace %s have %d tokens and are cut at max_length %d." % (trace, prompt + tokens, cut),
            "Set max_length to null.",
        )
    else:
        yield Finding("tokens-completion", "info", "The longest completion measured has %d tokens (trace %s)." % (tokens, trace))


def _prompt_tokens(row: Dict[str, Any], processor: Any, vision: bool, max_pixels: int) -> int:
    messages = prompt_messages(row, vision)
    text = processor.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
    if vision and row["images"]:
        images = [load_image(path, max_pixels) for path in row["images"]]
        return len(processor(images=[images], text=[text])["input_ids"][0])
    from .trl_common import tokenizer_of

    return len(tokenizer_of(processor)(text, add_special_tokens=False)["input_ids"])


def _image_tokens(run: Prepared, facts: Dict[str, Any]) -> Findings:
    """A text that spells the model's own image token would claim an image that is not there."""
    if not facts["blocked"]:
        return
    from .trl_common import tokenizer_of

    tokens: Set[str] = {token for token in tokenizer_of(facts["processor"]).convert_ids_to_tokens(facts["blocked"]) if token}
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
            "%d traces spell the model's image token (%s) in their text: %s." % (len(found), ", ".join(sorted(tokens)), some(found)),
            "Remove it from these texts; <image> belongs into the prompt, once for each image.",
        )


def check_rewards(run: Prepared) -> Findings:
    """Each ground truth graded against itself, and each reward called on real rows, in this interpreter."""
    from .extraction import wrap
    from .rewards import AnswerReward, RewardFailure, build, close, start

    reports: List[str] = []

    def report(reward: str, error: str, **_: Any) -> None:
        reports.append("%s: %s" % (reward, error))

    rule = run.spec["extraction"]
    rewards: List[Any] = []
    try:
        rewards = build(run.spec, report)
        start(rewards)
        for reward in rewards:
            if isinstance(reward, AnswerReward):
                yield from _self_graded(run, reward, rule, wrap)
        sample = [row for row in run.rows if row.get("ground_truth") is not None][:DRY_RUN] or run.rows[:DRY_RUN]
        texts = [row.get("completion") or wrap(str(row.get("ground_truth")), rule) or str(row.get("ground_truth")) for row in sample]
        for reward in rewards:
            began = time.monotonic()
            values = reward(
                prompts=[row["messages"] for row in sample],
                completions=[[{"role": "assistant", "content": text}] for text in texts],
                completion_ids=[[0] for _ in sample],
                ground_truth=[row.get("ground_truth") for row in sample],
                solution=[row.get("ground_truth") for row in sample],
                trace=[row["trace"] for row in sample],
                image_paths=[row["images"] for row in sample],
            )
            seconds = time.monotonic() - began
            shown = ", ".join("none" if value is None else "%g" % value for value in values)
            yield Finding("reward-dry-run", "info", "%s gives %s on %d traces (%.2f s)." % (reward.__name__, shown, len(sample), seconds))
            if sample and all(value is None for value in values):
                yield Finding(
                    "reward-dry-run",
                    "warning",
                    "%s applies to none of %d traces." % (reward.__name__, len(sample)),
                    "Check what it expects: TRL calls it with prompts, completions, ground_truth and the other columns.",
                )
    except RewardFailure as error:
        yield Finding("reward-dry-run", "error", str(error), error.hint)
    finally:
        close(rewards)
    for text in reports:
        yield Finding("reward-dry-run", "warning", text)


def _self_graded(run: Prepared, reward: Any, rule: str, wrap: Callable[[str, str], Optional[str]]) -> Findings:
    truths: Dict[str, str] = {}
    for row in run.rows:
        if row.get("ground_truth") is not None:
            truths.setdefault(str(row["ground_truth"]), row["trace"]["id"])
    pairs = [(wrap(truth, rule), truth) for truth in truths]
    pairs = [pair for pair in pairs if pair[0] is not None]
    if not pairs and truths:
        yield Finding("reward-dry-run", "info", "Ground truths cannot be tried with extraction %s." % rule)
        return
    wrong, asked, began = [], 0, time.monotonic()
    for first in range(0, len(pairs), 200):
        if time.monotonic() - began > GRADED_S:
            break
        part = pairs[first : first + 200]
        asked += len(part)
        for (_, truth), verdict in zip(part, reward.grade(part)):
            if verdict["state"] != "correct":
                wrong.append("%s (trace %s)" % (truth, truths[truth]))
    if wrong:
        yield Finding(
            "reward-dry-run",
            "error" if len(wrong) * 10 > asked else "warning",
            "%d of %d ground truths are not graded correct against themselves, so no rollout can earn the reward: %s."
            % (len(wrong), asked, some(wrong)),
            "Correct these ground truths, or choose another extraction.",
        )
    elif pairs:
        yield Finding("reward-dry-run", "info", "%d of %d distinct ground truths are correct against themselves." % (asked, len(pairs)))


def findings(run_dir: str) -> Findings:
    """All findings of a prepared run, in the order in which they are found."""
    try:
        record = read_run(run_dir)
        rows = read_rows(os.path.join(run_dir, record["inputs"]["train"]))
        held_out = record["inputs"].get("eval")
        eval_rows = read_rows(os.path.join(run_dir, held_out)) if held_out else []
    except (RunFolderError, RowError, OSError, KeyError) as error:
        yield Finding("run-folder", "error", "The run cannot be read: %s" % error, "Start it again from its run spec.")
        return
    run = Prepared(os.path.abspath(run_dir), record, record["spec"], rows, eval_rows)
    packages = list(check_packages())
    yield from packages
    yield from check_selection(run)
    yield from check_batches(run)
    usable = not any(finding.severity == "error" for finding in packages)
    facts: Dict[str, Any] = {"vision": None, "processor": None}
    if usable:
        yield from check_model(run, facts)
    if "pillow" in installed():
        yield from check_images(run, facts["vision"])
    yield from check_disk(run, record["model"]["path"])
    if usable and rows:
        if run.spec["stage"] == "grpo":
            yield from check_rewards(run)
        if facts["processor"] is not None:
            yield from check_tokens(run, facts)


def main(argv: Optional[List[str]] = None) -> int:
    """Print findings as they are found; 1 when at least one is an error."""
    parser = argparse.ArgumentParser(prog="python -m coldstart_trainer check", description=__doc__)
    parser.add_argument("run_dir")
    given = parser.parse_args(argv)
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    failed = False
    for finding in findings(given.run_dir):
        failed = failed or finding.severity == "error"
        print(json.dumps(finding._asdict()), flush=True)
    return 1 if failed else 0
