"""Loads exported event files with the real TensorBoard: log_tensorboard.py LTFB_LOG. 77: skipped."""
import json
import subprocess
import sys
import tempfile

try:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
except ImportError:
    print("SKIPPED: this Python has no tensorboard package (see scripts/test-python)")
    sys.exit(77)

LTFB_LOG = sys.argv[1]


def curves(run, *which):
    out = subprocess.run([LTFB_LOG, "curves", run, *which, "--json"], capture_output=True, check=True)
    return json.loads(out.stdout)["runs"][0]["curves"]


def schedule(run, *which):
    out = subprocess.run([LTFB_LOG, "schedule", run, *which, "--json"], capture_output=True, check=True)
    return json.loads(out.stdout)["runs"][0]["schedule"]


def check(folder, rows, hyperparameters):
    events = EventAccumulator(folder, size_guidance={"scalars": 0})
    events.Reload()
    for tag, column, expected in [("score/mse", "mse", rows), ("score/r2", "r2", rows),
                                  ("train/loss", "train_loss", rows),
                                  ("hyperparameters/lr", "lr", hyperparameters),
                                  ("hyperparameters/dropout", "dropout", hyperparameters)]:
        scalars = events.Scalars(tag)
        assert [s.step for s in scalars] == [row["step"] for row in expected], (folder, tag)
        for scalar, row in zip(scalars, expected):
            assert abs(scalar.value - row[column]) <= 1e-6 * abs(row[column]), (folder, tag)
        assert all(1.7e9 < s.wall_time < 1.8e9 for s in scalars)


def main():
    with tempfile.TemporaryDirectory() as folder:
        run = f"{folder}/run"
        subprocess.run([LTFB_LOG, "simulate", "--trainers", "6", "--rounds", "12", "--out", run], check=True)
        subprocess.run([LTFB_LOG, "export", run, "--tensorboard", f"{folder}/tb"], check=True)
        for trainer in range(6):
            which = ["--trainer", str(trainer)]
            check(f"{folder}/tb/run/trainer-{trainer:04}", curves(run, *which), schedule(run, *which))
            which = ["--survivor", str(trainer)]
            check(f"{folder}/tb/run/lineage-of-{trainer:04}", curves(run, *which), schedule(run, *which))
    print("ok")


main()
