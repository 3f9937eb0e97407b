#!/usr/bin/env python3
"""What a run survives. Usage: survival_test.py BIN CASE"""
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

import runs

LENGTH = ["--trainers", "3", "--ranks-per-trainer", "2", "--rounds", "12", "--steps-per-round", "16",
          "--snapshot-every", "2", "--keep", "3"]


def has_snapshot(run):
    return any(pathlib.Path(run).glob("snapshots/round-*/manifest.json"))


def newest_snapshot(run):
    return sorted(pathlib.Path(run).glob("snapshots/round-??????/manifest.json"))[-1].parent


def kill_all(run, first_round=2):
    runs.wait_for(lambda: has_snapshot(run), "a snapshot")
    runs.wait_for(lambda: runs.rounds_in_log(run) >= random.randint(first_round, 9), "a round")
    for pid in runs.processes_of(run):
        runs.kill(pid)
    runs.wait_for(lambda: not runs.processes_of(run), "the killed to go")


def named(run, kind):
    return [e for e in runs.events_of(run) if e["event"] == kind]


def resume(field):
    reference = field.reference()
    run, job = field.start("run")
    kill_all(run)
    job.wait()
    with open(f"{run}/events.jsonl", "a") as log:
        log.write('{"schema": 1, "torn')
    subprocess.run([f"{field.bin}/ltfb-run", "--resume", run], check=True, timeout=250)
    assert not runs.differences(run, reference), runs.differences(run, reference)
    assert len(named(run, "resume")) == 1
    again = subprocess.run([f"{field.bin}/ltfb-run", "--resume", run], capture_output=True, text=True)
    assert again.returncode == 0 and "complete" in again.stdout


