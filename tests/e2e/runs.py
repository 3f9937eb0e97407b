"""Starts ltfb-run on a small generated set, reads what it wrote, finds its processes."""
import json
import os
import pathlib
import signal
import subprocess
import time


TIMES = {"t", "samples_per_s"}


def call(*arguments, timeout=200):
    """The finished process, with what it said."""
    return subprocess.run([str(a) for a in arguments], capture_output=True, text=True, timeout=timeout,
                          stdin=subprocess.DEVNULL)


def data_set(folder, bin_folder):
    path = pathlib.Path(folder) / "data.h5"
    if not path.exists():
        subprocess.run([f"{bin_folder}/ltfb-data", "generate", "--out", str(path), "--samples", "3000",
                        "--cell-features", "24", "--drug-features", "32"],
                       check=True, stdout=subprocess.DEVNULL)
    return path


def command(bin_folder, data, out, *more):
    """A small network; of an option that is named more than once the last value counts."""
    words = ["--data", str(data), "--out", str(out), "--hidden", "16", "--track-layers", "1",
             "--top-layers", "1", "--batch", "32", "--threads", "1", "--lr", "0.0003..0.003",
             "--progress", "none", "--save-models", "none", *more]
    options = dict(zip(words[::2], words[1::2]))
    return [f"{bin_folder}/ltfb-run", *(word for pair in options.items() for word in pair)]


def events_of(run):
    """The events that count: what a resume superseded is left out."""
    events = []
    path = pathlib.Path(run) / "events.jsonl"
    for number, line in enumerate(path.read_text().splitlines()):
        event = json.loads(line)
        assert event["seq"] == number, f"{path}:{number + 1}: seq {event['seq']}"
        if event["event"] == "resume":
            events = [e for e in events if e["seq"] < event["superseded_from_seq"]]
        events.append(event)
    return events


def timeless(value):
    """The value without times, as docs/run-directory.md defines them."""
    if isinstance(value, dict):
        return {k: timeless(v) for k, v in value.items() if k not in TIMES and not k.endswith("_s")}
    if isinstance(value, list):
        return [timeless(v) for v in value]
    return value


def story_of(run):
    """What equal runs share: scores, tournaments and adoptions, without times and numbering."""
    kept = ("eval", "tournament", "adopt", "explore")
    return [timeless({**e, "seq": 0}) for e in events_of(run) if e["event"] in kept]


def digests_of(run):
    summary = json.loads((pathlib.Path(run) / "summary.json").read_text())
    return {t["trainer"]: t["digest"] for t in summary["trainers"]}


def differences(run, reference):
    """What two runs that should be equal differ in; empty where they don't."""
    found = []
    if digests_of(run) != digests_of(reference):
        found.append(f"digests {digests_of(run)} instead of {digests_of(reference)}")
    mine, theirs = story_of(run), story_of(reference)
    if mine != theirs:
        first = next((i for i, (a, b) in enumerate(zip(mine, theirs)) if a != b), min(len(mine), len(theirs)))
        found.append(f"event {first} of {len(mine)} and {len(theirs)}:\n  {mine[first:first + 1]}\n"
                     f"  {theirs[first:first + 1]}")
    return found


def processes_of(run):
    """{pid: its command line} of all live processes that work on `run`."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
            state = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue
        if state != "Z" and str(run).encode() in words and int(entry.name) != os.getpid():
            found[int(entry.name)] = [w.decode() for w in words]
    return found


def rank_of(pid):
    """World rank of an MPI process; -1 for a launcher, or a shell around a rank."""
    try:
        if not os.readlink(f"/proc/{pid}/exe").endswith("/ltfb-run"):
            return -1
        environment = pathlib.Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return -1
    for entry in environment:
        name, _, value = entry.partition(b"=")
        if name in (b"OMPI_COMM_WORLD_RANK", b"PMIX_RANK", b"PMI_RANK"):
            return int(value)
    return -1


def trainer_of(pid):
    """Of a process that belongs to a trainer's own job (--jobs per-trainer), its launcher included; else -1."""
    try:
        environment = pathlib.Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return -1
    for entry in environment:
        if entry.startswith(b"LTFB_JOB="):
            return json.loads(entry.partition(b"=")[2])["trainer"]
    return -1


def wait_for(condition, what, limit_s=120):
    end = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited {limit_s} s for {what}")
        time.sleep(0.02)


def rounds_in_log(run):
    try:
        text = (pathlib.Path(run) / "events.jsonl").read_text()
    except OSError:
        return -1
    rounds = [json.loads(line)["round"] for line in text.splitlines() if line.endswith("}")]
    return max(rounds, default=-1)


def kill(pid, with_signal=signal.SIGKILL):
    try:
        os.kill(pid, with_signal)
    except ProcessLookupError:
        pass


class Field:
    """A scratch folder with data, and ltfb-run's command for a run in it, with some options always."""

    def __init__(self, bin_folder, folder, options):
        self.bin, self.folder, self.options = bin_folder, folder, options
        self.data = data_set(folder, bin_folder)

    def command(self, name, *more):
        return command(self.bin, self.data, f"{self.folder}/{name}", *self.options, *more)

    def run(self, name, *more, code=0):
        done = subprocess.run(self.command(name, *more), capture_output=True, text=True, timeout=250)
        assert done.returncode == code, f"{name}: exit code {done.returncode}: {done.stdout}{done.stderr}"
        return f"{self.folder}/{name}", done.stderr

    def start(self, name, *more):
        return f"{self.folder}/{name}", subprocess.Popen(self.command(name, *more), stdout=subprocess.PIPE,
                                                         stderr=subprocess.STDOUT, text=True)

    def reference(self, *more):
        return self.run("reference", *more)[0]
