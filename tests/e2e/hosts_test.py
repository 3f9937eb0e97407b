#!/usr/bin/env python3
"""A run over several hosts, which are network namespaces of this machine: no common loopback, no ssh. Trainers with even
numbers live on one, the others on the other. Usage: hosts_test.py BIN CASE. Exit code 77: it can't be tried here."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import jobs_test
import runs

SKIPPED = 77
NET = "10.77.0"
AGENT = """#!/bin/sh
# What mpiexec takes for ssh: runs a command on the host of the trainer whose job it starts.
trainer=$(printf %s "$LTFB_JOB" | sed 's/.*"trainer":\\([0-9]*\\).*/\\1/')
shift
[ $((trainer % 2)) = 0 ] && host=EVEN || host=ODD
exec ip netns exec $host sh -c "$*"
"""


def ip(*words, namespace=None):
    where = ["ip", "netns", "exec", namespace] if namespace else []
    subprocess.run([*where, "ip", *words], check=True, capture_output=True, text=True)


class Hosts:
    """Two hosts and a switch between them and this one."""

    def __init__(self):
        mark = os.getpid() % 10000
        self.switch = f"ltsw{mark}"
        self.names = [f"lthost{mark}a", f"lthost{mark}b"]
        self.cables = [f"ltc{mark}a", f"ltc{mark}b"]

    def __enter__(self):
        ip("link", "add", self.switch, "type", "bridge")
        ip("addr", "add", f"{NET}.1/24", "dev", self.switch)
        ip("link", "set", self.switch, "up")
        for i, (name, cable) in enumerate(zip(self.names, self.cables)):
            ip("netns", "add", name)
            ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", name)
            ip("link", "set", cable, "master", self.switch, "up")
            ip("addr", "add", f"{NET}.{i + 2}/24", "dev", "eth0", namespace=name)
            ip("link", "set", "eth0", "up", namespace=name)
            ip("link", "set", "lo", "up", namespace=name)
        return self

    def __exit__(self, *_):
        for name in self.names:
            # Of a host that was cut off mpiexec's daemon hasn't heard that all is over.
            left = subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True).stdout
            for pid in left.split():
                runs.kill(int(pid))
            subprocess.run(["ip", "netns", "del", name], capture_output=True)
        subprocess.run(["ip", "link", "del", self.switch], capture_output=True)

    def agent(self, folder):
        path = pathlib.Path(folder) / "agent"
        text = AGENT.replace("EVEN", self.names[0]).replace("ODD", self.names[1])
        path.write_text(text)
        path.chmod(0o755)
        return path

    def cut(self, host, state="down"):
        ip("link", "set", self.cables[host], state)


def why_not(bin_folder):
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return "needs root and ip (Debian: iproute2)"
    linked = subprocess.run(["ldd", f"{bin_folder}/ltfb-run"], capture_output=True, text=True).stdout
    if "libmpi.so" not in linked:
        return "is written for Open MPI's mpiexec"
    try:
        with Hosts():
            return None
    except subprocess.CalledProcessError as error:
        return f"network namespaces can't be made: {error.stderr.strip()}"


def options(hosts, folder):
    words = f"--mca plm_rsh_agent {hosts.agent(folder)} --mca oob_tcp_if_include {NET}.0/24 " \
            f"--mca btl_tcp_if_include {NET}.0/24 --host {NET}.200:2"
    return ["--launcher-args", words, "--silence", "4"]


def two_hosts(field, hosts):
    """The same as in one job on one host; a host that was away for a while comes back."""
    reference = field.reference()
    run, job = field.start("run", *options(hosts, field.folder))
    jobs_test.await_round(run, job, 2)
    runs.kill(jobs_test.ranks_of(run, 1)[0])
    jobs_test.finish(job)
    assert jobs_test.restarts_in(run) == [1]
    jobs_test.check_equal(run, reference)


def host_lost(field, hosts):
    """The cable is pulled: the trainers there are dead."""
    run, said = f"{field.folder}/run", pathlib.Path(field.folder) / "said"
    command = field.command("run", "--trainers", "4", "--on-trainer-loss", "continue", "--rounds", "30",
                            *options(hosts, field.folder))
    # No pipe: what is left on the lost host would hold it open.
    with said.open("w") as file, subprocess.Popen(command, stdout=file, stderr=file) as job:
        runs.wait_for(lambda: job.poll() is not None or runs.rounds_in_log(run) >= 2, "round 2")
        hosts.cut(1)
        code = job.wait(timeout=200)
    text = said.read_text()
    assert code == 3, f"exit code {code}: {text}"
    assert "trainer 1 was lost" in text and "trainer 3 was lost" in text, text
    assert sorted(runs.digests_of(run)) == [0, 2]
    subprocess.run([f"{field.bin}/ltfb-log", "verify", run], check=True)


def main():
    bin_folder, case = sys.argv[1:]
    reason = why_not(bin_folder)
    if reason:
        print(f"skipped: {reason}")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="ltfb_hosts_") as folder, Hosts() as hosts:
        globals()[case](jobs_test.Field(bin_folder, folder), hosts)
    return 0


if __name__ == "__main__":
    sys.exit(main())
