"""Making events fit a line: long text is shortened in place and kept whole elsewhere, and the cut is declared."""

from __future__ import annotations

import json
from typing import Any, Callable, Dict, List, Optional, Tuple

LINE_LIMIT = 64 << 10
"""Largest event line in bytes, newline included; one write of this size does not interleave in practice."""

_MARK = "\n[… %d characters left out …]\n"
_PREVIEW_TEXT = (4000, 2000, 1000, 500, 250, 100)
_PREVIEW_ROLLOUTS = 16


def shorten(text: str, limit: int) -> str:
    """At most about `limit` characters: two thirds from the start, one third from the end, where errors say why."""
    if len(text) <= limit:
        return text
    head = max(1, limit * 2 // 3)
    tail = max(0, limit - head)
    return text[:head] + _MARK % (len(text) - head - tail) + (text[-tail:] if tail else "")


def fit(
    members: Dict[str, Any],
    encode: Callable[[Dict[str, Any]], bytes],
    limit: int,
    keep: Callable[[bytes], Optional[str]],
    fixed: int,
) -> bytes:
    """Encode `members` in at most `limit` bytes.

    The longest texts are shortened first and stored whole through `keep` (which returns a media path, or None when it
    cannot). Then the largest members after the first `fixed` ones are left out. What happened is declared in a member
    `cut: [{field: "/error/traceback", chars, media?}, {field: "/raw", dropped: true}]`, `field` being a JSON pointer.
    """
    encoded = encode(members)
    if len(encoded) <= limit:
        return encoded
    members = json.loads(encode(members))
    cut: List[Dict[str, Any]] = []
    for allowed in (8192, 2048, 512):
        for pointer, holder, key in _texts(members, allowed):
            text = holder[key]
            known = next((item for item in cut if item["field"] == pointer), None)
            if known is None:
                known = {"field": pointer, "chars": len(text)}
                media = keep(text.encode("utf-8", "replace"))
                if media:
                    known["media"] = media
                cut.append(known)
            holder[key] = shorten(text, allowed)
            encoded = encode({**members, "cut": cut})
            if len(encoded) <= limit:
                return encoded
    names = list(members)[fixed:]
    for name in sorted(names, key=lambda name: -len(encode({"": members[name]}))):
        del members[name]
        cut = [item for item in cut if not item["field"].startswith("/" + _escape(name))]
        cut.append({"field": "/" + _escape(name)[:200], "dropped": True})
        encoded = encode({**members, "cut": cut})
        if len(encoded) <= limit:
            return encoded
    return encode({**{name: members[name] for name in list(members)[:fixed]}, "cut": [{"field": "", "dropped": True}]})


def _texts(value: Any, over: int) -> List[Tuple[str, Any, Any]]:
    """Every text longer than `over` characters, the longest first, as (JSON pointer, container, key)."""
    found: List[Tuple[str, Any, Any]] = []
    todo: List[Tuple[str, Any]] = [("", value)]
    while todo:
        pointer, holder = todo.pop()
        items = holder.items() if isinstance(holder, dict) else enumerate(holder)
        for key, item in items:
            place = "%s/%s" % (pointer, _escape(str(key)))
            if isinstance(item, str) and len(item) > over * 5 // 4:
                found.append((place, holder, key))
            elif isinstance(item, (dict, list)):
                todo.append((place, item))
    return sorted(found, key=lambda entry: -len(entry[1][entry[2]]))


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _cut_group(group: Dict[str, Any], chars: int) -> Dict[str, Any]:
    """A copy of a group whose texts are limited; a shortened rollout says its full length in characters as `cut`."""
    copy = {**group, "rollouts": [_cut_rollout(rollout, chars) for rollout in group.get("rollouts", [])]}
    prompt = group.get("prompt")
    if isinstance(prompt, dict):
        prompt = dict(prompt)
        if isinstance(prompt.get("text"), str):
            prompt["text"] = shorten(prompt["text"], chars)
        if isinstance(prompt.get("messages"), list):
            prompt["messages"] = [_cut_message(message, chars) for message in prompt["messages"]]
        copy["prompt"] = prompt
    return copy


def _cut_rollout(rollout: Dict[str, Any], limit: int) -> Dict[str, Any]:
    completion = rollout.get("completion")
    if not isinstance(completion, str) or len(completion) <= limit:
        return rollout
    return {**rollout, "completion": shorten(completion, limit), "cut": rollout.get("cut", len(completion))}


def _cut_message(message: Any, limit: int) -> Any:
    if isinstance(message, dict) and isinstance(message.get("content"), str):
        return {**message, "content": shorten(message["content"], limit)}
    return message


def preview(groups: List[Dict[str, Any]], room: Callable[[List[Dict[str, Any]]], bool]) -> List[Dict[str, Any]]:
    """Up to 3 groups for the live view, cut until `room` says that they fit; fewer, or none, when nothing else helps.

    A previewed group has the fields of a `group` line; `extra` is left out, and of very large groups only the first 16
    rollouts are shown. The full group stands in the rollouts file.
    """
    for count in range(min(3, len(groups)), 0, -1):
        for chars in _PREVIEW_TEXT:
            shown = [_shown(_cut_group(group, chars)) for group in groups[:count]]
            if room(shown):
                return shown
    return []


def _shown(group: Dict[str, Any]) -> Dict[str, Any]:
    rollouts = [
        {name: value for name, value in rollout.items() if name != "extra"}
        for rollout in group.get("rollouts", [])[:_PREVIEW_ROLLOUTS]
    ]
    return {**group, "rollouts": rollouts}