def damage(field):
    """The newest snapshot is torn in one place after another; the one before it is used."""
    reference = field.reference()
    run, job = field.start("run")
    kill_all(run, 6)
    job.wait()
    assert len(list(pathlib.Path(run).glob("snapshots/*/manifest.json"))) > 1
    newest = newest_snapshot(run)
    part = newest / "trainer-0001.h5"
    content = bytearray(part.read_bytes())
    content[len(content) // 2] ^= 1
    part.write_bytes(content)
    _, said = field.run("run", "--resume", "auto")
    assert part.name in said and "checksum" in said, said
    assert not runs.differences(run, reference), runs.differences(run, reference)


def from_nothing(field):
    """Killed before the first snapshot, a requeued run starts over in the same log."""
    reference = field.reference()
    run, job = field.start("run", "--snapshot-every", "none")
    runs.wait_for(lambda: runs.rounds_in_log(run) >= 1, "a round")
    job.kill()
    job.wait()
    runs.wait_for(lambda: not runs.processes_of(run), "orphans to go")
    refused = subprocess.run([f"{field.bin}/ltfb-run", "--resume", run], capture_output=True, text=True)
    assert refused.returncode == 2 and "no valid snapshot" in refused.stderr, refused.stderr
    field.run("run", "--resume", "auto")
    assert not runs.differences(run, reference), runs.differences(run, reference)


def other_layout(field):
    run, job = field.start("run")
    kill_all(run)
    job.wait()
    _, said = field.run("run", "--resume", "auto", "--lr", "0.5", "--hidden", "17", code=2)
    assert "hidden" in said and "lr" in said, said
    field.run("run", "--resume", "auto", "--ranks-per-trainer", "1")
    changes = named(run, "resume")[0]["changes"]
    assert any("ranks-per-trainer" in change for change in changes), changes
    rounds = [e["round"] for e in named(run, "eval") if e["split"] == "tournament" and e["trainer"] == 2]
    assert rounds == list(range(12)), rounds


def other_population(field):
    run, job = field.start("run")
    kill_all(run)
    job.wait()
    field.run("run", "--resume", "auto", "--trainers", "5", "--rounds", "14", "--allow-change", "rounds")
    assert len(runs.digests_of(run)) == 5
    changes = named(run, "resume")[0]["changes"]
    assert len(changes) == 2, changes


def leave(field, with_signal, code):
    reference = field.reference()
    run, job = field.start("run", "--snapshot-every", "none")
    runs.wait_for(lambda: runs.rounds_in_log(run) >= 1, "a round")
    job.send_signal(with_signal)
    text, _ = job.communicate(timeout=250)
    assert job.returncode == code, f"{job.returncode}: {text}"
    assert has_snapshot(run), text
    assert not runs.processes_of(run)
    assert named(run, "signal")[-1]["exit"] == code
    field.run("run", "--resume", "auto")
    assert not runs.differences(run, reference), runs.differences(run, reference)


def terminate(field):
    leave(field, signal.SIGTERM, 75)


def interrupt(field):
    leave(field, signal.SIGINT, 130)


def save_now(field):
    reference = field.reference()
    run, job = field.start("run", "--snapshot-every", "none")
    runs.wait_for(lambda: runs.rounds_in_log(run) >= 1, "a round")
    job.send_signal(signal.SIGUSR1)
    text, _ = job.communicate(timeout=250)
    assert job.returncode == 0, text
    assert len(named(run, "snapshot")) == 1 and has_snapshot(run), text
    assert not runs.differences(run, reference), runs.differences(run, reference)


def time_limit(field):
    run, _ = field.run("run", "--rounds", "100000", "--time-limit", "6", "--snapshot-every", "none", code=75)
    assert has_snapshot(run)


def allocation_end(field):
    """Slurm's own limit, where its version doesn't put it into the environment."""
    folder = pathlib.Path(field.folder) / "programs"
    folder.mkdir()
    (folder / "squeue").write_text("#!/bin/sh\ncase \"$*\" in *--jobs=77*) echo 0:08 ;; esac\n")
    (folder / "squeue").chmod(0o755)
    os.environ.update(PATH=f"{folder}:{os.environ['PATH']}", SLURM_JOB_ID="77")
    run, _ = field.run("run", "--rounds", "100000", "--launcher", "mpiexec", "--snapshot-every", "none", code=75)
    assert has_snapshot(run)


def twice(field):
    """The second SIGINT ends a run at once, whatever it does."""
    run, job = field.start("run", "--steps-per-round", "1000000")
    runs.wait_for(lambda: len(runs.processes_of(run)) == 8, "all ranks")
    job.send_signal(signal.SIGINT)
    time.sleep(0.2)
    job.send_signal(signal.SIGINT)
    assert job.wait(timeout=20) == 130
    runs.wait_for(lambda: not runs.processes_of(run), "orphans to go", 5)


def lost_rank(field, with_signal=signal.SIGKILL):
    reference = field.reference()
    run, job = field.start("run")
    runs.wait_for(lambda: has_snapshot(run), "a snapshot")
    ranks = [pid for pid in runs.processes_of(run) if runs.rank_of(pid) >= 0]
    runs.kill(random.choice(ranks), with_signal)
    text, _ = job.communicate(timeout=250)
    assert job.returncode == 0 and "was lost" in text, text
    assert not runs.differences(run, reference), runs.differences(run, reference)
    assert not runs.processes_of(run)


def stopped_rank(field):
    lost_rank(field, signal.SIGSTOP)


def restarts_run_out(field):
    run, job = field.start("run", "--max-restarts", "0")
    runs.wait_for(lambda: has_snapshot(run), "a snapshot")
    for pid in runs.processes_of(run):
        if runs.rank_of(pid) == 3:
            runs.kill(pid)
    text, _ = job.communicate(timeout=250)
    assert job.returncode == 1 and "--resume" in text, f"{job.returncode}: {text}"


def orphans(field):
    """Nothing outlives the launching process."""
    run, job = field.start("run", "--rounds", "100000")
    runs.wait_for(lambda: runs.rounds_in_log(run) >= 0, "a round")
    job.kill()
    job.wait()
    runs.wait_for(lambda: not runs.processes_of(run), "orphans to go", 15)
    memory = pathlib.Path(f"/dev/shm/ltfb-run-{job.pid}")  # shared by the ranks
    field.run("next", "--rounds", "1")
    assert not memory.exists(), "what the killed run left in memory is still there"


def disk(field):
    """Snapshots cannot be written any more: the run goes on, and says so."""
    reference = field.reference()
    run, job = field.start("run", "--snapshot-every", "3")
    runs.wait_for(lambda: has_snapshot(run), "a snapshot")
    pathlib.Path(f"{run}/snapshots").rename(f"{run}/aside")
    pathlib.Path(f"{run}/snapshots").write_text("in the way")
    text, _ = job.communicate(timeout=250)
    assert job.returncode == 0 and "warning" in text, text
    assert named(run, "failure"), text
    assert not runs.differences(run, reference), runs.differences(run, reference)


def verify_all(field):
    """Whatever happened on the way, the log of a run that was finished is sound."""
    for summary in pathlib.Path(field.folder).glob("*/summary.json"):
        done = subprocess.run([f"{field.bin}/ltfb-log", "verify", str(summary.parent)], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


class Mount:
    """A small file system of its own at `path`; skips the test where this user may not mount one."""

    def __init__(self, path, size):
        self.path = path
        pathlib.Path(path).mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", path], capture_output=True, text=True)
        if done.returncode != 0:
            print(f"skipped: a file system cannot be mounted here: {done.stderr}")
            sys.exit(77)

    def is_read_only(self):
        """From now on, unless a file is open there."""
        return subprocess.run(["mount", "-o", "remount,ro", self.path], capture_output=True).returncode == 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", self.path], check=True)


def need_mounts(field):
    with Mount(f"{field.folder}/probe", "1m"):
        pass


def goes_on_without_snapshots(field, reference, run, job, why):
    text, _ = job.communicate(timeout=250)
    assert job.returncode == 0 and "warning" in text and why in text, text
    failures = named(run, "failure")
    assert failures and all(e["what"] == "snapshot" for e in failures), text
    assert not runs.differences(run, reference), runs.differences(run, reference)


def full_disk(field):
    """Room for two snapshots, then none: the newest that is complete stays."""
    need_mounts(field)
    reference = field.reference()
    run = f"{field.folder}/run"
    one = sum(path.stat().st_size for path in newest_snapshot(reference).iterdir())
    job = field.start("run", "--keep", "9")[1]
    runs.wait_for(pathlib.Path(f"{run}/events.jsonl").exists, "the run")
    with Mount(f"{run}/snapshots", int(2.5 * one)):
        goes_on_without_snapshots(field, reference, run, job, "No space left")
        assert len(list(pathlib.Path(run).glob("snapshots/*/manifest.json"))) in (1, 2)


def read_only(field):
    need_mounts(field)
    reference = field.reference()
    run = f"{field.folder}/run"
    job = field.start("run")[1]
    runs.wait_for(pathlib.Path(f"{run}/events.jsonl").exists, "the run")
    with Mount(f"{run}/snapshots", "100m") as disk:
        runs.wait_for(lambda: has_snapshot(run), "a snapshot")
        runs.wait_for(disk.is_read_only, "a moment in which nobody writes", 5)
        goes_on_without_snapshots(field, reference, run, job, "Read-only")
        assert has_snapshot(run)


def vanished(field):
    """The folder of the snapshots goes away: the next one makes it anew."""
    reference = field.reference()
    run, job = field.start("run")
    runs.wait_for(lambda: has_snapshot(run), "a snapshot")
    pathlib.Path(f"{run}/snapshots").rename(f"{run}/aside")
    text, _ = job.communicate(timeout=250)
    assert job.returncode == 0, text
    assert not runs.differences(run, reference), runs.differences(run, reference)
    assert int(newest_snapshot(run).name[-6:]) > 2, text


def swapped(field):
    """Two trainers' files of one snapshot, or the manifests of two, in each other's place."""
    reference = field.reference()
    for case in ("trainers", "manifests"):
        run, job = field.start(case)
        kill_all(run, 6)
        job.wait()
        newest = newest_snapshot(run)
        older = sorted(pathlib.Path(run).glob("snapshots/round-??????/manifest.json"))[-2].parent
        pair = {"trainers": [newest / "trainer-0000.h5", newest / "trainer-0002.h5"],
                "manifests": [newest / "manifest.json", older / "manifest.json"]}[case]
        contents = [path.read_bytes() for path in pair]
        for path, content in zip(pair, reversed(contents)):
            path.write_bytes(content)
        _, said = field.run(case, "--resume", "auto")
        assert "snapshot skipped" in said, said
        assert not runs.differences(run, reference), runs.differences(run, reference)


def main():
    bin_folder, case = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="ltfb_survival_") as folder:
        field = runs.Field(bin_folder, folder, LENGTH)
        globals()[case](field)
        verify_all(field)


if __name__ == "__main__":
    main()
