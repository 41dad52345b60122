"""One JSON object as one checksummed line: how values become JSON and how a line proves it is whole."""

from __future__ import annotations

import json
import math
import zlib
from typing import Any, Dict, Optional

SUFFIX_BYTES = len(',"crc":"00000000"}')
_MAX_DEPTH = 32
_SAFE_INTEGER = 2**53 - 1


def plain(value: Any, depth: int = 0) -> Any:
    """Any value as strict JSON: non-finite numbers become "NaN", "Infinity", "-Infinity"; unknown objects their text.

    numpy and torch scalars are read through `.item()`; integers JavaScript cannot hold become floats.
    """
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return int(value) if abs(value) <= _SAFE_INTEGER else plain(_float(value))
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
        return float(value)
    if depth >= _MAX_DEPTH:
        return _text(value)
    if isinstance(value, dict):
        return {key if isinstance(key, str) else _text(key): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted((plain(item, depth + 1) for item in value), key=str)
    for convert in ("item", "tolist"):
        method = getattr(value, convert, None)
        if callable(method):
            try:
                return plain(method(), depth + 1)
            except Exception:  # an array of more than one element has no item()
                continue
    return _text(value)


def _float(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _text(value: Any) -> str:
    try:
        return str(value)
    except Exception:
        return "<%s>" % type(value).__name__


def encode(members: Dict[str, Any]) -> bytes:
    """Strict UTF-8 JSON of already `plain` members, without the checksum; lone surrogates stay as escapes."""
    text = json.dumps(members, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(members, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode("ascii")


def seal(encoded: bytes) -> bytes:
    """The full line: `crc` as last member, 8 hex digits of the CRC-32 over the bytes before `,"crc"`, and a newline."""
    body = encoded[:-1]
    return body + b',"crc":"%08x"}\n' % zlib.crc32(body)


def open_line(line: bytes) -> Optional[Dict[str, Any]]:
    """The object of one sealed line (newline optional), or None when it is damaged."""
    line = line.rstrip(b"\n")
    body, suffix = line[:-SUFFIX_BYTES], line[-SUFFIX_BYTES:]
    if suffix != b',"crc":"%08x"}' % zlib.crc32(body):
        return None
    try:
        value = json.loads(line, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _refuse(name: str) -> None:
    raise ValueError("%s is not JSON" % name)
