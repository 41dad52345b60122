"""Counts with their nouns and verbs, for messages to people."""

from __future__ import annotations


def many(count: int, noun: str) -> str:
    """`1 trace`, `2 traces`."""
    return "%d %s%s" % (count, noun, "" if count == 1 else "s")


def agree(count: int, one: str, more: str) -> str:
    """The verb that goes with a count: `has` or `have`."""
    return one if count == 1 else more
