"""The paper's architecture, Qwen2.5-VL, tiny and random; skipped without torchvision, which its processor needs."""

import json

import pytest

from torch_runs import input_rows  # isort: skip (skips the module without torch)

pytest.importorskip("torchvision", reason="Qwen2.5-VL's processor needs torchvision")

from coldstart_trainer import check, observed  # noqa: E402
from coldstart_trainer.models import load_model  # noqa: E402

LORA = {"rank": 2, "alpha": 4, "dropout": 0, "target_modules": "all-linear"}
AS_ON_A_GPU = {"bf16": True, "gradient_checkpointing": True}
LETTERS = [{"name": "format", "weight": 1, "pattern": ".*e.*"}]


@pytest.mark.parametrize("lora", [None, LORA])
@pytest.mark.parametrize("trainer_args", [{}, AS_ON_A_GPU])
def test_sft_then_grpo_with_a_reference(prepare, models, boards, monkeypatch, lora, trainer_args):
    first = prepare("sft", model=models("qwen2_5_vl"), max_steps=1, lora=lora, trainer_args=trainer_args)
    assert first.train(monkeypatch) == 0, first.end()
    assert first.events("metrics")[0]["values"]["grad_norm"] > 0
    second = prepare(
        "grpo",
        model=first.checkpoint(1),
        max_steps=2,
        lora=lora,
        beta=0.1,
        rewards=LETTERS,
        trainer_args=trainer_args,
    )
    second.request_stop()
    assert second.train(monkeypatch) == 0, second.end()
    assert second.events("metrics")[0]["values"]["kl"] == pytest.approx(0, abs=1e-4)
    assert second.train(monkeypatch, restart=1, resume=second.checkpoint(1)) == 0, second.end()
    assert second.end()["status"] == "completed"
    rows = {row["trace"]["id"]: row for row in input_rows(boards / "problems.jsonl")}
    for group in second.groups():
        assert [image["path"] for image in group["images"]] == rows[group["trace"]["id"]]["images"]
        assert all(1 <= rollout["tokens"] <= 12 for rollout in group["rollouts"])


def test_what_a_released_model_sets_for_sampling_does_not_apply(prepare, models, monkeypatch, tmp_path):
    # Qwen2.5-VL's generation_config.json is almost greedy and has two ends.
    folder = changed(models("qwen2_5_vl"), tmp_path, "generation_config.json", released)
    run = prepare("grpo", model=folder, max_steps=1, rewards=LETTERS)
    assert run.train(monkeypatch) == 0, run.end()
    assert all(len({rollout["completion"] for rollout in group["rollouts"]}) > 1 for group in run.groups())
    settings = load_model(str(run.checkpoint(1)), "cpu", False).model.generation_config
    assert (settings.repetition_penalty, settings.top_k) == (1.05, 1)


def released(settings):
    ends = [settings["eos_token_id"], settings["pad_token_id"]]
    return {**settings, "eos_token_id": ends, "do_sample": True, "repetition_penalty": 1.05, "temperature": 1e-6, "top_k": 1}


def unlimited(settings):
    settings["image_processor"]["size"] = {"shortest_edge": 56 * 56, "longest_edge": 16384 * 28 * 28}
    return settings


def changed(model, folder, name, change):
    import shutil

    copy = folder / "changed"
    shutil.copytree(model, copy)
    (copy / name).write_text(json.dumps(change(json.loads((copy / name).read_text()))))
    return copy


@pytest.mark.parametrize("stage", ["sft", "grpo"])
def test_max_pixels_limits_image_tokens(prepare, models, boards, monkeypatch, tmp_path, stage):
    image = pytest.importorskip("PIL.Image")
    image.new("RGB", (448, 448)).save(tmp_path / "large.png")
    (row, *_) = input_rows(boards / ("traces.jsonl" if stage == "sft" else "problems.jsonl"))
    rows = [{**row, "images": [str(tmp_path / "large.png")]}] * 8
    folder = changed(models("qwen2_5_vl"), tmp_path, "processor_config.json", unlimited)
    tokenize, lengths = observed.ObservedGRPO._tokenize_prompts, []

    def spy(self, prompts):
        found = tokenize(self, prompts)
        lengths.append(len(found[0][0]))
        return found

    monkeypatch.setattr(observed.ObservedGRPO, "_tokenize_prompts", spy)
    measured, trained = [], []
    for max_pixels in (448 * 448, 224 * 224):
        run = prepare(stage, model=folder, rows=rows, max_pixels=max_pixels, max_steps=1)
        (found,) = [one for one in check.findings(str(run.folder)) if one.code == "tokens-prompt"]
        measured.append(int(found.message.split(" has ")[1].split(" tokens")[0]))
        assert run.train(monkeypatch) == 0, run.end()
        tokens = run.events("metrics")[0]["raw"]["num_tokens"] / 8
        trained.append(tokens if stage == "sft" else lengths[-1])
    assert measured[0] - measured[1] == 16 * 16 - 8 * 8
    assert trained[0] - trained[1] == 16 * 16 - 8 * 8
    assert stage == "sft" or trained == measured
