"""The files of a run folder that Python reads and replaces: run.json, JSON records, checkpoint manifests."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Tuple, Union

from . import VERSION

PathLike = Union[str, "os.PathLike[str]"]
MANIFEST = "coldstart-manifest.json"
INCOMPLETE_MARK = "checkpoint-is-incomplete.txt"


class RunFolderError(Exception):
    """What is wrong with a run folder, in a sentence for the person who started the run."""


def read_run(run_dir: PathLike) -> Dict[str, Any]:
    """The immutable launch record run.json; RunFolderError when it is missing, damaged or of a newer version."""
    path = Path(run_dir) / "run.json"
    try:
        record = json.loads(path.read_bytes())
    except OSError as error:
        raise RunFolderError("%s cannot be read: %s" % (path, error.strerror or error)) from error
    except ValueError as error:
        raise RunFolderError("%s is not valid JSON: %s" % (path, error)) from error
    if not isinstance(record, dict) or record.get("version") != VERSION:
        raise RunFolderError("%s is not a version %d run record" % (path, VERSION))
    argv, env = record.get("argv"), record.get("env", {})
    if not isinstance(record.get("run"), str):
        raise RunFolderError("%s has no run id" % path)
    if not isinstance(argv, list) or not argv or not all(isinstance(part, str) for part in argv):
        raise RunFolderError("%s has no argv to start" % path)
    if not isinstance(env, dict) or not all(isinstance(value, str) for value in env.values()):
        raise RunFolderError("%s has an env that is not text to text" % path)
    return placed(record, os.path.abspath(str(run_dir)))


def home_of(record: Dict[str, Any], run_dir: str) -> Tuple[str, Optional[str]]:
    """Run folder and workspace at the launch; older records name them by their command alone."""
    home = record.get("home")
    if isinstance(home, dict):
        return home["folder"], home.get("workspace")
    argv = record["argv"]
    folder = argv[-1] if argv[-2:-1] == ["train"] and os.path.isabs(argv[-1]) else run_dir
    runs = os.path.dirname(folder)
    usual = runs.endswith(os.path.join(os.sep + ".coldstart", "runs"))
    return folder, os.path.dirname(os.path.dirname(runs)) if usual else None


def place_now(record: Dict[str, Any], run_dir: str) -> Callable[[str], str]:
    """Where a path of a run lies now: in a folder that was moved or copied, alone or with its workspace, what lay inside
    is looked for inside again, first; what is not there stays as it was written. The rule of moved-paths.ts."""
    old, workspace = home_of(record, run_dir)
    if old == run_dir:
        return str
    roots = [(old, run_dir)]
    if workspace and _way(old, workspace) is not None:
        roots.append((workspace, os.path.normpath(os.path.join(run_dir, os.path.relpath(workspace, old)))))

    def now(path: str) -> str:
        for before, after in roots:
            way = _way(path, before)
            if way is not None and os.path.exists(os.path.join(after, way)):
                return os.path.normpath(os.path.join(after, way))
        return path

    return now


def _way(path: str, folder: str) -> Optional[str]:
    """The way from a folder to a path inside it, or None."""
    if not os.path.isabs(path):
        return None
    way = os.path.relpath(path, folder)
    return None if way.split(os.sep)[0] == os.pardir else way


def placed(record: Dict[str, Any], run_dir: str) -> Dict[str, Any]:
    """A launch record whose command and paths are those of `run_dir`: a copy never trains in the folder it came from."""
    now = place_now(record, run_dir)
    folder, workspace = home_of(record, run_dir)
    argv = list(record["argv"])
    if argv[-2:-1] == ["train"]:
        argv[-1] = run_dir
    changed = {**record, "argv": argv, "home": {"folder": folder, "workspace": workspace}}
    if isinstance(record.get("model"), dict):
        changed["model"] = {**record["model"], "path": now(record["model"]["path"])}
    spec = record.get("spec")
    if isinstance(spec, dict) and spec.get("rewards"):
        changed["spec"] = {**spec, "rewards": [_placed_reward(reward, now) for reward in spec["rewards"]]}
    return changed


def _placed_reward(reward: Dict[str, Any], now: Callable[[str], str]) -> Dict[str, Any]:
    if not reward.get("file"):
        return reward
    file, colon, function = reward["file"].rpartition(":")
    return {**reward, "file": now(file) + colon + function}


def read_json(path: PathLike, limit: int = 1 << 20) -> Optional[Dict[str, Any]]:
    """A small JSON object, or None when the file is absent, larger than `limit` bytes or damaged."""
    try:
        with open(path, "rb") as file:
            data = file.read(limit + 1)
        value = json.loads(data) if len(data) <= limit else None
    except (OSError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def write_json(path: PathLike, value: Dict[str, Any], durable: bool = True) -> None:
    """Replace a JSON file whole: readers see the old or the new one. `durable` also survives a power cut."""
    write_bytes(path, json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode("ascii") + b"\n", durable)


def write_bytes(path: PathLike, data: bytes, durable: bool = True) -> None:
    """Temp file in the same folder, fsync, rename, fsync of the folder; no temp file stays after an error."""
    target = Path(path)
    descriptor, temporary = tempfile.mkstemp(prefix=".%s." % target.name, suffix=".tmp", dir=str(target.parent))
    try:
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
            if durable:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(temporary, str(target))
    except BaseException:
        try:
            os.unlink(temporary)
        except OSError:
            pass
        raise
    if durable:
        sync_folder(target.parent)


def sync_folder(folder: PathLike) -> None:
    """Make renames inside a folder durable where the system allows it."""
    try:
        descriptor = os.open(str(folder), os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        pass
    finally:
        os.close(descriptor)


class Checkpoint(NamedTuple):
    """A complete checkpoint: its folder and the trainer's own step."""

    path: Path
    step: int


