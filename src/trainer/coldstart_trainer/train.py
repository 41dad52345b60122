"""`train RUN_DIR [--resume PATH]`: the process that trains. Heavy imports come after the first event."""

from __future__ import annotations

import argparse
import io
import os
import sys
from typing import Any, Dict, List, Optional

from .live_run import LiveRun, Terminated, raise_on_sigterm, stop_requested
from .runfolder import RunFolderError, manifest_problem, read_run, step_of


class IncompleteCheckpoint(Exception):
    """The checkpoint to resume from cannot be used."""


def main(argv: Optional[List[str]] = None) -> int:
    """0 when the run completed or stopped as asked, 1 when it failed (run_end says why), 2 for a wrong call."""
    parser = argparse.ArgumentParser(prog="python -m coldstart_trainer train", description=__doc__)
    parser.add_argument("run_dir")
    parser.add_argument("--resume", metavar="PATH", help="a complete checkpoint folder of this run")
    given = parser.parse_args(argv)
    try:
        record = read_run(given.run_dir)
    except RunFolderError as error:
        print(error, file=sys.stderr)
        return 2
    keep_printing()
    restart = os.environ.get("COLDSTART_RESTART", "0")
    live = LiveRun(given.run_dir, record, int(restart) if restart.isdigit() else 0)
    raise_on_sigterm()
    try:
        live.set_phase("loading", step_of(given.resume) or 0)
        status = _train(live, record, given.resume)
        live.end(status)
        return 0
    except (Terminated, KeyboardInterrupt) as error:
        wanted = stop_requested(live.run_dir, live.restart)
        live.end("stopped" if wanted else "failed", error)
        return 0 if wanted else 1
    except BaseException as error:  # the run folder must say how a run ended, also for SystemExit
        live.end("failed", error)
        import traceback

        traceback.print_exc()
        return 1


class LogFile(io.FileIO):
    """Standard output on a disk that may be full: what cannot be written is lost, and nothing fails for it."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data) or 0
        except OSError:
            return len(data)


def keep_printing() -> None:
    """From now on no library's print or warning can end the run because the log cannot grow."""
    for name, number in (("stdout", 1), ("stderr", 2)):
        if getattr(sys, name) is getattr(sys, "__%s__" % name):  # not when somebody captures them
            log = LogFile(number, "w", closefd=False)
            setattr(sys, name, io.TextIOWrapper(log, "utf-8", "backslashreplace", write_through=True))  # type: ignore[arg-type]


def _train(live: LiveRun, record: Dict[str, Any], resume: Optional[str]) -> str:
    spec = record["spec"]
    if resume is not None:
        problem = manifest_problem(resume)
        if problem:
            raise IncompleteCheckpoint("%s cannot be resumed: %s." % (resume, problem))
    os.makedirs(os.path.join(live.run_dir, "checkpoints"), exist_ok=True)
    # HF libraries print progress bars and advice for their own command lines; stderr.log is for errors.
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "warning")
    os.environ.setdefault("WANDB_DISABLED", "true")
    _keep_to_one_gpu()
    if spec.get("threads"):
        os.environ["OMP_NUM_THREADS"] = str(spec["threads"])
    if spec["stage"] == "sft":
        from .trl_sft import run
    else:
        from .trl_grpo import run
    return run(live, record, resume)


def _keep_to_one_gpu() -> None:
    """One process trains on one GPU: transformers would spread it by DataParallel, which GRPO's groups do not survive."""
    if "WORLD_SIZE" not in os.environ:
        os.environ["CUDA_VISIBLE_DEVICES"] = os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0]
