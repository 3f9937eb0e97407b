"""Several hosts on one machine: network namespaces joined by a bridge, and how MPI starts ranks in them.

usage: hosts.py RANKS_PER_HOST[,...] MPIEXEC COMMAND...     runs COMMAND on so many ranks of each host

Hosts differ in network, name and shared memory; ranks of different ones reach each other by TCP alone. Needs root
and iproute2: exit code 77 (skipped) where they are missing.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
# MPI calls this as it would ssh. Open MPI names shared memory by host name and rank on the host.
AGENT = """#!/bin/sh
# [-x] HOST COMMAND...
[ "$1" = -x ] && shift
number=${{1##*.}}
shift
exec nsenter --net=/run/netns/{tag}-$number unshare --uts --mount \\
    sh -c "hostname {tag}-$number && mount -t tmpfs none /dev/shm && $*"
"""


def reason_to_skip():
    if os.geteuid() != 0:
        return "needs root, to make network namespaces"
    for program in ("ip", "nsenter"):
        if shutil.which(program) is None:
            return f"needs {program} (Debian: iproute2, util-linux)"
    if subprocess.run(["ip", "netns", "add", f"ltfb{os.getpid()}-0"], capture_output=True).returncode != 0:
        return "may not make network namespaces here"
    subprocess.run(["ip", "netns", "del", f"ltfb{os.getpid()}-0"], check=True)
    return ""


class Hosts:
    """`count` hosts 10.213.N.1, .2, ...; removed at the end of the block."""

    def __init__(self, count):
        self.tag = f"ltfb{os.getpid()}"
        self.network = f"10.213.{os.getpid() % 250}"
        self.addresses = [f"{self.network}.{host}" for host in range(1, count + 1)]
        self.folder = tempfile.TemporaryDirectory()

    @staticmethod
    def ip(*words):
        subprocess.run(["ip", *words], check=True)

    def __enter__(self):
        try:
            self.make()
        except BaseException:
            self.__exit__()
            raise
        return self

    def make(self):
        bridge = f"{self.tag}-0"  # in a namespace of its own: nothing of it is seen outside
        self.ip("netns", "add", bridge)
        self.ip("-n", bridge, "link", "add", "bridge", "type", "bridge")
        self.ip("-n", bridge, "link", "set", "bridge", "up")
        for host, address in enumerate(self.addresses, start=1):
            name = f"{self.tag}-{host}"
            self.ip("netns", "add", name)
            self.ip("-n", name, "link", "set", "lo", "up")
            self.ip("-n", name, "link", "add", "net", "type", "veth", "peer", f"host{host}", "netns", bridge)
            self.ip("-n", bridge, "link", "set", f"host{host}", "master", "bridge")
            self.ip("-n", bridge, "link", "set", f"host{host}", "up")
            self.ip("-n", name, "address", "add", f"{address}/24", "dev", "net")
            self.ip("-n", name, "link", "set", "net", "up")

    def __exit__(self, *_):
        for host in range(len(self.addresses) + 1):
            subprocess.run(["ip", "netns", "del", f"{self.tag}-{host}"], capture_output=True)
        self.folder.cleanup()

    def run(self, mpiexec, ranks, command, **options):
        """mpiexec, from the first host."""
        agent = pathlib.Path(self.folder.name) / "agent"
        agent.write_text(AGENT.format(tag=self.tag))
        agent.chmod(0o755)
        network = f"{self.network}.0/24"
        hosts = ",".join(f"{address}:{n}" for address, n in zip(self.addresses, ranks))
        version = subprocess.run([mpiexec, "--version"], capture_output=True, text=True, check=True).stdout
        if "HYDRA" in version:  # MPICH's
            own = ["-launcher", "ssh", "-launcher-exec", agent, "-localhost", self.addresses[0], "-hosts", hosts]
        else:
            own = ["--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "--mca", "mpi_yield_when_idle", "1",
                   "--mca", "plm_rsh_agent", agent, "--mca", "oob_tcp_if_include", network,
                   "--mca", "btl_tcp_if_include", network, "--mca", "btl", "self,vader,tcp", "--host", hosts]
        return subprocess.run([agent, "host.1", mpiexec, *own, "-n", str(sum(ranks)), *command], **options)


def main():
    ranks = [int(n) for n in sys.argv[1].split(",")]
    mpiexec, *command = sys.argv[2:]
    reason = reason_to_skip()
    if reason:
        print(f"skipped: {reason}")
        return SKIPPED
    with Hosts(len(ranks)) as hosts:
        return hosts.run(mpiexec, ranks, command).returncode


if __name__ == "__main__":
    sys.exit(main())