def write_manifest(checkpoint: PathLike, **facts: Any) -> Dict[str, Any]:
    """Declare a checkpoint complete: fsync its files, then write names, sizes and SHA-256 of all of them, last.

    `facts` (step, kind …) are kept beside the files.
    """
    folder = Path(checkpoint)
    files = []
    for name, path in _files(folder):
        with open(path, "rb") as file:
            digest, size = _digest(file)
            os.fsync(file.fileno())
        files.append({"name": name, "bytes": size, "sha256": digest})
    for parent in sorted({path.parent for _, path in _files(folder)}):
        sync_folder(parent)
    manifest = {"version": VERSION, **facts, "files": files}
    write_json(folder / MANIFEST, manifest)
    sync_folder(folder.parent)
    return manifest


def manifest_problem(checkpoint: PathLike, hashes: bool = True) -> Optional[str]:
    """Why a checkpoint must not be resumed, or None when it is complete; `hashes=False` compares sizes only."""
    folder = Path(checkpoint)
    if (folder / INCOMPLETE_MARK).exists():
        return "it is marked incomplete (%s)" % INCOMPLETE_MARK
    manifest = read_json(folder / MANIFEST, limit=64 << 20)
    if manifest is None or manifest.get("version") != VERSION or not isinstance(manifest.get("files"), list):
        return "it has no valid %s" % MANIFEST
    if not manifest["files"]:
        return "its manifest names no files"
    for entry in manifest["files"]:
        name = entry.get("name") if isinstance(entry, dict) else None
        if not isinstance(name, str) or os.path.isabs(name) or ".." in Path(name).parts:
            return "its manifest names a file outside the checkpoint"
        try:
            with open(folder / name, "rb") as file:
                size = os.fstat(file.fileno()).st_size
                if size != entry.get("bytes"):
                    return "%s has %d bytes instead of %s" % (name, size, entry.get("bytes"))
                if hashes and _digest(file)[0] != entry.get("sha256"):
                    return "%s does not match its SHA-256" % name
        except OSError as error:
            return "%s cannot be read: %s" % (name, error.strerror or error)
    return None


def checkpoints(run_dir: PathLike) -> List[Checkpoint]:
    """All `checkpoints/checkpoint-<step>` folders of a run, newest step first, complete or not."""
    found = []
    try:
        entries = list(os.scandir(str(Path(run_dir) / "checkpoints")))
    except OSError:
        return []
    for entry in entries:
        match = re.fullmatch(r"checkpoint-(\d{1,15})", entry.name)
        if match and entry.is_dir():
            found.append(Checkpoint(Path(entry.path), int(match.group(1))))
    return sorted(found, key=lambda checkpoint: -checkpoint.step)


def step_of(checkpoint: Optional[str]) -> Optional[int]:
    """The step in the name of a `checkpoint-<step>` folder, or None."""
    match = re.fullmatch(r"checkpoint-(\d{1,15})", os.path.basename(os.path.normpath(checkpoint))) if checkpoint else None
    return int(match.group(1)) if match else None


def newest_checkpoint(run_dir: PathLike) -> Tuple[Optional[Checkpoint], List[str]]:
    """The newest complete checkpoint, or None, and why each newer one was passed over."""
    passed = []
    for checkpoint in checkpoints(run_dir):
        problem = manifest_problem(checkpoint.path)
        if problem is None:
            return checkpoint, passed
        passed.append("%s is not used: %s" % (checkpoint.path.name, problem))
    return None, passed


def _files(folder: Path) -> Iterator[Tuple[str, Path]]:
    for parent, folders, names in os.walk(str(folder)):
        folders.sort()
        for name in sorted(names):
            path = Path(parent) / name
            if name == MANIFEST or name.endswith(".tmp") or not path.is_file():
                continue
            yield path.relative_to(folder).as_posix(), path


def _digest(file: Any) -> Tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for block in iter(lambda: file.read(1 << 20), b""):
        digest.update(block)
        size += len(block)
    return digest.hexdigest(), size
