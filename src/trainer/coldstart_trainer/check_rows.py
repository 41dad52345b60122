"""Checks of rows, images, batches and disk; no torch needed."""

from __future__ import annotations

import json
import os
import shutil
from typing import Any, Dict, Optional

from .batches import sampled_at_once
from .check_findings import Finding, Findings, Prepared, some
from .data import ImageError, image_size, load_image, placeholders
from .plural import agree, many

DECODED = 50
"""Images that are decoded whole; of all others the header is read."""


def check_selection(run: Prepared) -> Findings:
    """Empty selections and rows without what the stage needs."""
    if not run.rows:
        yield Finding(
            "empty-selection",
            "error",
            "No row is selected for training.",
            "Choose other rows or another filter in the run spec.",
        )
        return
    if run.spec["stage"] == "sft":
        lacking = [row["trace"]["id"] for row in run.rows if not row.get("completion")]
        if lacking:
            yield Finding(
                "completion-missing",
                "error",
                "%d of %s %s no completion to learn from: %s."
                % (len(lacking), many(len(run.rows), "trace"), agree(len(lacking), "has", "have"), some(lacking)),
                "Filter them out, or choose another shape if the completion was not recognised.",
            )
    elif _uses_ground_truth(run.spec):
        lacking = [row["trace"]["id"] for row in run.rows if row.get("ground_truth") is None]
        if lacking:
            yield Finding(
                "ground-truth-missing",
                "error" if len(lacking) == len(run.rows) else "warning",
                "%d of %s %s no ground truth, so the reward answer does not apply there: %s."
                % (len(lacking), many(len(run.rows), "trace"), agree(len(lacking), "has", "have"), some(lacking)),
                "Map the ground truth field, or filter these traces out.",
            )


def _uses_ground_truth(spec: Dict[str, Any]) -> bool:
    return any(reward["name"] == "answer" and not reward.get("file") for reward in spec["rewards"])


def check_batches(run: Prepared) -> Findings:
    """Arithmetic of batches and groups."""
    spec, world = run.spec, int(os.environ.get("WORLD_SIZE", "1"))
    if spec["stage"] == "sft":
        return
    per_update = spec["batch_size"] * world
    batch = sampled_at_once(spec, world)
    group = spec["group_size"]
    if batch % group:
        yield Finding(
            "batch-arithmetic",
            "error",
            "%s per generation (batch_size %d x gradient_accumulation %d) cannot be split into groups of %d."
            % (many(batch, "completion"), spec["batch_size"], spec["gradient_accumulation"], group),
            "Make batch_size x gradient_accumulation a multiple of group_size.",
        )
        return
    each = per_update * spec["gradient_accumulation"]
    needed = max(batch, each) // group
    if run.rows and len(run.rows) < needed:
        yield Finding(
            "batch-arithmetic",
            "error",
            "A step needs %s and %s selected, so no batch would ever be full."
            % (many(needed, "prompt"), many(len(run.rows), "trace") + agree(len(run.rows), " is", " are")),
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
    text = "%s x %s in each generation" % (many(batch // group, "prompt"), many(group, "rollout"))
    if each > batch:
        text += ", %s in each step" % many(each, "rollout")
    yield Finding("batch-arithmetic", "info", text + ".")


def check_images(run: Prepared, vision: Optional[bool]) -> Findings:
    """Placeholders against images, files that are there, images that decode."""
    rows = run.rows + run.eval_rows
    wrong = [row["trace"]["id"] for row in rows if row["images"] and placeholders(row) != len(row["images"])]
    if wrong:
        yield Finding(
            "placeholders",
            "error",
            "%s %s another number of <image> tags than images: %s."
            % (many(len(wrong), "trace"), agree(len(wrong), "has", "have"), some(wrong)),
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
        said = "%s %s missing: %s." % (many(len(absent), "image"), agree(len(absent), "is", "are"), some(absent))
        yield Finding("image-missing", "error", said, fix)
    if broken:
        said = "%s cannot be used: %s." % (many(len(broken), "image"), some(broken))
        yield Finding("image-decode", "error", said, fix)


def check_disk(run: Prepared, model_path: str) -> Findings:
    """Room for the checkpoints that are kept, and one more while it is written."""
    size = sum(
        os.path.getsize(os.path.join(model_path, name))
        for name in (os.listdir(model_path) if os.path.isdir(model_path) else [])
        if name.endswith(".safetensors")
    )
    # weights with two Adam moments; an adapter is small
    each = size if run.spec.get("lora") else 3 * size * _growth(run.spec, model_path)
    needed = each * (run.spec["save_limit"] + 1) + (64 << 20)
    free = shutil.disk_usage(run.run_dir).free
    if free < needed:
        yield Finding(
            "disk-space",
            "error" if size else "warning",
            "%.1f GB are free in %s; checkpoints need about %.1f GB." % (free / 1e9, run.run_dir, needed / 1e9),
            "Free space, lower save_limit, or keep runs on another disk.",
        )


def _growth(spec: Dict[str, Any], model_path: str) -> int:
    """2 for a model of 16-bit weights that is trained in float32, as released ones are without a dtype of one's own."""
    given = spec["trainer_args"].get("model_init_kwargs") or {}
    if (given.get("dtype") or given.get("torch_dtype") or "float32") != "float32":
        return 1
    try:
        with open(os.path.join(model_path, "config.json"), encoding="utf-8") as file:
            config = json.load(file)
    except (OSError, ValueError):
        return 1
    return 2 if (config.get("dtype") or config.get("torch_dtype")) in ("bfloat16", "float16") else 1
