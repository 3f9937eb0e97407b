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
OWN_NETWORK = "LTFB_TEST_NETWORK"  # set in the process that has one
NET = "10.77.0"
SWITCH = "switch"
AGENT = """#!/bin/sh
# What mpiexec takes for ssh: runs a command on the host of the trainer whose job it starts.
trainer=$(printf %s "$LTFB_JOB" | sed 's/.*"trainer":\\([0-9]*\\).*/\\1/')
while [ "${1#-}" != "$1" ]; do shift; done
shift  # the host
[ $((trainer % 2)) = 0 ] && host=EVEN || host=ODD
exec nsenter --net=/proc/$host/ns/net sh -c "$*"
"""


def run_command(*words, where=()):
    subprocess.run([*where, *words], check=True, capture_output=True, text=True)


class Hosts:
    """Two hosts and a switch between them and this one. Each is the network namespace of a process that ends with this
    one, so nothing of them is left however this one ends."""

    def __enter__(self):
        # This process has a network of its own (main).
        run_command("ip", "link", "set", "lo", "up")
        run_command("ip", "link", "add", SWITCH, "type", "bridge")
        run_command("ip", "addr", "add", f"{NET}.1/24", "dev", SWITCH)
        run_command("ip", "link", "set", SWITCH, "up")
        self.hosts = []
        self.cables = ["cable0", "cable1"]
        for i, cable in enumerate(self.cables):
            # The keeper ends at the end of its input.
            keeper = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo; exec cat"], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE)
            keeper.stdout.readline()
            self.hosts.append(keeper)
            inside = ["nsenter", f"--net=/proc/{keeper.pid}/ns/net"]
            run_command("ip", "link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", str(keeper.pid))
            run_command("ip", "link", "set", cable, "master", SWITCH, "up")
            run_command("ip", "addr", "add", f"{NET}.{i + 2}/24", "dev", "eth0", where=inside)
            run_command("ip", "link", "set", "eth0", "up", where=inside)
            run_command("ip", "link", "set", "lo", "up", where=inside)
        return self

    def __exit__(self, *_):
        for keeper in self.hosts:
            # Of a host that was cut off mpiexec's daemon hasn't heard that all is over.
            for pid in self.processes_on(keeper.pid):
                runs.kill(pid)
            keeper.stdin.close()
            keeper.wait()

    @staticmethod
    def processes_on(host):
        network = os.readlink(f"/proc/{host}/ns/net")
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if int(process.name) != host and os.readlink(process / "ns/net") == network:
                    yield int(process.name)
            except OSError:
                continue  # it has ended

    def agent(self, folder):
        path = pathlib.Path(folder) / "agent"
        even, odd = (str(host.pid) for host in self.hosts)
        path.write_text(AGENT.replace("EVEN", even).replace("ODD", odd))
        path.chmod(0o755)
        return path

    def cut(self, host):
        run_command("ip", "link", "set", self.cables[host], "down")


def why_not():
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return "needs root and ip (Debian: iproute2)"
    if subprocess.run(["unshare", "--net", "true"], capture_output=True).returncode != 0:
        return "network namespaces can't be made"
    return None


def options(hosts, field):
    agent, host = hosts.agent(field.folder), f"{NET}.200:2"
    linked = subprocess.run(["ldd", f"{field.bin}/ltfb-run"], capture_output=True, text=True, check=True).stdout
    if "libmpich.so" in linked:
        os.environ["UCX_TLS"] = "tcp,self"
        words = f"-launcher ssh -launcher-exec {agent} -localhost {NET}.1 -hosts {host}"
    else:
        words = f"--mca plm_rsh_agent {agent} --mca oob_tcp_if_include {NET}.0/24 " \
                f"--mca btl_tcp_if_include {NET}.0/24 --host {host}"
    return ["--launcher-args", words, "--silence", "4"]


def two_hosts(field, hosts):
    """The same as in one job on one host; a host that was away for a while comes back."""
    reference = field.reference()
    run, job = field.start("run", *options(hosts, field))
    jobs_test.await_round(run, job, 2)
    runs.kill(jobs_test.ranks_of(run, 1)[0])
    jobs_test.finish(job)
    assert jobs_test.restarts_in(run) == [1]
    jobs_test.check_equal(run, reference)


def host_lost(field, hosts):
    """The cable is pulled: the trainers there are dead."""
    run, said = f"{field.folder}/run", pathlib.Path(field.folder) / "said"
    command = field.command("run", "--trainers", "4", "--on-trainer-loss", "continue", "--rounds", "30",
                            *options(hosts, field))
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
    reason = why_not()
    if reason:
        print(f"skipped: {reason}")
        return SKIPPED
    if OWN_NETWORK not in os.environ:
        os.environ[OWN_NETWORK] = "yes"
        os.execvp("unshare", ["unshare", "--net", sys.executable, *sys.argv])
    with tempfile.TemporaryDirectory(prefix="ltfb_hosts_") as folder, Hosts() as hosts:
        globals()[case](jobs_test.Field(bin_folder, folder), hosts)
    return 0


if __name__ == "__main__":
    sys.exit(main())
