"""`python -m coldstart_trainer COMMAND …`: one entry for everything the extension starts in Python."""

from __future__ import annotations

import argparse
import importlib
import sys
from typing import List, Optional

# Imported on use: `supervise` must start in a bare interpreter, where the torch side cannot be imported.
COMMANDS = {
    "supervise": ("supervisor", "start the trainer of a run folder and watch it to its end (standard library only)"),
    "train": ("train", "train as run.json says and write run events"),
    "check": ("check", "look for problems in a prepared run folder before it starts"),
    "versions": ("versions", "print interpreter, package versions and device as one JSON line"),
    "evaluate": ("evaluate", "sample completions for rows of a request file"),
    "grade": ("grade", "grade completions from standard input with a second grader"),
}


def main(argv: Optional[List[str]] = None) -> int:
    """Run one command and return its exit status; wrong usage exits 2 as argparse does."""
    parser = argparse.ArgumentParser(prog="python -m coldstart_trainer", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (_, summary) in COMMANDS.items():
        # Each command parses its own arguments, so that --help of one does not import the others.
        commands.add_parser(name, help=summary, add_help=False)
    args, rest = parser.parse_known_args(argv)
    module = importlib.import_module("." + COMMANDS[args.command][0], __package__)
    return int(module.main(rest) or 0)


if __name__ == "__main__":
    sys.exit(main())
