"""The writer of run events v1: events.jsonl, rollouts/step-<n>.jsonl and media/ of one run folder.

Only the process of rank 0 writes. A disk that is full or broken raises nothing here: training goes on, lost events
are counted, and a `gap` event says how many once writing works again. Only opening a run folder can raise OSError.
"""

from __future__ import annotations

import errno
import os
import random
import re
import threading
import time
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

from . import VERSION
from .append_file import AppendFile, last_lines
from .cutting import LINE_LIMIT, fit, preview
from .json_lines import SUFFIX_BYTES, encode, open_line, plain, seal
from .media import put_media
from .runfolder import PathLike

ENVELOPE = ("version", "run", "restart", "seq", "ts", "type")
ALWAYS_SYNCED = frozenset({"run_start", "checkpoint", "stop_ack", "run_end"})
_BODY_LIMIT = LINE_LIMIT - SUFFIX_BYTES
_ROLLOUTS = re.compile(r"all|off|sample:([1-9]\d*)")


class EventWriter:
    """Appends the events of one restart of one run; safe to call from several threads.

    `rollouts` is all, sample:N (N groups of each batch, chosen by run, step and gen) or off. `seq` continues when the
    same restart is opened again. Seqs of events that a full disk dropped are never reused, so a reader can tell a
    counted gap from damage.
    """

    def __init__(
        self,
        run_dir: PathLike,
        run: str,
        restart: int,
        rollouts: str = "all",
        sync_s: float = 1.0,
    ) -> None:
        option = _ROLLOUTS.fullmatch(rollouts)
        if not option:
            raise ValueError("rollouts must be all, off or sample:N, not %r" % rollouts)
        self._dir = Path(run_dir)
        self._run, self._restart = run, restart
        self._sample = int(option.group(1)) if option.group(1) else None
        self._off = rollouts == "off"
        self._lock = threading.RLock()
        self._pid = os.getpid()
        self._dropped = 0
        self._unsynced = False
        self._errno: Optional[int] = None
        self._closed = threading.Event()
        (self._dir / "rollouts").mkdir(exist_ok=True)
        (self._dir / "media").mkdir(exist_ok=True)
        path = self._dir / "events.jsonl"
        self._seq = _next_seq(path, restart)
        self._file = AppendFile(path)
        if self._file.torn_bytes:
            self.emit("recovered", torn_bytes=self._file.torn_bytes)
            self.sync()
        self._syncer = threading.Thread(target=self._sync_regularly, args=(sync_s,), name="coldstart-sync", daemon=True)
        self._syncer.start()

    def emit(self, type: str, **fields: Any) -> int:
        """Append one event and return its seq; a field that is None is written as null (does not apply).

        Longer than a line: texts are cut and stored whole in media/, declared in `cut` (see cutting.fit).
        """
        clash = [name for name in fields if name in ENVELOPE or name in ("crc", "cut")]
        if clash:
            raise ValueError("event fields may not be called %s" % ", ".join(clash))
        return self._emit(type, {name: plain(value) for name, value in fields.items()})

    def sync(self) -> None:
        """Make everything emitted so far durable; called at the end of each step, and each second by itself."""
        if os.getpid() != self._pid:
            return
        with self._lock:
            if self._dropped:
                self._append_gap()
            try:
                self._file.sync()
            except OSError as error:
                self._unsynced, self._errno = True, error.errno

    def write_groups(
        self, step: int, gen: int, split: str, groups: Sequence[Dict[str, Any]], stats: Dict[str, Any]
    ) -> int:
        """Append groups to the rollouts file of their step, make them durable, then announce them by `rollout_batch`.

        A group is `{group, trace, prompt, images, ground_truth?, rollouts: [{i, completion, tokens, finish, rewards,
        reward, advantage, extra?}]}`; version, type, restart, step, gen, split and crc are added. `file` is null
        (and offset, bytes, groups, rollouts 0) when rollouts are off; `of_groups` is there when only some were written.
        Returns the seq of the event.
        """
        if os.getpid() != self._pid:
            return -1
        with self._lock:
            chosen = [plain(dict(group)) for group in self._choose(step, gen, groups)]
            lead = {
                "version": VERSION,
                "type": "group",
                "restart": self._restart,
                "step": step,
                "gen": gen,
                "split": split,
            }
            lines = [seal(encode({**lead, **group})) for group in chosen]
            fields: Dict[str, Any] = {"step": step, "gen": gen, "split": split, "file": None, "offset": 0, "bytes": 0}
            if lines:
                data = b"".join(lines)
                name = "rollouts/step-%d.jsonl" % step
                try:
                    fields.update(file=name, offset=self._append_rollouts(name, data), bytes=len(data))
                except OSError as error:
                    self._drop(error)
                    self._seq += 1
                    return self._seq - 1
            fields["groups"] = len(chosen)
            fields["rollouts"] = sum(len(group.get("rollouts", ())) for group in chosen)
            if len(chosen) < len(groups):
                fields["of_groups"] = len(groups)
            fields["stats"] = plain(stats)
            fields["preview"] = []
            # The widest envelope: the seq and time of the real one are at most as long.
            used = len(encode({**self._envelope("rollout_batch"), "ts": 0.1 + 10**17, "seq": 10**15, **fields}))
            fields["preview"] = preview(chosen, lambda shown: used + len(encode({"": shown})) <= _BODY_LIMIT)
            return self._emit("rollout_batch", fields)

    def put_media(self, data: bytes, ext: str) -> Optional[str]:
        """Store bytes in media/ under their SHA-256 and return the path in the run folder, or None when that failed."""
        try:
            return put_media(self._dir, data, ext)
        except OSError:
            return None

    def close(self) -> None:
        """Write a gap that is still owed, make all durable and end the sync thread."""
        if self._closed.is_set() or os.getpid() != self._pid:
            return
        self._closed.set()
        self._syncer.join(timeout=5)
        self.sync()
        with self._lock:
            try:
                self._file.close()
            except OSError:
                pass

    def __enter__(self) -> "EventWriter":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def _envelope(self, type: str) -> Dict[str, Any]:
        ts = round(time.time(), 6)
        return dict(zip(ENVELOPE, (VERSION, self._run, self._restart, self._seq, ts, type)))

    def _emit(self, type: str, fields: Dict[str, Any]) -> int:
        if os.getpid() != self._pid:  # a forked worker holds a copy of this object; two writers would share seqs
            return -1
        with self._lock:
            if (self._dropped or self._unsynced) and not self._append_gap():
                self._seq += 1
                self._dropped += 1
                return self._seq - 1
            members = {**self._envelope(type), **fields}
            self._seq += 1
            seq = self._seq - 1
            try:
                self._file.append(seal(fit(members, encode, _BODY_LIMIT, self._keep_text, len(ENVELOPE))))
            except OSError as error:
                self._drop(error)
            if type in ALWAYS_SYNCED:
                self.sync()
            return seq

    def _keep_text(self, data: bytes) -> Optional[str]:
        return self.put_media(data, "txt")

    def _append_gap(self) -> bool:
        """Say how many events were lost; False while the disk still refuses."""
        fields: Dict[str, Any] = {"dropped": self._dropped, "errno": errno.errorcode.get(self._errno or 0, "")}
        if self._unsynced:
            fields["unsynced"] = True
        try:
            self._file.recheck()
            self._file.append(seal(encode({**self._envelope("gap"), **fields})))
        except OSError as error:
            self._errno = error.errno
            return False
        self._seq += 1
        self._dropped, self._unsynced, self._errno = 0, False, None
        return True

    def _drop(self, error: OSError) -> None:
        self._dropped += 1
        self._errno = error.errno

    def _choose(self, step: int, gen: int, groups: Sequence[Dict[str, Any]]) -> List[Dict[str, Any]]:
        if self._off:
            return []
        if self._sample is None or self._sample >= len(groups):
            return list(groups)
        chosen = random.Random("%s/%d/%d" % (self._run, step, gen)).sample(range(len(groups)), self._sample)
        return [groups[index] for index in sorted(chosen)]

    def _append_rollouts(self, name: str, data: bytes) -> int:
        file = AppendFile(self._dir / name)
        try:
            offset = file.append(data)
            file.sync()
            return offset
        finally:
            file.close()

    def _sync_regularly(self, every_s: float) -> None:
        while not self._closed.wait(every_s):
            self.sync()


def _next_seq(path: Path, restart: int) -> int:
    """0, or one more than the newest whole event when this restart was written before."""
    for line in reversed(last_lines(path).split(b"\n")):
        event = open_line(line) if line else None
        if event and isinstance(event.get("seq"), int):
            return event["seq"] + 1 if event.get("restart") == restart else 0
    return 0
