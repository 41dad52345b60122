"""One process of training as its run folder sees it: events, phase, totals, signs of life; no torch needed."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import signal
import sys
import time
import traceback
from typing import Any, Dict, Iterator, List, Optional

from .control import ControlReader
from .events import EventWriter
from .heartbeat import Alive, DeathPipe
from .runfolder import MANIFEST, checkpoints, write_bytes, write_manifest

TRACEBACK_CHARS = 20_000
_RESERVE_BYTES = 256 << 10


class Terminated(BaseException):
    """SIGTERM arrived; a BaseException, so that no library swallows it."""


class LiveRun:
    """Everything the trainer writes while it lives. Use `timed` around whatever exists only for the run folder."""

    def __init__(self, run_dir: str, record: Dict[str, Any], restart: int) -> None:
        self.run_dir = os.path.abspath(run_dir)
        self.record = record
        self.restart = restart
        self.events = EventWriter(self.run_dir, record["run"], restart, rollouts=record["spec"].get("rollouts", "all"))
        self.alive = Alive(self.run_dir)
        self.step = 0
        self.phase = ""
        self.evaluated = 0
        self.totals: Dict[str, Any] = {}
        self.event_s = 0.0
        self.checkpoint: Optional[str] = None
        self.start_fields: Dict[str, Any] = {}
        self._death = DeathPipe()
        # Given back at the end, so that a run that fills the disk can still say so.
        self._reserve = os.path.join(self.run_dir, ".events.reserve")
        try:
            write_bytes(self._reserve, os.urandom(_RESERVE_BYTES))
        except OSError:
            pass

    @contextlib.contextmanager
    def timed(self) -> Iterator[None]:
        """Adds the time inside to `event_s`, the cost of watching."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.event_s += time.perf_counter() - began

    def emit(self, type: str, **fields: Any) -> None:
        """One event."""
        with self.timed():
            self.events.emit(type, **fields)

    def set_phase(self, phase: str, step: int, done: Optional[int] = None, total: Optional[int] = None) -> None:
        """A `phase` event when the phase changes, and the phase of the next sign of life."""
        if phase == self.phase and step == self.step:
            return
        changed, self.phase, self.step = phase != self.phase, phase, step
        self.alive.set(step=step, phase=phase, done=done, total=total)
        if changed:
            counts = {name: value for name, value in (("done", done), ("total", total)) if value is not None}
            self.emit("phase", step=step, phase=phase, **counts)

    def started(self, state: Any) -> None:
        """The `run_start` event, once the trainer knows how many steps there will be."""
        self.emit("run_start", **{**self.start_fields, "max_steps": state.max_steps, "epochs": state.num_train_epochs})

    def supervisor_gone(self) -> bool:
        """The supervisor died: save and stop at the next step end, since nobody watches or records any more."""
        return self._death.gone.is_set()

    def memory_gb(self) -> Optional[float]:
        """Peak memory in GB: of the GPU when there is one, else of this process."""
        torch = sys.modules.get("torch")
        if torch is not None and torch.cuda.is_available() and torch.cuda.is_initialized():
            return round(torch.cuda.max_memory_allocated() / 1e9, 3)
        try:
            import resource
        except ImportError:
            return None
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return round(peak * (1 if sys.platform == "darwin" else 1024) / 1e9, 3)

    def complete_checkpoint(self, folder: str, step: int, kind: str, weights_only: bool) -> None:
        """Write the manifest last and announce the checkpoint; one without a manifest is never resumed."""
        adapter = os.path.isfile(os.path.join(folder, "adapter_config.json"))
        facts = {"step": step, "kind": kind, "resumable": not weights_only, "adapter_only": adapter}
        manifest = write_manifest(folder, **facts)
        self.checkpoint = os.path.relpath(folder, self.run_dir)
        size = sum(entry["bytes"] for entry in manifest["files"])
        self.emit("checkpoint", **facts, path=self.checkpoint, needs_merge=adapter, bytes=size)

    def end(self, status: str, error: Optional[BaseException] = None, hint: str = "") -> None:
        """The `run_end` event, the last one of this process."""
        with contextlib.suppress(OSError):
            os.unlink(self._reserve)
        if error is not None and disk_is_full(error):
            self._drop_half_written()
        fields: Dict[str, Any] = {"status": status, "step": self.step}
        if error is not None:
            fields["error"] = describe(error, hint)
        if self.checkpoint:
            fields["checkpoint"] = self.checkpoint
        self.totals["event_s"] = round(self.event_s, 4)
        self.alive.set(phase="idle")
        self.events.emit("run_end", **fields, totals=self.totals)
        self.events.close()
        self.alive.close()

    def _drop_half_written(self) -> None:
        """A checkpoint that the full disk cut short is never resumed; it only takes the room that a resume needs."""
        for checkpoint in checkpoints(self.run_dir):
            if not (checkpoint.path / MANIFEST).exists():
                shutil.rmtree(str(checkpoint.path), ignore_errors=True)

    def reward_report(
        self, reward: str, error: str, traceback: str = "", trace: Optional[Dict[str, Any]] = None
    ) -> None:
        """A `reward_error` event at the step being trained."""
        fields = {"trace": trace} if trace else {}
        self.emit("reward_error", step=self.step + 1, reward=reward, error=error, traceback=traceback, **fields)


