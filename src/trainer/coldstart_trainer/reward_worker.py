"""A process of its own that grades completions or calls a person's reward file, so that a hang can be ended from outside.

Speaks frames of 4 bytes length and JSON over its standard input and output. What reward code prints goes to the run's
stderr. Started by `worker_process.Worker`; ends when its input ends.
"""

from __future__ import annotations

import importlib.util
import inspect
import json
import os
import struct
import sys
import traceback
import types
from typing import Any, BinaryIO, Callable, Dict, List, Optional

MEMORY_BYTES = 4 << 30
"""Address space of the grading worker: `9**9**9` ends in a MemoryError instead of a swapping machine."""


def read_frame(stream: BinaryIO) -> Optional[Dict[str, Any]]:
    """The next message, or None at the end of the stream."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    (size,) = struct.unpack(">I", head)
    body = stream.read(size)
    return json.loads(body) if len(body) == size else None


def write_frame(stream: BinaryIO, message: Dict[str, Any]) -> None:
    """Send one message; values JSON does not know are sent as their text."""
    body = json.dumps(message, default=str).encode("ascii")
    stream.write(struct.pack(">I", len(body)) + body)
    stream.flush()


class Verifier:
    """The two graders; each is imported on first use."""

    def __init__(self) -> None:
        self._mathruler: Optional[Callable[[str, str], bool]] = None

    def mathruler(self, completion: str, ground_truth: str, rule: str) -> Dict[str, Any]:
        """mathruler's own verdict on the extracted answer; without one it is unparsed and earns 0.

        mathruler would then grade the word None and call a ground truth of "none" correct: the editor does not, nor do we.
        """
        from .extraction import extract

        if self._mathruler is None:
            from mathruler.grader import grade_answer

            self._mathruler = grade_answer
        given = extract(completion, rule)
        if given is None:
            return {"state": "unparsed", "extracted": None, "value": 0.0}
        right = bool(self._mathruler(given, ground_truth))
        return {"state": "correct" if right else "incorrect", "extracted": given, "value": 1.0 if right else 0.0}

    def math_verify(self, completion: str, ground_truth: str, rule: str) -> Dict[str, Any]:
        """Math-Verify on the extracted answer; both sides are wrapped in `$…$`, since it misreads bare ground truths."""
        from math_verify import parse, verify

        from .extraction import extract

        given = extract(completion, rule)
        if given is None:
            return {"state": "unparsed", "extracted": None}
        # Its own time limits use signals; here the process that asked keeps the time.
        gold = parse("$%s$" % ground_truth, parsing_timeout=None)
        read = parse("$%s$" % given, parsing_timeout=None)
        if not gold:
            return {"state": "unparsed", "extracted": given, "error": "Math-Verify cannot read the ground truth"}
        if not read:
            return {"state": "unparsed", "extracted": given}
        right = bool(verify(gold, read, timeout_seconds=None))
        return {"state": "correct" if right else "incorrect", "extracted": given}


class PersonReward:
    """One function of a person's file, called as TRL calls reward functions."""

    def __init__(self, file: str, function: str) -> None:
        sys.path.insert(0, os.path.dirname(os.path.abspath(file)))  # so that the file may import its neighbours
        specification = importlib.util.spec_from_file_location("coldstart_reward_file", file)
        if specification is None or specification.loader is None:
            raise ImportError("%s is not a Python file" % file)
        module = importlib.util.module_from_spec(specification)
        sys.modules["coldstart_reward_file"] = module
        specification.loader.exec_module(module)
        self._function = getattr(module, function, None)
        if self._function is None:
            names = [name for name, value in vars(module).items() if inspect.isfunction(value)]
            raise NameError(
                "%s has no function %s%s"
                % (os.path.basename(file), function, ", only %s" % ", ".join(names[:5]) if names else "")
            )
        if not callable(self._function):
            raise TypeError("%s in %s is not a function" % (function, file))

    def call(self, message: Dict[str, Any]) -> Dict[str, Any]:
        """The values of one batch as numbers or null, and what the function logged."""
        extra: Dict[str, List[Any]] = {}
        metrics: List[List[Any]] = []
        columns = dict(message["columns"])
        paths = columns.pop("image_paths", None)
        if paths is not None:
            columns["images"] = _open_images(paths)
        keywords = {
            "prompts": message["prompts"],
            "completions": message["completions"],
            "completion_ids": message["completion_ids"],
            "trainer_state": types.SimpleNamespace(**message["state"]),
            "log_extra": lambda column, cells: extra.setdefault(str(column), []).extend(cells),
            "log_metric": lambda name, value: metrics.append([str(name), float(value)]),
            **columns,
        }
        values = self._function(**_accepted(self._function, keywords))
        if hasattr(values, "__await__"):
            import asyncio

            values = asyncio.run(_wait(values))
        if hasattr(values, "tolist"):
            values = values.tolist()
        if not isinstance(values, (list, tuple)):
            raise TypeError("a reward must return a list with a number or None for each completion, not %r" % (values,))
        return {"values": [_number(value) for value in values], "extra": extra, "metrics": metrics}


