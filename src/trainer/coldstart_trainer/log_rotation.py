"""Bounds stdout.log and stderr.log while the trainer holds them open: copy the end away, then truncate."""

from __future__ import annotations

import os
import tempfile
from typing import BinaryIO

from .runfolder import PathLike

LIMIT = 64 << 20
_BLOCK = 1 << 20
_CATCH_UP = 5


def rotate(path: PathLike, limit: int = LIMIT) -> bool:
    """When a log exceeds `limit` bytes, keep its last `limit` bytes as `<path>.1` and empty it; True when done.

    The trainer writes in append mode, so it goes on at the new end. Bytes that arrive between the last copied block
    and the truncation are lost; logs are for people, never parsed. On a full disk the older `.1` gives way first.
    """
    name = str(path)
    try:
        if os.stat(name).st_size <= limit:
            return False
        try:
            _rotate(name, limit)
        except OSError:
            os.unlink(name + ".1")
            _rotate(name, limit)
        return True
    except OSError:
        return False


def _rotate(name: str, limit: int) -> None:
    descriptor, temporary = tempfile.mkstemp(prefix=".log.", suffix=".tmp", dir=os.path.dirname(name) or ".")
    try:
        with open(name, "r+b") as log, os.fdopen(descriptor, "wb") as kept:
            log.seek(max(0, os.fstat(log.fileno()).st_size - limit))
            for _ in range(_CATCH_UP):
                if _copy(log, kept, limit) < _BLOCK:
                    break
            kept.flush()
            os.replace(temporary, name + ".1")
            os.ftruncate(log.fileno(), 0)
    except BaseException:
        try:
            os.unlink(temporary)
        except OSError:
            pass
        raise


def _copy(source: BinaryIO, target: BinaryIO, limit: int) -> int:
    """Copy what is there now, at most `limit` bytes, so that a faster writer cannot hold us here."""
    total = 0
    while total < limit:
        block = source.read(_BLOCK)
        if not block:
            break
        target.write(block)
        total += len(block)
    return total