def describe(error: BaseException, hint: str) -> Dict[str, str]:
    """`{type, message, traceback, hint}` of a failure; the end of a long trace-back is what tells."""
    text = getattr(error, "reward_traceback", "") or "".join(
        traceback.format_exception(type(error), error, error.__traceback__)
    )
    words = str(error).strip() or type(error).__name__
    return {
        "type": type(error).__name__,
        "message": "The disk is full (%s)" % words if disk_is_full(error) else words,
        "traceback": text[-TRACEBACK_CHARS:],
        "hint": hint or getattr(error, "hint", "") or advice(error),
    }


def disk_is_full(error: BaseException) -> bool:
    """The failure was, or was caused by, a disk without room."""
    seen: Optional[BaseException] = error
    while seen is not None:
        if getattr(seen, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or any(sign in str(seen) for sign in _FULL):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def advice(error: BaseException) -> str:
    """What a person can do about a failure whose cause is known by its kind or words; else an empty text."""
    words = "%s %s" % (type(error).__name__, error)
    for signs, text in _ADVICE:
        if any(sign in words for sign in signs):
            return text
    return ""


_FULL = ("No space left", "Errno 28", "Disk quota", "PytorchStreamWriter", "unexpected pos")
_ADVICE: List[Any] = [
    (
        ("OutOfMemoryError", "out of memory"),
        "Lower batch_size or max_completion_length, use LoRA, or scale images down with max_pixels.",
    ),
    (
        _FULL,
        "Free disk space, or lower save_limit; complete checkpoints are kept.",
    ),
    (("ImageError", "cannot identify image"), "Repair or remove the image, or drop the trace."),
    (
        ("RowError", "image placeholders", "Image features and image tokens"),
        "Check the run: a prompt's <image> tags and its images do not match.",
    ),
    (
        ("ModuleNotFoundError", "ImportError"),
        "A package is missing in the trainer environment; check it and install what it names.",
    ),
    (("IncompleteCheckpoint", "trainer_state.json"), "Remove the folder of that checkpoint, so that an older one is taken."),
    (
        ("generation_batch_size", "num_generations"),
        "batch_size x gradient_accumulation must be a multiple of group_size.",
    ),
    (("Terminated",), "The trainer was ended from outside."),
]


def raise_on_sigterm() -> None:
    """From now on SIGTERM ends the run with an event instead of silently."""

    def stop(*_: Any) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Terminated("ended by SIGTERM")

    signal.signal(signal.SIGTERM, stop)


def stop_requested(run_dir: str, restart: int) -> bool:
    """A stop request lies in the run folder: an end by signal is then what the person wanted."""
    return ControlReader(run_dir, restart).pending() is not None
