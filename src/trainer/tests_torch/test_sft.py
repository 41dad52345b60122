"""SFT by the real SFTTrainer on a tiny vision-language model."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from torch_runs import PACKAGE_ROOT, input_rows  # isort: skip (skips the module without torch)
import torch
from safetensors.torch import load_file

from coldstart_trainer.runfolder import manifest_problem, newest_checkpoint


def weights(folder):
    (path,) = folder.glob("*model.safetensors")
    return load_file(str(path))


def test_three_steps_leave_events_and_a_model_that_loads(prepare, monkeypatch, capsys):
    run = prepare("sft")
    assert run.train(monkeypatch) == 0
    printed = capsys.readouterr().out
    assert "step 3 of 3: loss " in printed and "{" not in printed
    kinds = [event["type"] for event in run.events()]
    assert kinds[0] == "phase" and run.events()[0]["phase"] == "loading"
    start = run.events("run_start")[0]
    assert (start["stage"], start["max_steps"], start["dataset"]["traces"]) == ("sft", 3, 24)
    assert start["model"] == run.record["model"]["given"]
    metrics = run.events("metrics")
    assert [event["step"] for event in metrics] == [1, 2, 3]
    assert all(event["values"]["loss"] > 0 and event["values"]["step_s"] > 0 for event in metrics)
    assert metrics[-1]["eta_s"] == 0
    end = run.end()
    assert (end["status"], end["step"], end["checkpoint"]) == ("completed", 3, "checkpoints/checkpoint-3")
    assert end["totals"]["event_s"] >= 0  # its share of the time is measured by the benchmark
    assert "train_loss" in end["totals"] and all("train_loss" not in event["values"] for event in metrics)
    checkpoint = run.events("checkpoint")[0]
    assert (checkpoint["kind"], checkpoint["resumable"], checkpoint["step"]) == ("final", True, 3)
    assert manifest_problem(run.checkpoint(3)) is None
    from transformers import AutoModelForImageTextToText, AutoProcessor

    AutoProcessor.from_pretrained(run.checkpoint(3))
    AutoModelForImageTextToText.from_pretrained(run.checkpoint(3))


LORA = {"rank": 2, "alpha": 4, "dropout": 0, "target_modules": "all-linear"}


@pytest.mark.parametrize("lora", [None, LORA])
def test_a_stopped_run_resumes_to_the_same_weights(prepare, monkeypatch, lora):
    whole, parted = prepare("sft", lora=lora), prepare("sft", lora=lora)
    assert whole.train(monkeypatch) == 0
    parted.request_stop()
    assert parted.train(monkeypatch) == 0
    end = parted.end()
    assert (end["status"], end["step"], end["checkpoint"]) == ("stopped", 1, "checkpoints/checkpoint-1")
    assert [(event["mode"], event["at_step"]) for event in parted.events("stop_ack")] == [("save", 1)]
    assert parted.events("checkpoint")[0]["kind"] == "interrupt"
    newest, passed = newest_checkpoint(parted.folder)
    assert newest.step == 1 and not passed
    assert parted.train(monkeypatch, restart=1, resume=newest.path) == 0
    assert [event["step"] for event in parted.events("metrics", restart=1)] == [2, 3]
    assert parted.events("run_start", restart=1)[0]["resume"]["step"] == 1
    assert parted.events("phase", restart=1)[0]["step"] == 1  # while it loads, too
    one, other = weights(whole.checkpoint(3)), weights(parted.checkpoint(3))
    assert one.keys() == other.keys() and all(torch.allclose(one[name], other[name], atol=1e-6) for name in one)


def test_stop_and_discard_saves_nothing(prepare, monkeypatch):
    run = prepare("sft", save_steps=1)
    run.request_stop(save=False)
    assert run.train(monkeypatch) == 0
    assert run.end()["status"] == "stopped" and "checkpoint" not in run.end()
    assert not run.events("checkpoint") and not run.checkpoint(1).exists()


def test_a_killed_trainer_leaves_a_resumable_checkpoint(prepare, monkeypatch):
    run = prepare("sft", max_steps=10_000, save_steps=2, save_limit=1)
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE_ROOT), "COLDSTART_RESTART": "0"}
    with open(run.folder / "stderr.log", "wb") as log:
        process = subprocess.Popen(run.record["argv"], env=environment, stdout=subprocess.DEVNULL, stderr=log)
    try:
        end = time.monotonic() + 90
        while (
            not (run.folder / "events.jsonl").exists()
            or b'"kind":"periodic"' not in (run.folder / "events.jsonl").read_bytes()
        ):
            assert process.poll() is None and time.monotonic() < end, (run.folder / "stderr.log").read_text()[-2000:]
            time.sleep(0.05)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    newest, _ = newest_checkpoint(run.folder)
    assert newest is not None and newest.step >= 2
    record = json.loads((run.folder / "run.json").read_text())
    record["spec"]["max_steps"] = newest.step + 1
    (run.folder / "run.json").write_text(json.dumps(record))
    assert run.train(monkeypatch, restart=1, resume=newest.path) == 0
    assert run.end()["status"] == "completed"


def test_sigterm_ends_with_an_event(prepare, monkeypatch):
    from coldstart_trainer import live_run

    run = prepare("sft")
    emit = live_run.LiveRun.emit

    def emit_and_end(self, type, **fields):
        emit(self, type, **fields)
        if type == "metrics":
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(live_run.LiveRun, "emit", emit_and_end)
    assert run.train(monkeypatch) == 1
    assert (run.end()["status"], run.end()["error"]["type"]) == ("failed", "Terminated")


def test_held_out_loss_during_training(prepare, boards, monkeypatch):
    held_out = input_rows(boards / "traces.jsonl")[:4]
    run = prepare("sft", eval_rows=held_out, evaluation={"path": "x", "every_steps": 2}, max_steps=2)
    assert run.train(monkeypatch) == 0
    evaluated = [event for event in run.events("metrics") if event["split"] == "eval"]
    assert [event["step"] for event in evaluated] == [2] and evaluated[0]["values"]["loss"] > 0


@pytest.mark.parametrize("stage", ["sft", "grpo"])
def test_a_text_model_trains(prepare, models, boards, monkeypatch, stage):
    def without_image(row):
        row["images"], row["messages"][0]["content"] = [], row["messages"][0]["content"].replace("<image>", "")
        return row

    rows = input_rows(boards / ("traces.jsonl" if stage == "sft" else "problems.jsonl"), without_image)
    run = prepare(stage, model=models("text"), rows=rows, max_steps=1)
    assert run.train(monkeypatch) == 0
    assert run.end()["status"] == "completed"


def test_lora_checkpoints_stack_and_merge(prepare, monkeypatch):
    from coldstart_trainer.models import load_model

    first = prepare("sft", lora=LORA, max_steps=2, learning_rate=1e-2)
    assert first.train(monkeypatch) == 0
    assert first.events("checkpoint")[0]["adapter_only"] is True
    below = first.checkpoint(2)
    second = prepare(
        "grpo",
        model=below,
        lora=LORA,
        max_steps=1,
        learning_rate=1e-2,
        rewards=[{"name": "format", "weight": 1, "pattern": ".*a.*"}],
    )
    assert second.train(monkeypatch) == 0
    base, one, two = (
        load_model(str(path), "cpu", False).model
        for path in (first.record["model"]["path"], below, second.checkpoint(1))
    )
    name = next(name for name, tensor in base.named_parameters() if "q_proj" in name and "language" in name)
    tensors = [dict(model.named_parameters())[name] for model in (base, one, two)]
    assert not torch.equal(tensors[0], tensors[1]) and tensors[1].shape == tensors[2].shape
    # the second adapter is small, so what lies below it must be the first adapter's merge, not the bare base
    assert (tensors[2] - tensors[1]).abs().max() < (tensors[2] - tensors[0]).abs().max()


def test_a_merged_adapter_serves_as_reference(prepare, monkeypatch):
    first = prepare("sft", lora=LORA, max_steps=1)
    assert first.train(monkeypatch) == 0
    letters = [{"name": "format", "weight": 1, "pattern": ".*e.*"}]
    second = prepare("grpo", model=first.checkpoint(1), beta=0.1, max_steps=2, rewards=letters)
    second.request_stop()
    assert second.train(monkeypatch) == 0
    assert second.events("metrics")[0]["values"]["kl"] == pytest.approx(0, abs=1e-4)
    assert second.train(monkeypatch, restart=1, resume=second.checkpoint(1)) == 0
    assert second.end()["status"] == "completed"


@pytest.mark.parametrize(
    "spec, words",
    [
        ({"model": "/nowhere/model"}, "does not exist"),
        ({"trainer_args": {"adam_betta2": 0.9}}, "adam_betta2"),
        ({"trainer_args": {"output_dir": "elsewhere"}}, "output_dir"),
        ({"device": "mps" if not torch.backends.mps.is_available() else "cuda"}, "does not see"),
    ],
)
def test_what_cannot_start_says_why(prepare, monkeypatch, spec, words):
    run = prepare("sft", **spec)
    assert run.train(monkeypatch) == 1
    error = run.end()["error"]
    assert words in error["message"] and error["hint"]


def test_a_corrupt_image_fails_with_its_name(prepare, boards, monkeypatch, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes((boards / "images").glob("*.png").__next__().read_bytes()[:200])

    def change(row):
        return {**row, "images": [str(broken)]}

    run = prepare("sft", rows=input_rows(boards / "traces.jsonl", change))
    assert run.train(monkeypatch) == 1
    assert "broken.png" in run.end()["error"]["message"]


def test_an_incomplete_checkpoint_is_not_resumed(prepare, monkeypatch, tmp_path):
    half = tmp_path / "checkpoint-1"
    half.mkdir()
    (half / "trainer_state.json").write_text("{}")
    run = prepare("sft")
    assert run.train(monkeypatch, restart=1, resume=half) == 1
    assert "manifest" in run.end()["error"]["message"]


def test_python_of_these_tests_is_supported():
    assert (3, 10) <= sys.version_info[:2] <= (3, 12)
