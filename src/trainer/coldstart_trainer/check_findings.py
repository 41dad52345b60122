"""What a check says: findings, and the prepared run they are about."""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, NamedTuple, Tuple, Union

_NAMED = 3


class Finding(NamedTuple):
    """One line of the answer; `severity` is error, warning or info.

    `path` is the setting it is about, such as `("trainer_args", "name")`; a reward is named. Empty for that of its code.
    """

    code: str
    severity: str
    message: str
    fix: str = ""
    path: Tuple[Union[str, int], ...] = ()

    def record(self) -> Dict[str, Any]:
        """What is printed: `path` only when it says more than the code."""
        fields = self._asdict()
        if not self.path:
            del fields["path"]
        return fields


class Prepared(NamedTuple):
    """A run as it would start."""

    run_dir: str
    record: Dict[str, Any]
    spec: Dict[str, Any]
    rows: List[Dict[str, Any]]
    eval_rows: List[Dict[str, Any]]


Findings = Iterator[Finding]


def some(names: List[str]) -> str:
    """The first few names and how many more there are."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (" and %d more" % more if more > 0 else "")
