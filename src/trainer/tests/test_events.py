"""The event writer under everything a disk can do, and the lines it promises."""

import errno
import json
import math
import os
import threading

import pytest
from supervised_runs import events

from coldstart_trainer import append_file
from coldstart_trainer.cutting import LINE_LIMIT
from coldstart_trainer.events import EventWriter
from coldstart_trainer.json_lines import encode, open_line, plain, seal


class Scalar:
    """What a torch or numpy scalar looks like from here."""

    def __init__(self, value):
        self.value = value

    def item(self):
        return self.value


def check_plain(value, expected):
    assert json.dumps(plain(value)) == json.dumps(expected)


def test_values_become_strict_json():
    for value, expected in [
        (math.nan, "NaN"),
        (math.inf, "Infinity"),
        (-math.inf, "-Infinity"),
        ({"a": [Scalar(math.nan), (1, 2)]}, {"a": ["NaN", [1, 2]]}),
        ({1: None, "b": True}, {"1": None, "b": True}),
        (Scalar(0.5), 0.5),
        (2**53, 9007199254740992.0),
        (10**400, "Infinity"),
        ({3, 1}, [1, 3]),
        (ValueError("why"), "why"),
    ]:
        check_plain(value, expected)
    deep = []
    for _ in range(5000):
        deep = [deep]
    json.dumps(plain(deep))


def test_a_sealed_line_notices_every_flip_and_cut():
    line = seal(encode({"version": 1, "text": 'é\ud800 ,"crc":"00000000"}\n', "values": {"crc": 1, "x": "NaN"}}))
    assert line.count(b"\n") == 1 and open_line(line)["values"] == {"crc": 1, "x": "NaN"}
    body = line[:-1]
    damaged = [body[:cut] for cut in range(len(body))]
    for place in range(len(body)):
        damaged += [body[:place] + bytes([body[place] ^ bit]) + body[place + 1 :] for bit in (1, 8, 128)]
    assert [bytes(item) for item in damaged if open_line(item)] == []


def test_envelope_order_and_seq(tmp_path):
    with EventWriter(tmp_path, "r", 2) as writer:
        assert writer.emit("run_start", stage="sft") == 0
        assert writer.emit("metrics", step=1, values={"loss": math.inf}) == 1
        with pytest.raises(ValueError):
            writer.emit("log", seq=5)
    first, second = (tmp_path / "events.jsonl").read_bytes().splitlines()
    assert list(json.loads(first)) == ["version", "run", "restart", "seq", "ts", "type", "stage", "crc"]
    assert open_line(second)["values"] == {"loss": "Infinity"}
    with EventWriter(tmp_path, "r", 2) as writer:
        assert writer.emit("log", text="the same restart goes on") == 2
    with EventWriter(tmp_path, "r", 3) as writer:
        assert writer.emit("run_start") == 0


def test_threads_share_one_order(tmp_path):
    with EventWriter(tmp_path, "r", 0) as writer:

        def work():
            for _ in range(200):
                writer.emit("log", text="x" * 300)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [event["seq"] for event in events(tmp_path)] == list(range(800))


def test_a_forked_copy_writes_nothing(tmp_path):
    with EventWriter(tmp_path, "r", 0) as writer:
        child = os.fork()
        if child == 0:
            code = 0 if writer.emit("log", text="child") == -1 else 1
            os._exit(code)
        assert os.waitpid(child, 0)[1] == 0
        writer.emit("log", text="parent")
    assert [event["text"] for event in events(tmp_path)] == ["parent"]


def test_long_text_is_cut_in_the_line_and_whole_in_media(tmp_path):
    traceback = "first line\n" + "é" * 150000 + "\nlast line"
    with EventWriter(tmp_path, "r", 0) as writer:
        writer.emit("run_end", status="failed", step=3, error={"type": "E", "traceback": traceback, "message": "m"})
        writer.emit("log", text="\x00" * 60000)
        writer.emit("metrics", step=1, values={"loss": 1.0}, raw={"k%d" % index: 1.5 for index in range(20000)})
    lines = (tmp_path / "events.jsonl").read_bytes().splitlines(True)
    assert max(map(len, lines)) <= LINE_LIMIT
    end, log, metrics = map(open_line, lines)
    (cut,) = end["cut"]
    assert cut["field"] == "/error/traceback" and cut["chars"] == len(traceback)
    assert (tmp_path / cut["media"]).read_text() == traceback
    shown = end["error"]["traceback"]
    assert shown.startswith("first line") and shown.endswith("last line") and "characters left out" in shown
    assert end["error"]["message"] == "m"
    assert log["cut"][0]["chars"] == 60000
    assert metrics["cut"] == [{"field": "/raw", "dropped": True}] and metrics["values"] == {"loss": 1.0}


