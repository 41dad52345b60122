"""How the final answer is read from a completion: the same rules as the editor (`core/verify`), standard library only."""

from __future__ import annotations

import re
from typing import Optional

RULES = ("boxed", "answer_tag", "hashes", "the_answer_is")
_HASHES = re.compile(r"####[ \t]*(.+)")
_THE_ANSWER_IS = re.compile(
    r"the(?:\s+final)?\s+answer\s+is\s*:?\s*(.+?)\s*(?:\.(?=\s|$)|$)", re.IGNORECASE | re.MULTILINE
)


class ExtractionError(ValueError):
    """The rule itself is not usable, said in a sentence."""


def extract(text: str, rule: str) -> Optional[str]:
    """The answer that `rule` reads from a completion, trimmed, or None when there is none (unparsed).

    boxed: mathruler 0.1.0's rule, the last `\\boxed{` up to its closing brace. answer_tag: the last `<answer>`, which
    must be closed. hashes: the last `#### x`. the_answer_is: the last such sentence. regex:PATTERN: group 1 of the
    last match.
    """
    if rule == "boxed":
        return _boxed(text)
    if rule == "answer_tag":
        start = text.rfind("<answer>")
        end = text.find("</answer>", start) if start >= 0 else -1
        return text[start + len("<answer>") : end].strip() if end >= 0 else None
    if rule == "hashes":
        return _last(_HASHES, text)
    if rule == "the_answer_is":
        return _last(_THE_ANSWER_IS, text)
    if rule.startswith("regex:"):
        try:
            pattern = re.compile(rule[len("regex:") :], re.MULTILINE)
        except re.error as error:
            raise ExtractionError("extraction %s is not a Python regular expression: %s" % (rule, error)) from error
        return _last(pattern, text)
    raise ExtractionError("extraction %r is unknown; use %s or regex:PATTERN" % (rule, ", ".join(RULES)))


def wrap(answer: str, rule: str) -> Optional[str]:
    """A completion from which `rule` should read `answer`, or None when no text can be made for the rule."""
    if rule == "boxed":
        return "\\boxed{%s}" % answer
    if rule == "answer_tag":
        return "<answer>%s</answer>" % answer
    if rule == "hashes":
        return "#### %s" % answer
    if rule == "the_answer_is":
        return "The answer is %s" % answer
    return None


def _boxed(text: str) -> Optional[str]:
    start = text.rfind("\\boxed{")
    if start < 0:
        return None
    start += len("\\boxed{")
    depth = 0
    for place in range(start, len(text)):
        if text[place] == "{":
            depth += 1
        elif text[place] == "}":
            depth -= 1
            if depth < 0:
                return text[start:place].strip()
    return None


def _last(pattern: "re.Pattern[str]", text: str) -> Optional[str]:
    found = None
    for match in pattern.finditer(text):
        found = match
    if found is None:
        return None
    value = found.group(1) if pattern.groups else found.group(0)
    return None if value is None else value.strip()
