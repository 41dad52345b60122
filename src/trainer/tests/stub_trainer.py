"""A trainer without torch for the supervisor's tests: writes real run events, behaves as badly as it is told to."""

import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from coldstart_trainer.control import ControlReader
from coldstart_trainer.events import EventWriter
from coldstart_trainer.heartbeat import Alive, DeathPipe
from coldstart_trainer.runfolder import read_run, write_manifest


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--step-s", type=float, default=0.0)
    parser.add_argument("--fail", action="store_true", help="run_end failed, exit 1")
    parser.add_argument("--crash", action="store_true", help="an uncaught exception, no run_end")
    parser.add_argument("--deaf", action="store_true", help="ignores control/, the death pipe and every signal it can")
    parser.add_argument("--escapees", type=int, default=0, help="grandchildren in sessions of their own")
    parser.add_argument("--flood", type=int, default=0, help="bytes to print")
    parser.add_argument("--abort-after-end", action="store_true", help="dies of SIGABRT after run_end")
    parser.add_argument("--resume")
    return parser.parse_args()


def escape(count):
    """Grandchildren that call setsid, lose their parent and ignore SIGTERM; half of them forget their environment."""
    code = "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(600)"
    for index in range(count):
        child = os.fork()
        if child == 0:
            environment = {} if index % 2 else None
            command = [sys.executable, "-S", "-c", code]
            grandchild = subprocess.Popen(
                command, start_new_session=True, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
            grandchild.stdout.readline()
            with open("escapees.txt", "a") as file:
                file.write("%d\n" % grandchild.pid)
            os._exit(0)
        os.waitpid(child, 0)


def save(step):
    folder = Path("checkpoints/checkpoint-%d" % step)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.bin").write_bytes(b"%d" % step * 1000)
    write_manifest(folder, step=step, kind="periodic")


def main():
    args = parse()
    restart = int(os.environ["COLDSTART_RESTART"])
    if args.deaf:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
    writer = EventWriter(".", read_run(".")["run"], restart)
    control, death = ControlReader(".", restart), DeathPipe()
    writer.emit("run_start", stage="sft", resume={"from": args.resume} if args.resume else None)
    escape(args.escapees)
    if args.crash:
        raise RuntimeError("the stub was told to crash")
    block = b"x" * 127 + b"\n"
    for _ in range(args.flood // len(block) // 512):
        os.write(1, block * 512)
    first = int(args.resume.rpartition("-")[2]) + 1 if args.resume else 1
    status, step = "completed", first - 1
    with Alive(".", interval_s=0.1) as alive:
        for step in range(first, first + args.steps):
            alive.set(step=step, phase="updating")
            time.sleep(args.step_s)
            writer.emit("metrics", step=step, split="train", values={"loss": 1.0 / step}, raw={})
            request = None if args.deaf else control.pending()
            if request or (death.gone.is_set() and not args.deaf):
                keep = request["save"] if request else True
                if keep:
                    save(step)
                if request:
                    writer.emit("stop_ack", id=request["id"], mode="save" if keep else "discard", at_step=step)
                status = "stopped"
                break
        if status == "completed":
            save(step)
    if args.fail:
        status = "failed"
    error = {"type": "ValueError", "message": "told to fail"} if args.fail else None
    writer.emit("run_end", status=status, step=step, error=error)
    writer.close()
    if args.abort_after_end:
        os.abort()
    return 1 if args.fail else 0


if __name__ == "__main__":
    sys.exit(main())
