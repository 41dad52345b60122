"""`check RUN_DIR`: problems of a prepared run, found before it starts; one JSON finding a line, 1 if one is an error."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Any, Dict, List, Optional

from .check_findings import Finding, Findings, Prepared
from .check_rewards import check_rewards
from .check_rows import check_batches, check_disk, check_images, check_selection
from .data import RowError, read_rows
from .runfolder import RunFolderError, read_run
from .versions import installed, missing, too_old


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
        from .check_model import check_model, check_tokens  # imports transformers

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
