#!/usr/bin/env python3
"""ltfb-run inside Slurm allocations of a small cluster that the test makes of this machine: two nodes with eight cores
each, as far as Slurm knows. Usage: slurm_test.py BIN CASE. Exit code 77: it can't be tried here."""
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import jobs_test
import runs

SKIPPED = 77
PROGRAMS = {"slurmctld": "slurmctld", "slurmd": "slurmd", "salloc": "slurm-client", "munged": "munge"}
CONFIGURATION = """ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmUser=root
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
TmpFS={folder}/tmp-%n
SlurmctldPidFile={folder}/controller.pid
SlurmdPidFile={folder}/%n.pid
SlurmctldLogFile={folder}/controller.log
SlurmdLogFile={folder}/%n.log
SlurmdParameters=config_overrides
SlurmdTimeout=20
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
NodeName=n0 NodeHostname={host} NodeAddr=127.0.0.1 Port={port0} CPUs=8
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={port1} CPUs=8
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def pids_of(program):
    """{pid: environment} of the processes of that name."""
    found = {}
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "comm").read_text().strip() == program:
                found[int(entry.name)] = (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue  # it has ended
    return found


class Cluster:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        port, port0, port1 = free_ports(3)
        for name in ("state", "spool-n0", "spool-n1", "tmp-n0", "tmp-n1"):
            (self.folder / name).mkdir()
        text = CONFIGURATION.format(host=socket.gethostname().split(".")[0], folder=folder, port=port, port0=port0,
                                    port1=port1)
        (self.folder / "slurm.conf").write_text(text)
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(64))
        key.chmod(0o600)
        os.environ["SLURM_CONF"] = str(self.folder / "slurm.conf")

    def __enter__(self):
        path = self.folder
        # Each stays in the foreground, so that it ends with this process's group.
        munge = ["munged", "-F", "--force", f"--socket={path}/munge.socket", f"--key-file={path}/munge.key",
                 f"--pid-file={path}/munge.pid", f"--log-file={path}/munge.log", f"--seed-file={path}/munge.seed"]
        self.daemons = [self.start(munge)]
        runs.wait_for((path / "munge.socket").exists, "munge", 20)
        self.daemons += [self.start(["slurmctld", "-D"]), self.start(["slurmd", "-D", "-N", "n0"]),
                         self.start(["slurmd", "-D", "-N", "n1"])]
        runs.wait_for(self.is_up, f"the cluster to come up ({path}/controller.log)", 60)
        return self

    def __exit__(self, *_):
        subprocess.run(["scancel", "--user", "root"], capture_output=True)
        for pid in pids_of("slurmstepd"):
            if self.is_ours(pid):
                runs.kill(pid)
        for daemon in reversed(self.daemons):
            daemon.kill()
            daemon.wait()

    @staticmethod
    def start(words):
        return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    @staticmethod
    def is_up():
        done = subprocess.run(["sinfo", "--noheader", "--Node", "--format=%N %t"], capture_output=True, text=True)
        return done.stdout.split() == ["n0", "idle", "n1", "idle"]

    def is_ours(self, pid):
        try:
            return str(self.folder).encode() in pathlib.Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            return False

    def kill_node(self):
        """All of n1: its daemon, those of steps, and the ranks."""
        on_it = {pid for name in ("slurmstepd", "ltfb-run") for pid, environment in pids_of(name).items()
                 if b"SLURMD_NODENAME=n1" in environment and self.is_ours(pid)}
        assert on_it, "nothing runs on n1"
        for pid in on_it:
            runs.kill(pid)
        self.daemons[3].kill()


def allocate(field, options, *more, minutes=5):
    """Starts the run in an allocation."""
    command = field.command("run", *more)
    return f"{field.folder}/run", subprocess.Popen(["salloc", "--quiet", f"--time={minutes}", *options, *command],
                                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


ONE_NODE = ["--nodes=1", "--ntasks=6"]
TWO_NODES = ["--nodes=2", "--ntasks-per-node=4", "--no-kill"]


def same(field, cluster):
    reference = field.reference("--launcher", "mpiexec")
    for jobs in ("one", "per-trainer"):
        run, job = allocate(field, ONE_NODE, "--jobs", jobs)
        jobs_test.finish(job)
        jobs_test.check_equal(run, reference)
        shutil.rmtree(run)


def lost_rank(field, cluster):
    reference = field.reference("--launcher", "mpiexec")
    run, job = allocate(field, TWO_NODES)
    jobs_test.await_round(run, job, 2)
    trainers = {trainer: jobs_test.ranks_of(run, trainer) for trainer in range(3)}
    for ranks in trainers.values():
        nodes = {value for pid in ranks.values() for value in pids_of("ltfb-run")[pid]
                 if value.startswith(b"SLURMD_NODENAME=")}
        assert len(nodes) == 1, f"a trainer is spread over {nodes}"
    runs.kill(trainers[1][1])
    jobs_test.finish(job)
    assert jobs_test.restarts_in(run) == [1]
    jobs_test.check_equal(run, reference)


def lost_node(field, cluster):
    """Its trainers move to the other node, even where that is full."""
    reference = field.reference("--launcher", "mpiexec")
    run, job = allocate(field, TWO_NODES)
    jobs_test.await_round(run, job, 2)
    cluster.kill_node()
    jobs_test.finish(job)
    assert jobs_test.restarts_in(run)
    jobs_test.check_equal(run, reference)


def allocation_end(field, cluster):
    start = time.monotonic()
    run, job = allocate(field, ONE_NODE, "--rounds", "10000000", minutes=1)
    text, _ = job.communicate(timeout=120)
    assert job.returncode == 75, f"exit code {job.returncode}: {text}"
    assert time.monotonic() - start < 60, "Slurm had to end it"
    assert list(pathlib.Path(run).glob("snapshots/*/manifest.json"))


def main():
    bin_folder, case = sys.argv[1:]
    missing = {package for program, package in PROGRAMS.items() if shutil.which(program) is None}
    if missing or os.geteuid() != 0:
        print(f"skipped: needs root and {', '.join(sorted(missing)) or 'no package'}")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="ltfb_slurm_") as folder, Cluster(folder) as cluster:
        globals()[case](jobs_test.Field(bin_folder, folder), cluster)
    return 0


if __name__ == "__main__":
    sys.exit(main())
