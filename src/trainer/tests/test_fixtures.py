"""The fixtures that both languages read: the writer still writes them, and our reader judges them as written down."""

import json

import make_fixtures
from make_fixtures import FIXTURES

from coldstart_trainer.exit_record import last_event
from coldstart_trainer.json_lines import open_line


def test_the_writer_still_writes_the_fixtures(tmp_path):
    make_fixtures.make(tmp_path / "made")
    made = {path.relative_to(tmp_path / "made"): path.read_bytes() for path in (tmp_path / "made").rglob("*.js*")}
    kept = {path.relative_to(FIXTURES): path.read_bytes() for path in FIXTURES.rglob("*.js*")}
    assert made == kept, "run src/trainer/tests/make_fixtures.py and check what the change does to readers"


def test_every_line_is_judged_as_expected():
    expected = json.loads((FIXTURES / "expected.json").read_text())
    assert sorted(expected) == ["all-types.jsonl", "damaged.jsonl", "restarts.jsonl", "rollouts/step-1.jsonl"]
    for name, content in expected.items():
        lines = (FIXTURES / name).read_bytes().split(b"\n")[:-1]
        assert len(lines) == len(content["lines"])
        for line, verdict in zip(lines, content["lines"]):
            event = open_line(line)
            # Python only seals and opens; fields and versions are judged by the TypeScript reader.
            assert (event is not None) == (verdict["ok"] or verdict["reason"] in ("fields", "unknown-version")), line
            if verdict["ok"] and name != "damaged.jsonl":
                assert {key: event[key] for key in verdict["event"]} == verdict["event"]


def test_the_supervisor_reads_the_end_of_a_run(tmp_path):
    (tmp_path / "events.jsonl").write_bytes((FIXTURES / "restarts.jsonl").read_bytes())
    newest = last_event(tmp_path)
    assert (newest.restart, newest.seq, newest.step, newest.run_end["status"]) == (1, 4, 4, "completed")
    assert last_event(tmp_path, 2).seq is None
