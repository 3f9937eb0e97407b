#!/usr/bin/env python3
"""One MPI job for each trainer: the same results as in one job, and what that survives. Usage: jobs_test.py BIN CASE"""
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile

import runs

LENGTH = ["--trainers", "3", "--ranks-per-trainer", "2", "--rounds", "12", "--steps-per-round", "16",
          "--snapshot-every", "4", "--jobs", "per-trainer"]


class Field(runs.Field):
    def __init__(self, bin_folder, folder):
        super().__init__(bin_folder, folder, LENGTH)

    def reference(self, *more):
        """In one job."""
        return super().reference(*more, "--jobs", "one")


def ranks_of(run, trainer):
    """{rank: pid} of a trainer's job."""
    return {runs.rank_of(pid): pid for pid in runs.processes_of(run)
            if runs.trainer_of(pid) == trainer and runs.rank_of(pid) >= 0}


def await_round(run, job, round_number):
    def is_there():
        assert job.poll() is None, job.stdout.read()
        return runs.rounds_in_log(run) >= round_number

    try:
        runs.wait_for(is_there, f"round {round_number}")
    except AssertionError as late:
        job.kill()  # its ranks end with it
        raise AssertionError(f"{late}: {job.communicate()[0]}") from late


def finish(job, code=0):
    text, _ = job.communicate(timeout=250)
    assert job.returncode == code, f"exit code {job.returncode}: {text}"
    return text


def check_equal(run, reference):
    assert not runs.differences(run, reference), runs.differences(run, reference)
    assert not runs.processes_of(run), runs.processes_of(run)
    assert not pathlib.Path(f"{run}/jobs").exists()


def restarts_in(run):
    return [e["restarted_trainer"] for e in runs.events_of(run) if "restarted_trainer" in e]


def same(field):
    """Unequal trainers, an odd number of them, exchanges that overlap with steps, PB2's news."""
    more = ["--layout", "1,2,3", "--exchange-steps", "3", "--explore", "pb2", "--rounds", "8"]
    options = [word for word in LENGTH if word not in ("--trainers", "--ranks-per-trainer", "3", "2")]
    ends = []
    for jobs in ("one", "per-trainer"):
        command = runs.command(field.bin, field.data, f"{field.folder}/{jobs}", *options, *more, "--jobs", jobs)
        subprocess.run(command, check=True, timeout=250)
        ends.append(f"{field.folder}/{jobs}")
    check_equal(ends[1], ends[0])


def same_population_wide(field):
    more = ["--selection", "truncation", "--rounds", "6", "--ranks-per-trainer", "1", "--trainers", "5"]
    check_equal(field.run("run", *more)[0], field.reference(*more))


def lost_rank(field):
    """Only its trainer is started again."""
    trainer = random.randrange(3)
    reference = field.reference()
    run, job = field.start("run")
    await_round(run, job, random.randint(1, 5))
    others = {t: ranks_of(run, t) for t in range(3) if t != trainer}
    runs.kill(random.choice(list(ranks_of(run, trainer).values())))
    runs.wait_for(lambda: job.poll() is not None or runs.rounds_in_log(run) >= 8, "later rounds")
    if job.poll() is None:
        assert {t: ranks_of(run, t) for t in others} == others, "another trainer was started again"
    assert "was lost" in finish(job)
    assert restarts_in(run) == [trainer], restarts_in(run)
    check_equal(run, reference)


def stopped_rank(field):
    """Found by its silence."""
    reference = field.reference()
    run, job = field.start("run", "--silence", "4")
    await_round(run, job, 2)
    runs.kill(ranks_of(run, 2)[1], signal.SIGSTOP)
    assert "silent" in finish(job)
    assert restarts_in(run) == [2]
    check_equal(run, reference)


def hung(field):
    """It holds its connection, but does nothing: who waits for it longer than the deadline says so, and it alone is
    started again."""
    more = ["--ranks-per-trainer", "1", "--layout", "2,2,1", "--deadline", "6"]
    reference = field.reference(*more)
    os.environ["LTFB_FAULT"] = "in-scoring:hang:2:3"
    run, job = field.start("run", *more)
    text = finish(job)
    assert "has done nothing" in text, text
    assert restarts_in(run) == [2], restarts_in(run)
    check_equal(run, reference)


def all_lost(field):
    """Two at once, and the third one's launcher later."""
    reference = field.reference()
    run, job = field.start("run")
    await_round(run, job, 1)
    for pid in list(ranks_of(run, 0).values()) + list(ranks_of(run, 2).values()):
        runs.kill(pid)
    await_round(run, job, 5)
    runs.kill(next(pid for pid in runs.processes_of(run) if runs.trainer_of(pid) == 1 and runs.rank_of(pid) < 0))
    finish(job)
    assert sorted(restarts_in(run)) == [0, 1, 2]
    check_equal(run, reference)


def restarts_run_out(field):
    run, job = field.start("run", "--max-restarts", "0")
    await_round(run, job, 1)
    runs.kill(ranks_of(run, 1)[0])
    assert "--resume" in finish(job, 1)
    assert not runs.processes_of(run)


def orphans(field):
    """Nothing outlives the orchestrator, and the run goes on."""
    reference = field.reference()
    run, job = field.start("run")
    await_round(run, job, 5)
    job.kill()
    job.wait()
    runs.wait_for(lambda: not runs.processes_of(run), "orphans to go", 20)
    field.run("run", "--resume", "auto")
    check_equal(run, reference)


def terminate(field):
    """A snapshot is saved and the run left, though a trainer has just been started again."""
    reference = field.reference()
    run, job = field.start("run", "--snapshot-every", "none")
    await_round(run, job, 1)
    runs.kill(ranks_of(run, 1)[0])
    job.send_signal(signal.SIGTERM)
    finish(job, 75)
    assert not runs.processes_of(run)
    field.run("run", "--resume", "auto", "--jobs", "one")
    assert not runs.differences(run, reference), runs.differences(run, reference)


def wrong_start(field):
    """Within an MPI job, and with what only the jobs find out."""
    command = field.command("run")
    inside = subprocess.run(command, capture_output=True, text=True, env={"PMI_SIZE": "1", "PMI_RANK": "0"})
    assert inside.returncode == 2 and "per-trainer" in inside.stderr, inside.stderr
    _, said = field.run("run", "--launcher", "none", code=2)
    assert "--launcher" in said, said


def go_on_without(field):
    run, job = field.start("run", "--trainers", "4", "--on-trainer-loss", "continue")
    await_round(run, job, 2)
    runs.kill(ranks_of(run, 2)[1])
    text = finish(job, 3)
    assert "trainer 2 was lost" in text, text
    assert sorted(runs.digests_of(run)) == [0, 1, 3]
    assert not runs.processes_of(run)
    subprocess.run([f"{field.bin}/ltfb-log", "verify", run], check=True)


def main():
    bin_folder, case = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="ltfb_jobs_") as folder:
        globals()[case](Field(bin_folder, folder))


if __name__ == "__main__":
    main()
