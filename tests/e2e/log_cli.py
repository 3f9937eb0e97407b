"""Drives ltfb-log as a user would: log_cli.py LTFB_LOG."""
import csv
import io
import json
import os
import subprocess
import sys
import tempfile

LTFB_LOG = sys.argv[1]
TABLE_VERBS = ["summary", "standings", "matches", "lineage", "schedule", "curves", "timing", "wins",
               "diversity", "verify"]


def run(*arguments, code=0):
    done = subprocess.run([LTFB_LOG, *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
    assert "\x1b" not in done.stdout + done.stderr, "colour or progress without a terminal"
    return done


def as_json(*arguments, code=0):
    return json.loads(run(*arguments, "--json", code=code).stdout)["runs"]


def check_forms(runs):
    for verb in TABLE_VERBS:
        assert run(verb, *runs).stdout
        found = as_json(verb, *runs)
        assert len(found) == len(runs), verb
        for name, table in found[0].items():
            if name in ("run", "run_id"):
                continue
            rows = list(csv.DictReader(io.StringIO(
                run(verb, runs[0], "--csv", "--table", name).stdout)))
            expected = [table] if isinstance(table, dict) else table
            assert len(rows) == len(expected), (verb, name)
            for row, other in zip(rows, expected):
                assert list(row) == list(other), (verb, name)


def check_numbers(run_folder):
    """What the verbs print is what stands in the log."""
    events = [json.loads(line) for line in open(f"{run_folder}/events.jsonl")]
    verdicts = [e for e in events if e["event"] == "tournament"]
    matches = as_json("matches", run_folder)[0]["matches"]
    keys = ["round", "trainer", "opponent", "own_score", "challenger_score", "own_score_there",
            "challenger_score_there", "margin", "adopted", "agreed", "forfeit"]
    assert [[m[k] for k in keys] for m in matches] == [[e[k] for k in keys] for e in verdicts]

    summary = as_json("summary", run_folder)[0]
    end = events[-1]
    assert summary["result"]["test_r2"] == end["test"]["r2"]
    assert summary["result"]["best_trainer"] == end["best_trainer"]
    assert summary["summary"]["adoptions"] == sum(e["adopted"] for e in verdicts)
    lost = [e["trainer"] for e in events if e["event"] == "failure"]
    assert lost and summary["summary"]["trainers_lost"] == len(lost)
    assert [i["trainer"] for i in summary["incidents"]] == lost
    standings = as_json("standings", run_folder)[0]["standings"]
    assert [s["score"] for s in standings] == [s["score"] for s in end["standings"]]

    evals = {(e["round"], e["trainer"]): e for e in events
             if e["event"] == "eval" and e["split"] == "tournament"}
    for row in as_json("schedule", run_folder)[0]["schedule"]:
        eval_ = evals[row["round"], row["trainer"]]
        assert row["score"] == eval_["mse"]
        for key, value in eval_["hyperparameters"].items():
            assert row[key] == value, (row, key)
    for row in as_json("timing", run_folder)[0]["trainer_rounds"]:
        assert row["train_s"] == evals[row["round"], row["trainer"]]["train_s"]


def check_damage(folder, run_folder):
    """Damaged logs are told, and what is left of them is read."""
    lines = open(f"{run_folder}/events.jsonl").read().splitlines()
    damaged = f"{folder}/damaged.jsonl"
    with open(damaged, "w") as file:
        file.write("\n".join([*lines[:50], "garbage", lines[60], *lines[50:80], lines[80][:100]]))
    done = run("summary", damaged)
    assert "damaged.jsonl:51: is no JSON object" in done.stderr, done.stderr
    assert "cut off (torn last line)" in done.stdout
    run("verify", damaged, code=1)
    open(damaged, "w").write("")
    assert "holds no event" in run("summary", damaged, code=2).stderr
    open(damaged, "w").write(lines[0].replace('"schema":1', '"schema":9'))
    assert "no event" in run("summary", damaged, code=2).stderr  # torn: no newline
    open(damaged, "w").write(lines[0].replace('"schema":1', '"schema":9') + "\n")
    assert "has schema 9" in run("summary", damaged, code=2).stderr


def check_usage(run_folder):
    assert "no such verb" in run("dance", code=2).stderr
    assert "rounds 0 to 9" in run("standings", run_folder, "--round", "10", code=2).stderr
    assert "trainers 0 to 7" in run("curves", run_folder, "--trainer", "8", code=2).stderr
    assert "Verbs:" in run("--help").stdout
    assert "--survivor" in run("schedule", "--help").stdout
    assert "no such run" in run("summary", "/nonexistent", code=2).stderr
    assert "holds something" in run("simulate", "--out", run_folder, code=2).stderr
    assert run("lineage", run_folder, "--dot").stdout.startswith("digraph lineage {")
    followed = run("follow", run_folder, "--from-start", "--once").stdout.splitlines()
    events = open(f"{run_folder}/events.jsonl").read()
    assert len(followed) == len(events.splitlines())
    assert run("follow", run_folder, "--from-start", "--once", "--json").stdout == events
    rows = list(csv.DictReader(io.StringIO(run("follow", run_folder, "--from-start", "--once", "--csv").stdout)))
    assert [int(row["seq"]) for row in rows] == list(range(len(followed)))
    assert all(None not in row and None not in row.values() for row in rows)


def check_export(folder, runs):
    out = f"{folder}/out"
    run("export", *runs, "--csv", f"{out}/csv", "--tensorboard", f"{out}/tb")
    for name in os.listdir(f"{out}/csv"):
        rows = list(csv.DictReader(open(f"{out}/csv/{name}")))
        assert name.endswith(".csv") and all(None not in row for row in rows), name
        assert {row["run"] for row in rows} <= {"one", "two"}, name
    run("export", runs[0], "--dot", f"{out}/lineage.dot")
    assert "nothing to write" in run("export", runs[0], code=2).stderr


def main():
    with tempfile.TemporaryDirectory() as folder:
        one, two = f"{folder}/one", f"{folder}/two"
        run("simulate", "--trainers", "8", "--rounds", "10", "--failures", "1", "--out", one)
        run("simulate", "--trainers", "5", "--rounds", "4", "--seed", "3", "--out", two)
        check_forms([one, two])
        check_numbers(one)
        check_damage(folder, one)
        check_usage(one)
        check_export(folder, [one, two])
        compared = as_json("compare", one, two)[0]
        assert [r["trainers"] for r in compared["runs"]] == [8, 5]
        assert {s["key"] for s in compared["settings"]} == {"trainers", "rounds", "seed"}
    print("ok")


main()
