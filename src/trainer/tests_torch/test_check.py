"""Findings of `check` with a real processor, and `evaluate` with a real model."""

import io
import json
import sys

import pytest

from torch_runs import input_rows  # isort: skip (skips the module without torch)

from coldstart_trainer import check, evaluate, grade, versions


def codes(run, severity="error"):
    return {finding.code for finding in check.findings(str(run.folder)) if finding.severity == severity}


def test_a_sound_run_has_no_errors(prepare, capsys):
    for stage in ("sft", "grpo"):
        run = prepare(stage)
        assert check.main([str(run.folder)]) == 0
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert all(set(line) - {"path"} == {"code", "severity", "message", "fix"} for line in lines)
        assert {"packages", "device", "tokens-prompt"} <= {line["code"] for line in lines}
        assert not [line for line in lines if line["severity"] == "error"]


def test_a_check_without_a_folder_waits_for_its_name(prepare, capsys, monkeypatch):
    run = prepare("grpo")
    assert check.main([str(run.folder)]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    monkeypatch.setattr(sys, "stdin", io.StringIO("%s\n" % run.folder))
    assert check.main([]) == 0
    first, *lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert first["versions"] == versions.installed()
    assert len([line for line in lines if "doing" in line]) == 4
    assert [line["code"] for line in lines if "code" in line] == [line["code"] for line in told]
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert check.main([]) == 0
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [first]


def with_image(path):
    return lambda row: {**row, "images": [str(path)]}


def two_tags(row):
    row["messages"][0]["content"] += "<image>"
    return row


def hidden_token(row):
    return {**row, "completion": "<image>"}


def no_completion(row):
    return {**row, "completion": None}


def long_prompt(row):
    row["messages"][0]["content"] += " word" * 400
    return row


@pytest.mark.parametrize(
    "stage, change, spec, code",
    [
        ("sft", with_image("/nowhere/a.png"), {}, "image-missing"),
        ("sft", with_image(__file__), {}, "image-decode"),
        ("sft", two_tags, {}, "placeholders"),
        ("sft", hidden_token, {}, "placeholders"),
        ("sft", no_completion, {}, "completion-missing"),
        ("sft", long_prompt, {}, "tokens-prompt"),
        ("sft", None, {"model": "/nowhere/model"}, "model-load"),
        ("sft", None, {"model": "nobody/nothing"}, "model-load"),
        ("sft", None, {"trainer_args": {"nonsense": 1}}, "trainer-args"),
        ("sft", None, {"schedule": "cosin"}, "trainer-args"),
        ("grpo", None, {"batch_size": 6}, "batch-arithmetic"),
        ("grpo", None, {"batch_size": 400}, "batch-arithmetic"),
        ("grpo", lambda row: {**row, "ground_truth": None}, {}, "ground-truth-missing"),
        ("grpo", lambda row: {**row, "ground_truth": "{"}, {}, "reward-dry-run"),
        ("grpo", None, {"rewards": [{"name": "mine", "weight": 1}]}, "reward-dry-run"),
        ("grpo", None, {"rewards": [{"name": "mine", "weight": 1, "file": "/nowhere/r.py:f"}]}, "reward-dry-run"),
        ("grpo", None, {"extraction": "regex:("}, "reward-dry-run"),
    ],
)
def test_each_problem_has_its_code(prepare, boards, stage, change, spec, code):
    rows = input_rows(boards / ("traces.jsonl" if stage == "sft" else "problems.jsonl"), change)
    assert code in codes(prepare(stage, rows=rows, **spec))


@pytest.mark.parametrize(
    "spec, path",
    [
        ({"trainer_args": {"no_such_argument": 1}}, ("trainer_args", "no_such_argument")),
        ({"schedule": "cosin"}, ("schedule",)),
        ({"rewards": [{"name": "mine", "weight": 1, "file": "/nowhere/r.py:f"}]}, ("rewards", "mine")),
        ({"extraction": "regex:("}, ("extraction",)),
    ],
)
def test_a_problem_names_its_setting(prepare, spec, path):
    errors = [one for one in check.findings(str(prepare("grpo", **spec).folder)) if one.severity == "error"]
    assert [one.path for one in errors] == [path]
    assert errors[0].record()["path"] == path


BAD_REWARDS = [
    ("def f(**_): raise KeyError('colour')", "error", "KeyError: 'colour' ("),
    ("def f(completions, **_): return [1]", "error", "1 value for 8"),
    ("def f(completions, **_): return [float('nan')] * len(completions)", "error", "no number for any of 8"),
    ("def f(completions, **_): return [float('nan')] + [1] * 7", "warning", "1 of 8 values are not finite"),
    ("import time\ndef f(**_): time.sleep(600)", "error", "longer than 1 s"),
]


@pytest.mark.parametrize("source, severity, words", BAD_REWARDS)
def test_a_reward_of_ones_own_is_tried_before_the_start(prepare, tmp_path, source, severity, words):
    (tmp_path / "mine.py").write_text(source)
    rewards = [{"name": "mine", "weight": 1, "file": "%s:f" % (tmp_path / "mine.py"), "timeout_s": 1}]
    run = prepare("grpo", rewards=rewards)
    found = [one for one in check.findings(str(run.folder)) if one.code == "reward-dry-run" and words in one.message]
    assert [one.severity for one in found] == [severity]


def test_a_model_that_is_no_folder_and_not_on_the_hub(prepare):
    found = [one for one in check.findings(str(prepare("sft", model="nobody/nothing").folder)) if one.severity == "error"]
    assert "no model folder nobody/nothing" in found[0].message and "Hugging Face id" in found[0].fix


def test_a_model_that_is_not_there_hides_nothing_else(prepare):
    run = prepare("grpo", model="/nowhere/model", trainer_args={"nonsense": 1}, batch_size=6)
    assert codes(run) == {"model-load", "trainer-args", "batch-arithmetic"}


NO_TORCHVISION = "\nQwen2VLVideoProcessor requires the Torchvision library but it was not found in your environment."


def test_a_processor_without_its_torchvision_is_told_with_the_command(prepare, monkeypatch):
    from transformers import AutoProcessor

    def refuse(*_, **__):
        raise ImportError(NO_TORCHVISION)

    found = {**versions.installed(), "torch": "2.13.0+cpu"}
    found.pop("torchvision", None)
    monkeypatch.setattr(AutoProcessor, "from_pretrained", refuse)
    monkeypatch.setattr("coldstart_trainer.models.installed", lambda: found)
    errors = [one for one in check.findings(str(prepare("sft").folder)) if one.severity == "error"]
    assert [one.code for one in errors] == ["packages"]
    assert "needs torchvision" in errors[0].message and "-m pip install torchvision==0.28.0+cpu " in errors[0].fix


def test_a_torchvision_that_breaks_transformers_is_told(prepare, monkeypatch):
    monkeypatch.setattr(check, "torchvision_problem", lambda: "torchvision 0.28.0 does not work with torch 2.13.0+cpu")
    run = prepare("sft", rows=[], model="/nowhere/model")
    errors = [one for one in check.findings(str(run.folder)) if one.severity == "error"]
    assert {one.code for one in errors} == {"packages", "empty-selection"}
    assert "-m pip install torchvision" in [one.fix for one in errors if one.code == "packages"][0]


def test_an_empty_selection(prepare):
    assert "empty-selection" in codes(prepare("sft", rows=[]))


def test_a_model_without_chat_template_or_weights(prepare, models, tmp_path):
    import shutil

    bare = tmp_path / "bare"
    shutil.copytree(models(), bare)
    (bare / "chat_template.jinja").unlink()
    (bare / "model.safetensors").unlink()
    assert {"chat-template", "model-load"} <= codes(prepare("sft", model=bare))


def test_evaluate_writes_a_line_per_row(models, boards, tmp_path, capsys):
    rows = input_rows(boards / "test.jsonl")[:5]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    request = {
        "model": models(), "rows": str(tmp_path / "rows.jsonl"), "out": str(tmp_path / "out.jsonl"), "samples": 2,
        "temperature": 1, "max_completion_length": 6, "batch_size": 4, "device": "cpu", "threads": 1, "seed": 0,
    }  # fmt: skip
    (tmp_path / "request.json").write_text(json.dumps(request))
    assert evaluate.main([str(tmp_path / "request.json")]) == 0
    progress = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert progress[-1] == {"done": 5, "total": 5}
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [line["trace"] for line in lines] == [row["trace"] for row in rows]
    assert all(
        len(line["completions"]) == 2 and 1 <= one["tokens"] <= 6 for line in lines for one in line["completions"]
    )


def test_greedy_completions_do_not_depend_on_the_batch(models, boards, tmp_path):
    rows = input_rows(boards / "test.jsonl")[:4]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = []
    for size in (1, 4):
        out = tmp_path / ("out-%d.jsonl" % size)
        request = {
            "model": models(), "rows": str(tmp_path / "rows.jsonl"), "out": str(out), "samples": 1, "temperature": 0,
            "max_completion_length": 8, "batch_size": size, "device": "cpu", "threads": 1, "seed": 0,
        }  # fmt: skip
        (tmp_path / "request.json").write_text(json.dumps(request))
        assert evaluate.main([str(tmp_path / "request.json")]) == 0
        found.append([json.loads(line)["completions"] for line in out.read_text().splitlines()])
    assert found[0] == found[1]


def test_the_second_grader_wraps_ground_truths(monkeypatch, capsys):
    import io

    pytest.importorskip("math_verify")
    rows = [
        ("3\\sqrt{13}", "\\boxed{3}"),
        ("3\\sqrt{13}", "\\boxed{3\\sqrt{13}}"),
        ("1/2", "\\boxed{2/4}"),
        ("5", "no box"),
    ]
    text = "".join(
        json.dumps({"id": place, "completion": given, "ground_truth": truth, "extraction": "boxed"}) + "\n"
        for place, (truth, given) in enumerate(rows)
    )
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    assert grade.main([]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    states = [(answer["mathruler"]["state"], answer["math_verify"]["state"]) for answer in answers]
    assert states == [
        ("incorrect", "incorrect"),
        ("correct", "correct"),
        ("incorrect", "correct"),
        ("unparsed", "unparsed"),
    ]


def test_versions_names_what_is_there():
    record = versions.record()
    assert record["ready"] and not record["missing"] and record["device"]["kind"] in ("cpu", "cuda", "mps")
