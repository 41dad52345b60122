"""Rows as messages, images under their caps, and the demo's boards."""

import json
import random

import pytest

from coldstart_demo import boards
from coldstart_demo.drawing import draw
from coldstart_trainer.data import (
    TrainerRows,
    ImageError,
    RowError,
    image_size,
    load_image,
    longest,
    prompt_messages,
    read_rows,
    split_parts,
)
from coldstart_trainer.extraction import extract
from coldstart_trainer.versions import missing, record, too_old

IMAGE, TEXT = {"type": "image"}, lambda text: {"type": "text", "text": text}


@pytest.mark.parametrize(
    "text, parts",
    [
        ("plain", [TEXT("plain")]),
        ("<image>", [IMAGE]),
        ("<image>\nFind x.", [IMAGE, TEXT("\nFind x.")]),
        ("a<image>b<image>", [TEXT("a"), IMAGE, TEXT("b"), IMAGE]),
        ("", [TEXT("")]),
    ],
)
def test_parts(text, parts):
    assert split_parts(text) == parts


def row(content, images):
    return {"trace": {"id": "t"}, "messages": [{"role": "user", "content": content}], "images": images}


def test_prompts():
    assert prompt_messages(row("<image>a", ["x"]), True)[0]["content"] == [IMAGE, TEXT("a")]
    assert prompt_messages(row("<image>a", []), True)[0]["content"] == [TEXT("<image>a")]
    assert prompt_messages(row("a", []), False)[0]["content"] == "a"
    with pytest.raises(RowError, match="trace t has 1 image and 2 <image> tags"):
        prompt_messages(row("<image><image>", ["x"]), True)


def test_rows_with_a_broken_line_name_it(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(row("a", [])) + "\n\n{\n")
    with pytest.raises(RowError, match="line 3"):
        read_rows(str(path))


def test_the_longest_rows_by_text_number_of_images_and_pixels(tmp_path):
    image = pytest.importorskip("PIL.Image", reason="pillow is not installed")
    for name, size in (("small", (90, 90)), ("large", (1400, 1400))):
        image.new("RGB", size).save(tmp_path / (name + ".png"))
    small, large = str(tmp_path / "small.png"), str(tmp_path / "large.png")
    rows = {
        "plain": row("a" * 9, []),
        "wordy": row("a" * 5000, [small]),
        "many": row("a", [small] * 3),
        "sharp": row("a", [large]),
        "verbose": {**row("a", []), "completion": "b" * 9000},
        "gone": row("a" * 99, [str(tmp_path / "gone.png")]),
    }
    for name, made in rows.items():
        made["trace"] = {"id": name}

    def names(count, max_pixels):
        return [made["trace"]["id"] for made in longest(list(rows.values()), count, max_pixels)]

    assert names(1, 1) == ["many"]
    assert set(names(3, 10**7)) == {"many", "sharp", "verbose"}
    assert set(names(3, 10_000)) == {"many", "wordy", "verbose"}
    assert len(names(12, 1)) == len(rows) and longest([], 3, 1) == []


def test_images(tmp_path):
    image = pytest.importorskip("PIL.Image", reason="pillow is not installed")
    path = tmp_path / "a.png"
    image.new("RGBA", (400, 200), (255, 0, 0, 128)).save(path)
    assert image_size(str(path)) == (400, 200)
    small = load_image(str(path), 20_000)
    assert small.size == (200, 100) and small.mode == "RGB"
    assert load_image(str(path), 10**6).size == (400, 200)
    image.new("RGB", (900, 3)).save(tmp_path / "thin.png")
    (tmp_path / "half.png").write_bytes(path.read_bytes()[:60])
    (tmp_path / "text.png").write_text("<svg/>")
    image.new("RGB", (9, 9)).save(tmp_path / "a.tiff")
    for name, words in [
        ("none.png", "not exist"),
        ("thin.png", "200 : 1"),
        ("half.png", "half.png"),
        ("text.png", "text.png"),
        ("a.tiff", "PNG"),
    ]:
        with pytest.raises(ImageError, match=words):
            load_image(str(tmp_path / name), 10**6)


def test_examples_are_made_when_asked(tmp_path):
    image = pytest.importorskip("PIL.Image", reason="pillow is not installed")
    image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    rows = [
        {**row("<image>a", [str(tmp_path / "a.png")]), "ground_truth": "1"},
        row("<image>", [str(tmp_path / "gone.png")]),
    ]
    lazy = TrainerRows(rows, True, 100, with_completion=False)
    made = lazy.transform({"row": [0, 0]})
    assert (
        made["ground_truth"] == ["1", "1"] and made["_row"] == [0, 0] and made["images"][0][0] is made["images"][1][0]
    )
    with pytest.raises(ImageError):
        lazy.transform({"row": [1]})


def test_boards_follow_their_seed(tmp_path):
    pytest.importorskip("PIL", reason="pillow is not installed")
    counts = draw(str(tmp_path / "a"), 1, 3, 2, 2, 2, lambda done, total: None)
    draw(str(tmp_path / "b"), 1, 3, 2, 2, 2, lambda done, total: None)
    assert counts == {"traces": 3, "answers-only": 3, "problems": 2, "world": 2, "test": 2}
    files = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*") if path.is_file())
    assert len(files) == 9 + 5
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in files)


def test_every_trace_is_right_and_every_answer_is_counted():
    for problem in random.Random(0).sample(list(boards.problems("sft", 3000)), 300):
        shown = sum(bool(cell) and cell[problem.axis] in problem.asked for cell in problem.board)
        assert problem.ground_truth == str(shown)
        for text in (
            boards.trace(problem),
            boards.careful(problem),
            boards.hasty(problem),
            boards.answer_only(problem),
        ):
            assert extract(text, "boxed") == problem.ground_truth


def test_held_out_problems_are_not_trained_on():
    keys = {
        split: {(problem.board, problem.prompt) for problem in boards.problems(split, 1000)}
        for split in ("sft", "rl", "test")
    }
    assert not keys["test"] & (keys["sft"] | keys["rl"])


def test_versions_need_no_packages():
    assert missing({}) == [
        "torch",
        "transformers",
        "trl",
        "accelerate",
        "datasets",
        "pillow",
        "mathruler",
        "pylatexenc",
        "safetensors",
    ]
    assert too_old({"torch": "2.9.1+cpu", "transformers": "5.18.0"}) == ["torch 2.9.1+cpu (needs 2.10)"]
    assert {"python", "executable", "versions", "device", "missing", "ready"} <= set(record())
