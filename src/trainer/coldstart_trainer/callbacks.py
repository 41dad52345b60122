"""The trainer callback that turns a run into events, answers stop requests and completes checkpoints."""

from __future__ import annotations

import os
import shutil
import time
from typing import Any, Callable, Dict, List, Optional

from transformers import TrainerCallback

from .control import ControlReader
from .live_run import LiveRun
from .metrics import canonical, diagnose
from .runfolder import INCOMPLETE_MARK, checkpoints, manifest_problem


class RunCallback(TrainerCallback):
    """Events of one training: metrics, checkpoints, diagnoses, stop. Only the first process writes."""

    def __init__(self, live: LiveRun, spec: Dict[str, Any]) -> None:
        self._live = live
        self._spec = spec
        self._control = ControlReader(live.run_dir, live.restart)
        self._diagnoses = diagnose(spec["stage"])
        self._step_began = 0.0
        self._step_seconds: List[float] = []
        self._began = 0.0
        self._first_step = 0
        self._tokens = 0.0
        self._tokens_at = 0.0
        self.gather: Callable[[], Dict[str, float]] = dict
        self.stop_request: Optional[Dict[str, Any]] = None

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._began = time.monotonic()
        self._first_step = state.global_step
        self._tokens, self._tokens_at = float(state.num_input_tokens_seen or 0), self._began
        self._live.started(state)
        self._phase("updating" if self._spec["stage"] == "sft" else "generating", state.global_step)

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._step_began = time.monotonic()
        # Only after an evaluation or a save: a phase event for each SFT step would tell nothing.
        if self._spec["stage"] == "sft":
            self._phase("updating", state.global_step)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._step_seconds.append(time.monotonic() - self._step_began)
        self._live.step = state.global_step
        self._live.alive.set(step=state.global_step, phase=self._live.phase)
        self._read_requests(state, control)
        if self._live.supervisor_gone() and not control.should_training_stop:
            control.should_training_stop = control.should_save = True
        if state.global_step >= state.max_steps and not self._discards():
            control.should_save = True  # the last step always leaves a model, whatever trainer_args say
        if control.should_save:
            self._phase("saving", state.global_step)

    def _read_requests(self, state: Any, control: Any) -> None:
        with self._live.timed():
            request = self._control.pending()
        if request is None or self.stop_request is not None:
            return
        self.stop_request = request
        control.should_training_stop = True
        control.should_save = request["save"]
        mode = "save" if request["save"] else "discard"
        self._live.emit("stop_ack", id=request["id"], mode=mode, at_step=state.global_step)

    def _discards(self) -> bool:
        return self.stop_request is not None and not self.stop_request["save"]

    def on_log(self, args: Any, state: Any, control: Any, logs: Optional[Dict[str, Any]] = None, **_: Any) -> None:
        logs = logs or {}
        if "train_runtime" in logs:  # the summary at the end: a mean over the run is no step's loss
            self._live.totals.update(
                {
                    name: logs[name]
                    for name in ("train_loss", "train_runtime", "train_samples_per_second")
                    if name in logs
                }
            )
            return
        split = "eval" if any(name.startswith("eval_") for name in logs) else "train"
        values = canonical(logs, split)
        if split == "train":
            values.update(self._timings(logs, state))
        raw = {name: value for name, value in logs.items() if isinstance(value, (int, float)) or value is None}
        elapsed = time.monotonic() - self._began
        self._live.emit(
            "metrics",
            step=state.global_step,
            epoch=logs.get("epoch"),
            split=split,
            values=values,
            raw=raw,
            elapsed_s=round(elapsed, 3),
            eta_s=self._eta(state) if split == "train" else None,
        )
        print(_line(state, split, values), flush=True)
        if split == "train":
            for finding in self._diagnoses(state.global_step, values):
                self._live.emit("diag", step=state.global_step, **finding)
        with self._live.timed():
            self._live.events.sync()

    def _timings(self, logs: Dict[str, Any], state: Any) -> Dict[str, Optional[float]]:
        seconds, self._step_seconds = self._step_seconds, []
        found: Dict[str, Optional[float]] = dict(self.gather())
        if seconds:
            found["step_s"] = round(sum(seconds) / len(seconds), 4)
        tokens, now = logs.get("num_tokens"), time.monotonic()
        if isinstance(tokens, (int, float)) and now > self._tokens_at:
            found["tok_s"] = round((tokens - self._tokens) / (now - self._tokens_at), 1)
            self._tokens, self._tokens_at = float(tokens), now
            self._live.totals["tokens"] = int(tokens)
        found["mem_gb"] = self._live.memory_gb()
        return found

    def _eta(self, state: Any) -> Optional[float]:
        done = state.global_step - self._first_step
        if done <= 0 or state.max_steps <= 0:
            return None
        return round((time.monotonic() - self._began) / done * (state.max_steps - state.global_step), 1)

    def on_evaluate(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._phase("saving" if control.should_save else "updating", state.global_step)

    def on_prediction_step(self, args: Any, state: Any, control: Any, eval_dataloader: Any = None, **_: Any) -> None:
        self._live.evaluated += 1
        if self._live.phase != "evaluating":
            self._live.evaluated = 1
            self._phase("evaluating", state.global_step)
        total = len(eval_dataloader) if hasattr(eval_dataloader, "__len__") else None
        self._live.alive.set(done=self._live.evaluated, total=total)

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if not state.is_world_process_zero:
            return
        folder = os.path.join(args.output_dir, "checkpoint-%d" % state.global_step)
        if not os.path.isdir(folder):
            return
        last = state.global_step >= state.max_steps
        interrupted = not last and control.should_training_stop
        kind = "final" if last else "interrupt" if interrupted else "periodic"
        self._live.complete_checkpoint(folder, state.global_step, kind, args.save_only_model)
        self._delete_old(args.output_dir)
        going = "updating" if self._spec["stage"] == "sft" else "generating"
        self._phase("idle" if control.should_training_stop else going, state.global_step)

    def _delete_old(self, output_dir: str) -> None:
        complete = [
            checkpoint
            for checkpoint in checkpoints(self._live.run_dir)
            if os.path.dirname(str(checkpoint.path)) == os.path.abspath(output_dir)
            and not (checkpoint.path / INCOMPLETE_MARK).exists()
            and manifest_problem(checkpoint.path, hashes=False) is None
        ]
        for old in complete[self._spec["save_limit"] :]:
            shutil.rmtree(str(old.path), ignore_errors=True)

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._live.step = state.global_step
        self._live.totals["seconds"] = round(time.monotonic() - self._began, 3)

    def _phase(self, name: str, step: int) -> None:
        self._live.set_phase(name, step)


_PRINTED = ("loss", "reward", "kl", "entropy", "len/mean", "token_acc", "lr", "step_s")


def _line(state: Any, split: str, values: Dict[str, Optional[float]]) -> str:
    """One line of stdout.log for people; programs read events.jsonl."""
    shown = ["%s %.4g" % (name, values[name]) for name in _PRINTED if isinstance(values.get(name), (int, float))]
    what = "step" if split == "train" else "evaluation at step"
    return "%s %d of %d: %s" % (what, state.global_step, state.max_steps, ", ".join(shown))