def test_every_torn_tail_is_closed(tmp_path):
    whole = [seal(encode({"version": 1, "run": "r", "restart": 0, "seq": seq, "type": "log"})) for seq in range(3)]
    data = b"".join(whole)
    path = tmp_path / "events.jsonl"
    for cut in range(len(data) + 1):
        path.write_bytes(data[:cut])
        writer = EventWriter(tmp_path, "r", 1, sync_s=60)
        writer.emit("run_start")
        writer.close()
        now = path.read_bytes()
        assert now.startswith(data[:cut]), "never shrinks"
        found = events(tmp_path)
        kept = sum(1 for count in range(1, 4) if cut >= len(b"".join(whole[:count])) - 1)
        torn = cut - len(b"".join(whole[: data[:cut].count(b"\n")]))
        expected = ["log"] * kept + (["recovered"] if torn else []) + ["run_start"]
        assert [event["type"] for event in found] == expected, cut
        if torn:
            assert found[kept]["torn_bytes"] == torn


def test_a_tail_of_zeros_after_a_power_cut(tmp_path):
    (tmp_path / "events.jsonl").write_bytes(seal(b'{"seq":0,"restart":0}') + b"\0" * 200000)
    EventWriter(tmp_path, "r", 1).close()
    assert [event.get("type") for event in events(tmp_path)] == [None, "recovered"]


class Disk:
    """os.write and os.fsync that fail when told to, for event and rollout files only."""

    def __init__(self, monkeypatch):
        self.error = None
        self.short = None
        self.sync_error = None
        real_write, real_sync = os.write, os.fsync

        def write(descriptor, data):
            if self.error is None:
                return real_write(descriptor, data)
            if self.short:
                count, self.short = self.short, None
                return real_write(descriptor, bytes(data)[:count])
            raise OSError(self.error, os.strerror(self.error))

        def sync(descriptor):
            if self.sync_error:
                raise OSError(self.sync_error, os.strerror(self.sync_error))
            return real_sync(descriptor)

        monkeypatch.setattr(append_file.os, "write", write)
        monkeypatch.setattr(append_file.os, "fsync", sync)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
@pytest.mark.parametrize("short", [None, 1, 60])
def test_full_disk_counts_what_it_drops(tmp_path, monkeypatch, number, short):
    disk = Disk(monkeypatch)
    with EventWriter(tmp_path, "r", 0, sync_s=60) as writer:
        writer.emit("log", text="before")
        disk.error, disk.short = number, short
        for index in range(4):
            writer.emit("log", text="lost %d" % index)
        assert writer.write_groups(1, 0, "train", [{"group": 0, "rollouts": []}], {}) == 5
        assert writer.put_media(b"x", "png") is None
        disk.error = None
        writer.emit("log", text="after")
    found = events(tmp_path)
    assert [(event["seq"], event["type"]) for event in found] == [(0, "log"), (6, "gap"), (7, "log")]
    assert (found[1]["dropped"], found[1]["errno"]) == (5, errno.errorcode[number])


def test_gap_is_written_without_another_event(tmp_path, monkeypatch):
    disk = Disk(monkeypatch)
    with EventWriter(tmp_path, "r", 0, sync_s=60) as writer:
        disk.error = errno.ENOSPC
        writer.emit("log", text="lost")
        disk.error = None
        writer.sync()
        assert [(event["type"], event["dropped"]) for event in events(tmp_path)] == [("gap", 1)]


def test_failed_fsync_is_told_and_never_repeated_on_the_descriptor(tmp_path, monkeypatch):
    disk = Disk(monkeypatch)
    with EventWriter(tmp_path, "r", 0, sync_s=60) as writer:
        disk.sync_error = errno.EIO
        writer.emit("checkpoint", step=1)
        disk.sync_error = None
        writer.emit("log", text="after")
    assert [(event["type"], event.get("unsynced")) for event in events(tmp_path)] == [
        ("checkpoint", None),
        ("gap", True),
        ("log", None),
    ]


