#!/usr/bin/env python3
"""A population that goes on without a trainer. Usage: loss_test.py BIN CASE"""
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile

import runs

TRAINERS, SEATS, ROUNDS = 4, 2, 12
LENGTH = ["--trainers", str(TRAINERS), "--ranks-per-trainer", str(SEATS), "--rounds", str(ROUNDS),
          "--steps-per-round", "24", "--snapshot-every", "4", "--on-trainer-loss", "continue"]


class Field:
    def __init__(self, bin_folder, folder):
        self.bin, self.folder = bin_folder, folder
        self.data = runs.data_set(folder, bin_folder)
        self.out = f"{folder}/run"

    def start(self, *more, fault=""):
        environment = {**os.environ, **({"LTFB_FAULT": fault} if fault else {})}
        return subprocess.Popen(runs.command(self.bin, self.data, self.out, *LENGTH, *more), env=environment,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def end(self, job, code):
        text, _ = job.communicate(timeout=100)
        assert job.returncode == code, f"exit code {job.returncode}: {text}"
        assert not runs.processes_of(self.out), runs.processes_of(self.out)
        return text

    def summary(self):
        return json.loads(pathlib.Path(f"{self.out}/summary.json").read_text())

    def shoot(self, trainer, with_signal=signal.SIGKILL, after_round=2):
        runs.wait_for(lambda: runs.rounds_in_log(self.out) >= after_round, "a round")
        members = [pid for pid in runs.processes_of(self.out) if runs.rank_of(pid) // SEATS == trainer]
        assert len(members) == SEATS, members
        runs.kill(random.choice(members), with_signal)

    def check_loss(self, lost, text):
        """The others have played all rounds, and every file says who is missing."""
        summary = self.summary()
        assert summary["exit"] == 3 and [e["trainer"] for e in summary["lost_trainers"]] == [lost], summary
        assert {t["trainer"] for t in summary["trainers"]} == set(range(TRAINERS)) - {lost}
        assert f"trainer {lost} was lost" in text, text
        events = runs.events_of(self.out)
        gone = [e for e in events if e["event"] == "failure"]
        assert [e["trainer"] for e in gone] == [lost], gone
        for trainer in set(range(TRAINERS)) - {lost}:
            rounds = [e["round"] for e in events if e["event"] == "eval" and e["trainer"] == trainer
                      and e["split"] == "tournament"]
            assert rounds == list(range(ROUNDS)), f"trainer {trainer} played {rounds}"
        met = [e for e in events if e["event"] == "tournament" and e["opponent"] == lost]
        late = [e for e in met if e["round"] > gone[0]["round"] and not e["forfeit"]]
        assert not late, late
        check = subprocess.run([f"{self.bin}/ltfb-log", "verify", self.out], capture_output=True, text=True)
        assert check.returncode == 0, check.stdout + check.stderr
        told = subprocess.run([f"{self.bin}/ltfb-log", "summary", self.out, "--json"], capture_output=True, check=True)
        told = json.loads(told.stdout)["runs"][0]
        assert told["summary"]["trainers_lost"] == 1, told["summary"]
        assert [f"trainer {lost} was lost" in i["what"] for i in told["incidents"]] == [True], told["incidents"]
        return events


def killed(field, *more):
    lost = random.randrange(1, TRAINERS)
    job = field.start("--progress", "lines", *more)
    field.shoot(lost, after_round=random.randrange(1, 7))
    text = field.end(job, 3)
    assert f"LOST: trainer {lost}" in text, text
    field.check_loss(lost, text)


def truncation(field):
    """Everybody looks at everybody's scores: all must leave out the same."""
    killed(field, "--selection", "truncation")


def two(field):
    """One after the other."""
    job = field.start()
    field.shoot(1)
    field.shoot(3, after_round=4)
    field.end(job, 3)
    assert {e["trainer"] for e in field.summary()["lost_trainers"]} == {1, 3}
    assert len(field.summary()["trainers"]) == 2


def hung(field):
    """It holds its connection, but does nothing: who waits for it longer than the deadline says so."""
    layout = ["--ranks-per-trainer", "1", "--layout", "2,1,1,2"]
    job = field.start("--deadline", "4", *layout, fault="in-scoring:hang:2:3")
    field.check_loss(2, field.end(job, 3))


def failing(field):
    """A trainer whose own check fails leaves by itself."""
    job = field.start(fault="in-adopt:flip-bit:2:-1:-1")  # on all seats: a small model is in one's shard
    field.check_loss(2, field.end(job, 3))


def first(field):
    """The trainer with the first rank is one as any other."""
    job = field.start()
    field.shoot(0, after_round=5)
    field.check_loss(0, field.end(job, 3))


def hung_while_agreeing(field):
    """Where one is lost, all wait for what the others know of it: also of one that doesn't answer any more."""
    layout = ["--ranks-per-trainer", "1", "--layout", "2,1,1,2"]
    job = field.start("--deadline", "6", *layout, fault="in-scoring:hang:2:3")
    assert any("in-scoring" in line for line in job.stdout), "it never hung"
    runs.kill(next(pid for pid in runs.processes_of(field.out) if runs.rank_of(pid) == 2))
    text = field.end(job, 3)
    assert "has done nothing" in text, text
    assert {e["trainer"] for e in field.summary()["lost_trainers"]} == {1, 2}, text
    assert {t["trainer"] for t in field.summary()["trainers"]} == {0, 3}


def launcher(field):
    """Without mpiexec there is no job: it starts again, with all."""
    job = field.start("--rounds", "30")
    runs.wait_for(lambda: list(pathlib.Path(field.out).glob("snapshots/*/manifest.json")), "a snapshot")
    words = {pid: words[0] for pid, words in runs.processes_of(field.out).items() if pid != job.pid}
    runs.kill(next(pid for pid, word in words.items() if "mpiexec" in word))
    text = field.end(job, 0)
    assert "was lost" in text and "starting it again" in text, text
    assert len(field.summary()["trainers"]) == TRAINERS


def resumed(field):
    """A snapshot without a trainer is gone on with: its place is taken by the best."""
    job = field.start("--rounds", "1000")
    field.shoot(2)
    runs.wait_for(lambda: [path for path in pathlib.Path(field.out).glob("snapshots/*/manifest.json")
                           if json.loads(path.read_text())["lost"] == [2]], "a snapshot without it")
    job.kill()
    job.wait()
    runs.wait_for(lambda: not runs.processes_of(field.out), "orphans to go", 15)
    rounds = runs.rounds_in_log(field.out) + 6
    job = field.start("--resume", "auto", "--rounds", str(rounds), "--allow-change", "rounds")
    field.end(job, 0)
    resume = [e for e in runs.events_of(field.out) if e["event"] == "resume"][0]
    assert any("trainer 2: lost, goes on from trainer" in change for change in resume["changes"]), resume
    assert len(field.summary()["trainers"]) == TRAINERS


def stop(field):
    """The others save what they have, and leave."""
    job = field.start("--on-trainer-loss", "stop", "--snapshot-every", "none")
    field.shoot(1)
    text = field.end(job, 75)
    assert "the others save a snapshot and leave" in text, text
    manifest, = pathlib.Path(field.out).glob("snapshots/*/manifest.json")
    assert json.loads(manifest.read_text())["lost"] == [1]


def main():
    bin_folder, case = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="ltfb_loss_") as folder:
        globals()[case](Field(bin_folder, folder))


if __name__ == "__main__":
    main()
