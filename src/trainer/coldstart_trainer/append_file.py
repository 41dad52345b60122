"""An append-only file of whole lines that stays readable through crashes, full disks and restarts."""

from __future__ import annotations

import os
import threading
from typing import Optional

from .runfolder import PathLike


class AppendFile:
    """One O_APPEND descriptor, one `os.write` per call; never truncates.

    A tail without newline, left by a crash or by a short write, is closed by a newline before anything else is
    written, so a reader sees at most one damaged line and never a file that shrinks. Not thread-safe.
    """

    def __init__(self, path: PathLike) -> None:
        self._path = str(path)
        self._descriptor: Optional[int] = None
        self._torn = False
        self._dirty = False
        self._sync_lock = threading.Lock()
        self.torn_bytes = self._open()

    def _open(self) -> int:
        """Open (again) and return how many bytes of an unfinished last line were found."""
        self._descriptor = os.open(
            self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644
        )
        torn = _unfinished(self._descriptor)
        self._torn = torn > 0
        return torn

    @property
    def torn(self) -> bool:
        """The file ends inside a line; the next `append` closes it."""
        return self._torn

    def append(self, data: bytes) -> int:
        """Write whole lines and return the offset of the first byte; OSError when not all of it could be written."""
        if self._descriptor is None:
            self._open()
        assert self._descriptor is not None
        lead = b"\n" if self._torn else b""
        self._dirty = True
        self._torn = True  # holds if the process or the write stops anywhere below
        rest = memoryview(lead + data)
        while rest:
            count = os.write(self._descriptor, rest)
            if count <= 0:
                raise OSError(5, "nothing could be written")
            rest = rest[count:]
        self._torn = False
        return os.fstat(self._descriptor).st_size - len(data)

    def recheck(self) -> None:
        """After a failed `append`: look at the disk whether it left part of a line."""
        if self._descriptor is not None:
            self._torn = _unfinished(self._descriptor) > 0

    def sync(self) -> None:
        """fsync what was written; after an error the descriptor is given up, since a second fsync on it could lie."""
        with self._sync_lock:
            if not self._dirty or self._descriptor is None:
                return
            self._dirty = False
            try:
                os.fsync(self._descriptor)
            except OSError:
                self._close_descriptor()
                raise

    def close(self) -> None:
        """fsync and close."""
        try:
            self.sync()
        finally:
            self._close_descriptor()

    def _close_descriptor(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def last_lines(path: PathLike, limit: int = 1 << 20) -> bytes:
    """Up to `limit` bytes of the end of a file; empty when it cannot be read."""
    try:
        with open(path, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - limit))
            return file.read(limit)
    except OSError:
        return b""


def _unfinished(descriptor: int) -> int:
    end = size = os.fstat(descriptor).st_size
    while end > 0:
        start = max(0, end - 65536)
        block = os.pread(descriptor, end - start, start)
        newline = block.rfind(b"\n")
        if newline >= 0:
            return size - (start + newline + 1)
        end = start
    return size
