"""`check RUN_DIR`: problems of a prepared run, found before it starts; one JSON finding a line, 1 if one is an error.

Without RUN_DIR it says first what is installed, imports the trainer, and reads the folder from standard input.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
from typing import Any, Callable, Dict, List, Optional

from .check_findings import Finding, Findings, Prepared
from .check_rewards import DryRun
from .check_rows import check_batches, check_disk, check_images, check_selection
from .data import RowError, read_rows
from .runfolder import RunFolderError, place_now, read_run
from .versions import install_torchvision, installed, missing, too_old, torchvision_problem


def check_packages() -> Findings:
    """Missing and too old packages."""
    found = installed()
    lacking, old = missing(found), too_old(found)
    if lacking:
        yield Finding(
            "packages",
            "error",
            "%s lacks %s." % (sys.executable, ", ".join(lacking)),
            "Run “Coldstart: Create trainer environment…” or coldstart env create trl,"
            " or install what is missing there.",
        )
    if old:
        yield Finding("packages", "error", "Too old: %s." % ", ".join(old), "Create the trainer environment anew.")
    if not lacking and not old:
        shown = ("torch", "transformers", "trl")
        yield Finding("packages", "info", ", ".join("%s %s" % (name, found[name]) for name in shown))


def warm() -> threading.Thread:
    """Import what a check needs beside other work; a failure is left to whoever imports it for use."""

    def run() -> None:
        try:
            import torch  # noqa: F401
            from trl import GRPOConfig, SFTConfig  # noqa: F401

            from . import check_model  # noqa: F401
        except Exception:  # whatever a broken install raises is told by the import that needs it
            return

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def nothing_said(_: str) -> None:
    """For who does not show what goes on."""


def findings(
    run_dir: str, say: Callable[[str], None] = nothing_said, importing: Optional[threading.Thread] = None
) -> Findings:
    """All findings of a prepared run, in the order in which they are found; `say` gets what goes on meanwhile."""
    try:
        record = read_run(run_dir)
        now = place_now(record, os.path.abspath(run_dir))
        rows = read_rows(os.path.join(run_dir, record["inputs"]["train"]), now)
        held_out = record["inputs"].get("eval")
        eval_rows = read_rows(os.path.join(run_dir, held_out), now) if held_out else []
    except (RunFolderError, RowError, OSError, KeyError) as error:
        yield Finding("run-folder", "error", "The run cannot be read: %s" % error, "Start it again from its run spec.")
        return
    run = Prepared(os.path.abspath(run_dir), record, record["spec"], rows, eval_rows)
    packages = list(check_packages())
    usable = not any(finding.severity == "error" for finding in packages)
    dry_run = DryRun(run) if usable and rows and run.spec["stage"] == "grpo" else None
    try:
        yield from packages
        yield from check_selection(run)
        yield from check_batches(run)
        facts: Dict[str, Any] = {"vision": None, "processor": None}
        if usable:
            say("Loading transformers and the model's processor")
            if importing:
                importing.join()  # trl changes its own module while it is imported: a second thread gets half of it
            problem = torchvision_problem()
            usable = problem is None
            if problem:
                yield Finding("packages", "error", problem, "Replace it with: %s" % install_torchvision(installed()))
        if usable:
            from .check_model import check_model, check_tokens  # imports transformers

            yield from check_model(run, facts)
        if "pillow" in installed():
            say("Decoding images")
            yield from check_images(run, facts["vision"])
        yield from check_disk(run, record["model"]["path"])
        if dry_run:
            say("Calling rewards on real rows")
            yield from dry_run.findings()
        if rows and facts["processor"] is not None:
            say("Counting tokens of the longest rows")
            yield from check_tokens(run, facts)
    finally:
        if dry_run:
            dry_run.close()


def main(argv: Optional[List[str]] = None) -> int:
    """Print findings as they are found; 1 when at least one is an error."""
    parser = argparse.ArgumentParser(prog="python -m coldstart_trainer check", description=__doc__)
    parser.add_argument("run_dir", nargs="?", help="without it, read from standard input once it is prepared")
    given = parser.parse_args(argv)
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    run_dir, say, importing = given.run_dir, nothing_said, None
    if run_dir is None:
        # Rows are selected elsewhere at the same time: tell what is installed, and import meanwhile.
        print(json.dumps({"versions": installed()}), flush=True)
        importing = None if missing(installed()) else warm()
        run_dir = sys.stdin.readline().strip()
        say = tell
    failed = False
    for finding in findings(run_dir, say, importing) if run_dir else ():
        failed = failed or finding.severity == "error"
        print(json.dumps(finding.record()), flush=True)
    if importing:
        importing.join()  # an interpreter that ends in the middle of an import can crash
    return 1 if failed else 0


def tell(doing: str) -> None:
    """One line on standard output that says what goes on; not a finding."""
    print(json.dumps({"doing": doing}), flush=True)