def _accepted(function: Callable[..., Any], keywords: Dict[str, Any]) -> Dict[str, Any]:
    """Without **kwargs a function gets only what it names; TRL would fail there for every column it does not name."""
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return keywords
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return keywords
    return {name: value for name, value in keywords.items() if name in parameters}


async def _wait(values: Any) -> Any:
    return await values


def _open_images(rows: List[List[str]]) -> List[List[Any]]:
    """Images opened, not decoded: a reward that never looks at them pays for a file header only."""
    from PIL import Image

    opened: Dict[str, Any] = {}
    for path in {path for row in rows for path in row}:
        opened[path] = Image.open(path)
    return [[opened[path] for path in row] for row in rows]


def _number(value: Any) -> Optional[float]:
    if value is None:
        return None
    if isinstance(value, (str, bytes)):
        raise TypeError("a reward must be a number or None, not %r" % (value,))
    return float(value)


def _guarded(stream: BinaryIO, name: str, work: Callable[[], Dict[str, Any]]) -> None:
    try:
        reply = work()
    except BaseException as error:  # SystemExit and KeyboardInterrupt of reward code included
        reply = {
            "error": {
                "type": type(error).__name__,
                "message": str(error) or type(error).__name__,
                "place": _place(error),
                "traceback": traceback.format_exc(),
            }
        }
    try:
        write_frame(stream, {"reply": name, **reply})
    except ValueError as error:  # circular values given to log_extra
        write_frame(stream, {"reply": name, "error": {"type": "ValueError", "message": str(error), "traceback": ""}})


def _place(error: BaseException) -> str:
    """`FILE, line N` of the person's code that failed, or an empty text."""
    module = sys.modules.get("coldstart_reward_file")
    file = getattr(module, "__file__", None)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return "%s, line %s" % (file, frames[-1].lineno) if frames else ""


def _match(pattern: str, text: str) -> Dict[str, Any]:
    import re

    return {"value": 1.0 if re.fullmatch(pattern, text, re.DOTALL) else 0.0}


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    """Answer requests until the input ends. `grade`, `verify` and `match` reply once per item, so a hang names its item."""
    verifier = Verifier()
    person: Optional[PersonReward] = None

    def load(message: Dict[str, Any]) -> Dict[str, Any]:
        nonlocal person
        person = PersonReward(message["file"], message["function"])
        return {}

    def warm() -> Dict[str, Any]:
        verifier.mathruler("\\boxed{1+x}", "x+1", "boxed")
        return {}

    def call(message: Dict[str, Any]) -> Dict[str, Any]:
        if person is None:
            raise RuntimeError("the reward file is not loaded")
        return person.call(message)

    for message in iter(lambda: read_frame(requests), None):
        name = message["do"]
        if name == "load":
            _guarded(replies, name, lambda: load(message))
        elif name == "warm":
            _guarded(replies, name, warm)
        elif name == "call":
            _guarded(replies, name, lambda: call(message))
        elif name in ("grade", "verify"):
            grader = verifier.mathruler if name == "grade" else verifier.math_verify
            for completion, ground_truth in message["items"]:
                _guarded(replies, name, lambda: grader(completion, ground_truth, message["rule"]))
        elif name == "match":
            for text in message["items"]:
                _guarded(replies, name, lambda: _match(message["pattern"], text))


def _die_with_parent() -> None:
    """On Linux: a killed trainer takes its workers along, even one that hangs."""
    if sys.platform == "linux":
        import ctypes
        import signal

        ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)


def _limit_memory() -> None:
    try:
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        limit = MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(MEMORY_BYTES, hard)
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    except (ImportError, OSError, ValueError):
        pass  # Windows and macOS: the time limit alone must do


def main() -> int:
    """Keep the pipes for frames and give reward code an empty stdin and the log as stdout."""
    _die_with_parent()
    requests = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    if len(sys.argv) > 1 and sys.argv[1] == "limited":
        _limit_memory()
    serve(requests, replies)
    return 0


if __name__ == "__main__":
    sys.exit(main())
