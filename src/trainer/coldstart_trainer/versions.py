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


def torchvision_problem() -> Optional[str]:
    """What is wrong with the torchvision that is installed, or None: transformers imports it, so nothing works then."""
    found = installed()
    if "torchvision" not in found:
        return None
    try:
        import torchvision  # noqa: F401
    except Exception as error:  # the build for another torch raises RuntimeError or OSError
        return "torchvision %s does not work with torch %s: %s" % (found["torchvision"], found.get("torch"), error)
    return None


def install_torchvision(found: Dict[str, str]) -> str:
    """The command that installs the torchvision of the installed torch: 0.(x + 15).y belongs to torch 2.x.y.

    A torch of PyTorch's own index, such as 2.13.0+cpu, needs the build of the same name; the default index has another.
    """
    torch, _, build = found.get("torch", "").partition("+")
    numbers = torch.split(".")
    package = "torchvision"
    if len(numbers) == 3 and numbers[0] == "2" and numbers[1].isdigit():
        package += "==0.%d.%s" % (int(numbers[1]) + 15, numbers[2])
        if build:
            package += "+%s --extra-index-url https://download.pytorch.org/whl/%s" % (build, build)
    python = '"%s"' % sys.executable if " " in sys.executable else sys.executable
    return "%s -m pip install %s" % (python, package)


def advice(found: Dict[str, str], problem: Optional[str]) -> str:
    """What to do about torchvision; empty when it is there and works."""
    if problem:
        return "%s. Replace it with: %s" % (problem, install_torchvision(found))
    if "torchvision" in found or "torch" not in found:
        return ""
    return "Models whose processor needs torchvision, such as Qwen2.5-VL: %s" % install_torchvision(found)


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
    where, problem = device(), torchvision_problem()
    return {
        "python": platform.python_version(),
        "executable": sys.executable,
        "versions": found,
        "device": where,
        "missing": lacking,
        "too_old": old,
        "ready": not lacking and not old and not problem and "error" not in where,
        "advice": advice(found, problem),
    }


def main(argv: Optional[List[str]] = None) -> int:
    """Always 0: an environment that is not ready is an answer, not a failure."""
    argparse.ArgumentParser(prog="python -m coldstart_trainer versions", description=__doc__).parse_args(argv)
    print(json.dumps(record()))
    return 0
