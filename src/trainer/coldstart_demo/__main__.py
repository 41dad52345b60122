"""`python -m coldstart_demo draw|model DIR …`: the example workspace, and a tiny random model to train."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import List, Optional


def main(argv: Optional[List[str]] = None) -> int:
    """0, or 4 when this environment lacks a package the wanted model needs; the last line of stdout is JSON."""
    parser = argparse.ArgumentParser(prog="python -m coldstart_demo", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    draw = commands.add_parser("draw", help="draw boards and write traces, problems and a held-out test set")
    draw.add_argument("folder")
    draw.add_argument("--seed", type=int, default=0)
    for name, count in (("traces", 2000), ("problems", 1000), ("world", 3000), ("test", 500)):
        draw.add_argument("--" + name, type=int, default=count)
    model = commands.add_parser("model", help="write a random tiny model with its processor")
    model.add_argument("folder")
    model.add_argument("--kind", choices=("llava", "qwen2_5_vl", "text"), default="llava")
    model.add_argument("--seed", type=int, default=0)
    model.add_argument("--texts", default="", metavar="FILE.jsonl", help="learn the tokenizer from this dataset")
    given = parser.parse_args(argv)
    if given.command == "draw":
        return _draw(given)
    return _model(given)


def _draw(given: argparse.Namespace) -> int:
    from .drawing import draw

    def progress(done: int, total: int) -> None:
        if done == total or done % 500 == 0:
            print(json.dumps({"done": done, "total": total}), flush=True)

    rows = draw(given.folder, given.seed, given.traces, given.problems, given.world, given.test, progress)
    print(json.dumps({"folder": os.path.abspath(given.folder), "rows": rows}))
    return 0


def _model(given: argparse.Namespace) -> int:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    try:
        from .tiny_models import MissingPackage, build

        print(json.dumps(build(given.folder, given.kind, given.seed, given.texts)))
    except MissingPackage as error:
        print(error, file=sys.stderr)
        return 4
    except ImportError as error:
        print("%s; use the trainer environment." % error, file=sys.stderr)
        return 4
    return 0


if __name__ == "__main__":
    sys.exit(main())