def group(index, rollouts=4, chars=50, **more):
    made = [
        {"i": i, "completion": "%d" % (i % 10) * chars, "tokens": chars, "finish": "stop", "rewards": {"answer": 1.0},
         "reward": 1.0, "advantage": math.nan, "extra": {"note": "n" * 100}}
        for i in range(rollouts)
    ]  # fmt: skip
    trace = {"id": "t%d" % index, "index": index, "source": "/data.jsonl"}
    prompt = {"messages": [{"role": "user", "content": "q" * chars}]}
    return {"group": index, "trace": trace, "prompt": prompt, "images": [], "rollouts": made, **more}


def announced(folder, event):
    """The groups a rollout_batch points to."""
    with open(os.path.join(str(folder), event["file"]), "rb") as file:
        file.seek(event["offset"])
        return [open_line(line) for line in file.read(event["bytes"]).splitlines(True)]


def test_groups_are_announced_after_they_are_on_disk(tmp_path):
    (tmp_path / "rollouts").mkdir()
    (tmp_path / "rollouts" / "step-3.jsonl").write_bytes(b'{"torn')
    with EventWriter(tmp_path, "r", 1) as writer:
        writer.write_groups(3, 0, "train", [group(0), group(1)], {"mean": math.inf})
        writer.write_groups(3, 1, "train", [group(index) for index in range(5)], {"mean": 0.5})
    first, second = events(tmp_path)
    assert (first["groups"], first["rollouts"], first["stats"]) == (2, 8, {"mean": "Infinity"})
    assert [item["group"] for item in announced(tmp_path, first)] == [0, 1]
    assert [item["group"] for item in announced(tmp_path, second)] == list(range(5))
    line = announced(tmp_path, first)[0]
    assert (line["restart"], line["step"], line["gen"], line["split"]) == (1, 3, 0, "train")
    assert line["rollouts"][0]["advantage"] == "NaN"
    assert [item["group"] for item in second["preview"]] == [0, 1, 2]


@pytest.mark.parametrize("rollouts, chars", [(4, 50), (10, 9000), (64, 3000), (400, 200), (2, 10**6)])
def test_preview_always_fits_its_line(tmp_path, rollouts, chars):
    with EventWriter(tmp_path, "r", 0) as writer:
        writer.write_groups(1, 0, "train", [group(index, rollouts, chars) for index in range(4)], {"mean": 0.5})
    (line,) = (tmp_path / "events.jsonl").read_bytes().splitlines(True)
    event = open_line(line)
    assert len(line) <= LINE_LIMIT and "cut" not in event and len(event["preview"]) == 3
    for shown in event["preview"]:
        for rollout in shown["rollouts"]:
            assert "extra" not in rollout
            assert rollout.get("cut", len(rollout["completion"])) == chars
    assert len(announced(tmp_path, event)[0]["rollouts"]) == rollouts


def test_rollout_options(tmp_path):
    groups = [group(index, 2) for index in range(10)]
    for option, written in [("all", 10), ("sample:3", 3), ("sample:50", 10), ("off", 0)]:
        folder = tmp_path / option.replace(":", "-")
        folder.mkdir()
        with EventWriter(folder, "r", 0, rollouts=option) as writer:
            writer.write_groups(1, 0, "train", groups, {"mean": 0.5})
        (event,) = events(folder)
        assert (event["groups"], event["rollouts"], event["stats"]) == (written, 2 * written, {"mean": 0.5})
        assert event.get("of_groups", 10) == 10
        if written:
            assert len(announced(folder, event)) == written
        else:
            assert event["file"] is None and not list((folder / "rollouts").iterdir())
    for wrong in ("", "sample:0", "some"):
        with pytest.raises(ValueError):
            EventWriter(tmp_path, "r", 0, rollouts=wrong)


def test_media_is_named_by_content_and_written_once(tmp_path):
    with EventWriter(tmp_path, "r", 0) as writer:
        first, again = writer.put_media(b"abc", ".PNG"), writer.put_media(b"abc", "png")
        assert writer.put_media(b"abc", "../../x") == first.replace(".png", ".x")
    assert first == again and first.endswith(".png") and (tmp_path / first).read_bytes() == b"abc"
    assert len(list((tmp_path / "media").iterdir())) == 2
