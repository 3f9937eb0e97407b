#!/usr/bin/env python3
"""Every fault (core/fault.hpp) at every point of a run: it ends as declared here, and none hangs.
Usage: fault_test.py BIN ACTION   (all points of one action)"""
import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile

import runs

LIMIT_S = 60  # of each run
LAYOUT = ["--layout", "1,2", "--rounds", "6", "--steps-per-round", "8", "--snapshot-every", "2",
          "--keep", "3", "--lr", "0.0003..0.03", "--deadline", "4"]
IN_MATCH = ["before-send", "after-send", "in-receive", "in-scoring", "in-adopt"]
ON_DISK = ["snapshot-before-rename", "snapshot-before-manifest", "event-write"]
POINTS = IN_MATCH + ON_DISK
OLDER_SAVED_ROUND, SAVED_ROUND = 1, 3  # after which there are snapshots


class Field:
    def __init__(self, bin_folder, folder):
        self.bin, self.folder = bin_folder, folder
        self.data = runs.data_set(folder, bin_folder)
        self.reference = f"{folder}/reference"
        done = self.run("reference")
        assert done.returncode == 0, done.stderr
        adopts = [e for e in runs.events_of(self.reference) if e["event"] == "adopt" and e["round"] > 1]
        assert adopts, "the undisturbed run has no adoption to be disturbed"
        self.adopter, self.adopt_round = adopts[0]["trainer"], adopts[0]["round"]

    def run(self, name, *more, fault=""):
        environment = {**os.environ, "LTFB_FAULT": fault} if fault else None
        command = runs.command(self.bin, self.data, f"{self.folder}/{name}", *LAYOUT, *more)
        return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=LIMIT_S)

    def place(self, point):
        """A trainer and a round in which the run comes to the point."""
        if point in IN_MATCH:
            return f"{self.adopter}:{self.adopt_round}"
        return f"0:{SAVED_ROUND}"

    def verify(self, run):
        done = subprocess.run([f"{self.bin}/ltfb-log", "verify", run], capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr


def as_undisturbed(field, run, done):
    assert done.returncode == 0, f"exit code {done.returncode}: {done.stderr}"
    differences = runs.differences(run, field.reference)
    assert not differences, differences


def restarted(field, run, done):
    assert "was lost" in done.stderr, done.stderr
    as_undisturbed(field, run, done)


def kill(field, run, done, point):
    restarted(field, run, done)


exit_ = kill


def hang(field, run, done, point):
    """A wait for it ends with a message that says who waited for whom; a disk is not waited for."""
    if point == "snapshot-before-rename":
        assert "still being written" in done.stderr, done.stderr
        return as_undisturbed(field, run, done)
    assert "waiting for" in done.stderr and "no answer after" in done.stderr, done.stderr
    restarted(field, run, done)


def nan_gradient(field, run, done, point):
    """The next step spoils the model; its trainer goes on with the opponent's."""
    assert done.returncode == 0, done.stderr
    scores = [e["mse"] for e in runs.events_of(run) if e["event"] == "eval"]
    assert "nan" in scores, "no model was spoilt"
    assert scores[-1] != "nan", "the spoilt model is the best"
    code, text = field.verify(run)
    assert code == 0, text


def flip_bit(field, run, done, point):
    if point in ("in-receive", "in-scoring", "in-adopt"):  # of what is adopted
        assert "digest" in done.stderr, done.stderr
        restarted(field, run, done)
        fault = f"{point}:flip-bit:{field.place(point)}"
        stopped = field.run(f"{pathlib.Path(run).name}-stopped", "--max-restarts", "0", fault=fault)
        assert stopped.returncode == 1 and "digest" in stopped.stderr, f"{stopped.returncode}: {stopped.stderr}"
        assert not pathlib.Path(f"{run}-stopped/summary.json").exists(), "a run that was stopped has a result"
    elif point in IN_MATCH:  # of the own model: what is sent is what it is, or is caught
        assert done.returncode == 0, done.stderr
    elif point == "event-write":
        assert done.returncode == 0, done.stderr
        code, text = field.verify(run)
        assert code == 1 and "line" in text, text
    else:  # found by who would go on from it
        as_undisturbed(field, run, done)
        pathlib.Path(f"{run}/summary.json").unlink()  # as if it had been killed before its end
        again = field.run(pathlib.Path(run).name, "--resume", "auto")
        assert "checksum" in again.stderr or "damaged" in again.stderr, again.stderr
        resume = [e for e in runs.events_of(run) if e["event"] == "resume"][-1]
        assert resume["from_round"] == OLDER_SAVED_ROUND, resume
        as_undisturbed(field, run, again)


def enospc(field, run, done, point):
    """A full disk costs the snapshot, not the run; events are written later."""
    as_undisturbed(field, run, done)
    if point in ON_DISK:
        assert "warning" in done.stderr and "No space left" in done.stderr, done.stderr
    if point.startswith("snapshot"):
        assert [e for e in runs.events_of(run) if e["event"] == "failure"], "no failure in the log"
    code, text = field.verify(run)
    assert code == 0, text


ACTIONS = {"kill": kill, "exit": exit_, "hang": hang, "nan-gradient": nan_gradient, "flip-bit": flip_bit,
           "enospc": enospc}


def check(field, action, point):
    run = f"{field.folder}/{point}"
    try:
        done = field.run(point, fault=f"{point}:{action}:{field.place(point)}")
    except subprocess.TimeoutExpired as late:
        return f"{point} {action}: hung for {LIMIT_S} s: {(late.stderr or b'').decode()[-2000:]}"
    try:
        said = f"exit code {done.returncode}, {done.stdout} {done.stderr}"
        assert f"fault: {action} at {point}" in done.stderr, f"the run didn't come there: {said}"
        ACTIONS[action](field, run, done, point)
    except AssertionError as error:
        return f"{point} {action}: {error}"
    finally:
        left = runs.processes_of(run)
        assert not left, f"{point} {action}: orphans {left}"
    return ""


def main():
    bin_folder, action = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="ltfb_fault_") as folder:
        field = Field(bin_folder, folder)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            wrong = [text for text in pool.map(lambda point: check(field, action, point), POINTS) if text]
    print("\n".join(wrong) or f"{len(POINTS)} points: each as declared")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
