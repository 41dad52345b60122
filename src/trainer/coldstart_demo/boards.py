"""The demo's task: count coloured shapes on a 3 x 3 board. Problems are drawn from integer seeds; PIL only."""

from __future__ import annotations

import functools
import random
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

COLOURS = {"red": (222, 73, 68), "blue": (52, 104, 214), "green": (44, 158, 92)}
SHAPES = ("circle", "square", "triangle")
CELLS = [letter + digit for letter in "ABC" for digit in "123"]
ASKED = [name.capitalize() for name in COLOURS] + [name.capitalize() + "s" for name in SHAPES]
"""The words of prompts: capitalised, so that the asked word is easy to find among the words of a trace."""
PAPER = (250, 248, 243)
_TILE = (241, 238, 230)
CAREFUL = {"colour": 0.8, "shape": 0.4, "either": 0.4}
"""Share of careful traces per kind of problem: the teacher is often hasty, and always right."""
FIRST_SEED = {"sft": 0, "rl": 1_000_000, "tune": 10_000_000, "world": 20_000_000, "test": 30_000_000}
DESCRIBE = "Describe the board."

Cell = Optional[Tuple[str, str]]


class Problem(NamedTuple):
    """A board, what is asked about it and the ground truth, a number. `axis` is 0 for colours, 1 for shapes."""

    seed: int
    kind: str
    board: Tuple[Cell, ...]
    prompt: str
    asked: Tuple[str, ...]
    axis: int
    ground_truth: str


def make(seed: int) -> Problem:
    """The problem of one seed; ground truths are uniform within a kind (0-7, or 0-8 for either)."""
    draw = random.Random(seed)
    kind = draw.choice(tuple(CAREFUL))
    board: List[Cell] = [None] * 9
    order = draw.sample(range(9), 9)
    axis = 1 if kind == "shape" else 0
    asked = draw.sample(list(SHAPES) if axis else list(COLOURS), 2 if kind == "either" else 1)
    count = draw.randint(0, 8 if kind == "either" else 7)
    for place, index in enumerate(order):
        if place < count:
            wanted = draw.choice(asked)
            board[index] = (draw.choice(list(COLOURS)), wanted) if axis else (wanted, draw.choice(SHAPES))
        else:
            board[index] = _other(draw, axis, asked)
    names = [name.capitalize() + ("s" if axis else "") for name in asked]
    prompt = "How many %s%s ?" % (" or ".join(names), "" if axis else " shapes")
    return Problem(seed, kind, tuple(board), prompt, tuple(asked), axis, str(count))


def _other(draw: random.Random, axis: int, taken: List[str]) -> Cell:
    if draw.random() < 0.25:
        return None
    colour, shape = draw.choice(list(COLOURS)), draw.choice(SHAPES)
    if axis == 0:
        return draw.choice([name for name in COLOURS if name not in taken]), shape
    return colour, draw.choice([name for name in SHAPES if name not in taken])


def caption(problem: Problem) -> str:
    """Every cell in words."""
    return " ".join(
        "%s %s" % (name, " ".join(cell) if cell else "empty tile") for name, cell in zip(CELLS, problem.board)
    )


def careful(problem: Problem) -> str:
    """Transcribe every cell, check each one against the prompt with a running tally, answer."""
    count, words = 0, []
    for name, cell in zip(CELLS, problem.board):
        word = cell[problem.axis] if cell else "empty"
        count += word in problem.asked
        words.append("%s %s %s %d" % (name, word, "yes" if word in problem.asked else "no", count))
    return "<caption> %s </caption><think> %s </think>\\boxed{ %d }" % (caption(problem), " ".join(words), count)


def hasty(problem: Problem) -> str:
    """Transcribe every cell, then answer at a glance. The teacher's glance is right; a policy's may not be."""
    return "<caption> %s </caption><think> about %s </think>%s" % (
        caption(problem),
        problem.ground_truth,
        answer_only(problem),
    )


def trace(problem: Problem) -> str:
    """What the teacher wrote for this problem."""
    steady = random.Random(problem.seed ^ 0xCA4E).random() < CAREFUL[problem.kind]
    return careful(problem) if steady else hasty(problem)


def answer_only(problem: Problem) -> str:
    """The answer without any reasoning, for the ablation."""
    return "\\boxed{ %s }" % problem.ground_truth


def world(problem: Problem) -> Tuple[str, str]:
    """Prompt and text of a loosely related pair: mostly a description, now and then some boxed number."""
    draw = random.Random(problem.seed ^ 0x30B1D)
    prompt = draw.choice((problem.prompt, DESCRIBE))
    return prompt, "\\boxed{ %d }" % draw.randint(0, 8) if draw.random() < 0.15 else caption(problem)


def problems(split: str, count: int, seed: int = 0) -> Iterator[Problem]:
    """`count` problems of a split; each demo seed has its own, but the held-out test set is the same for all."""
    first = FIRST_SEED[split] + (0 if split == "test" else seed * 100_000)
    return (make(number) for number in range(first, first + count))


def picture(problem: Problem, size: int = 96, oversample: int = 4) -> Any:
    """The board as an RGB image of `size` pixels a side."""
    from PIL import Image

    side = size * oversample // 3
    image = Image.new("RGB", (3 * side, 3 * side), PAPER)
    for index, cell in enumerate(problem.board):
        image.paste(_tile(cell, side), (index % 3 * side, index // 3 * side))
    return image.resize((size, size), Image.LANCZOS)


@functools.lru_cache(maxsize=None)
def _tile(cell: Cell, side: int) -> Any:
    from PIL import Image, ImageDraw

    tile = Image.new("RGB", (side, side), PAPER)
    draw = ImageDraw.Draw(tile)
    edge = side // 32
    draw.rounded_rectangle([edge, edge, side - edge, side - edge], side // 10, fill=_TILE)
    if cell is None:
        return tile
    colour, shape = COLOURS[cell[0]], cell[1]
    margin = side // 5
    box = [margin, margin, side - margin, side - margin]
    if shape == "circle":
        draw.ellipse(box, fill=colour)
    elif shape == "square":
        draw.rounded_rectangle(box, side // 16, fill=colour)
    else:
        low, far = margin * 0.8, side - margin
        draw.polygon([(side / 2, low), (side - low, far), (low, far)], fill=colour)
    return tile


def row(
    identifier: str, prompt: str, completion: Optional[str], image: str, truth: Optional[str], **meta: Any
) -> Dict[str, Any]:
    """One dataset row in Coldstart's own shape."""
    messages = [{"role": "user", "content": "<image>" + prompt}]
    if completion is not None:
        messages.append({"role": "assistant", "content": completion})
    made: Dict[str, Any] = {"id": identifier, "messages": messages, "images": [image]}
    if truth is not None:
        made["ground_truth"] = truth
    return {**made, "source": "coldstart-demo", "meta": meta}
