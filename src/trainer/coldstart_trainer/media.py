"""Files named by their content in media/: images that exist nowhere else, text too long for an event."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from .runfolder import PathLike, write_bytes


def put_media(run_dir: PathLike, data: bytes, ext: str) -> str:
    """Store bytes once and return `media/<sha256>.<ext>`, relative to the run folder; OSError when that fails."""
    clean = re.sub(r"[^a-z0-9]", "", ext.lower())[:8] or "bin"
    name = "media/%s.%s" % (hashlib.sha256(data).hexdigest(), clean)
    path = Path(run_dir) / name
    try:
        if path.stat().st_size == len(data):
            return name
    except OSError:
        path.parent.mkdir(exist_ok=True)
    write_bytes(path, data)
    return name
