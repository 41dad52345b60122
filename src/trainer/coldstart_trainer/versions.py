"""`versions`: what the trainer environment has, as one JSON line; works without any of the packages."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import platform
import sys
from typing import Any, Dict, List, Optional

PACKAGES = (
    "torch",
    "transformers",
    "trl",
    "peft",
    "accelerate",
    "datasets",
    "pillow",
    "mathruler",
    "pylatexenc",
    "math-verify",
    "safetensors",
    "torchvision",
)
OPTIONAL = ("math-verify", "torchvision", "peft")
FLOORS = {"torch": (2, 10), "transformers": (5, 4), "trl": (1, 10)}
"""Oldest versions that are safe and tested: below them are known holes or other interfaces."""


def installed() -> Dict[str, str]:
    """Version of each package that is there."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def missing(found: Dict[str, str]) -> List[str]:
    """Packages without which no run can start."""
    return [name for name in PACKAGES if name not in found and name not in OPTIONAL]


def too_old(found: Dict[str, str]) -> List[str]:
    """`name version (needs x.y)` of each package below its floor."""
    return [
        "%s %s (needs %s)" % (name, found[name], ".".join(map(str, floor)))
        for name, floor in FLOORS.items()
        if name in found and _numbers(found[name]) < floor
    ]


def _numbers(version: str) -> Any:
    parts = []
    for part in version.split("+")[0].split(".")[:2]:
        digits = "".join(character for character in part if character.isdigit())
        parts.append(int(digits or 0))
    return tuple(parts)


def device() -> Dict[str, Any]:
    """`{kind, name, count}` of what torch would train on; the processor when torch cannot be imported, with `error`."""
    processor = {"kind": "cpu", "name": platform.processor() or platform.machine(), "count": 1}
    try:
        import torch
    except Exception as error:  # a broken install raises OSError and worse, and must be shown, not die
        return processor if isinstance(error, ModuleNotFoundError) else {**processor, "error": str(error)}
    if torch.cuda.is_available():
        return {"kind": "cuda", "name": torch.cuda.get_device_name(0), "count": torch.cuda.device_count()}
    if getattr(torch.backends, "mps", None) and torch.backends.mps.is_available():
        return {"kind": "mps", "name": "Apple GPU", "count": 1}
    return processor


def record() -> Dict[str, Any]:
    """Everything this command prints."""
    found = installed()
    lacking, old = missing(found), too_old(found)
    where = device()
    return {
        "python": platform.python_version(),
        "executable": sys.executable,
        "versions": found,
        "device": where,
        "missing": lacking,
        "too_old": old,
        "ready": not lacking and not old and "error" not in where,
    }


def main(argv: Optional[List[str]] = None) -> int:
    """Always 0: an environment that is not ready is an answer, not a failure."""
    argparse.ArgumentParser(prog="python -m coldstart_trainer versions", description=__doc__).parse_args(argv)
    print(json.dumps(record()))
    return 0
