#!/usr/bin/env python3
"""ltfb-run as its users call it. Arguments: ltfb-run ltfb-data ltfb-log mpiexec [flags...]"""
import filecmp
import json
import os
import pathlib
import struct
import sys
import tempfile
import unittest

from runs import call, timeless

RUN, DATA, LOG, *MPIEXEC = sys.argv[1:]
SMALL = {"--hidden": 8, "--batch": 32, "--rounds": 3, "--steps-per-round": 8, "--threads": 1}


def small(*options):
    """The options, with small settings for what they don't say."""
    return [*options, *(x for pair in SMALL.items() if pair[0] not in options for x in pair)]


class RunProgram(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.root = pathlib.Path(cls.folder.name)
        cls.data = cls.root / "data.h5"
        made = call(DATA, "generate", "--out", cls.data, "--samples", 4000, "--cells", 12, "--drugs", 25,
                    "--cell-features", 12, "--drug-features", 16)
        assert made.returncode == 0, made.stderr

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def run_population(self, name, *options, code=0, trainers=2):
        out = self.root / name
        done = call(RUN, "--data", self.data, "--out", out, "--trainers", trainers, *small(*options))
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return out, done

    def summary(self, out):
        return json.loads((out / "summary.json").read_text())

    def events(self, out):
        return [json.loads(line) for line in (out / "events.jsonl").read_text().splitlines()]

    def refuses(self, message, *options, without_out=True, program=(RUN,)):
        """One line that holds `message`, exit code 2."""
        out = self.root / "refused"
        done = call(*program, "--data", self.data, "--out", out, *small(*options))
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        lines = done.stderr.strip().splitlines()
        self.assertIn(message, lines[0])
        if program == (RUN,):
            self.assertEqual(len(lines), 1, done.stderr)
        if without_out:
            self.assertFalse(out.exists())

    def test_a_run_leaves_what_the_readme_promises(self):
        out, done = self.run_population("promises", trainers=4)
        self.assertEqual({p.name for p in out.iterdir()},
                         {"config.json", "events.jsonl", "models", "status.json", "summary.json"})
        summary = self.summary(out)
        self.assertEqual(summary["exit"], 0)
        self.assertEqual(summary["reason"], "rounds")
        self.assertEqual(summary["samples_trained"], 4 * 3 * 8 * 32)
        self.assertEqual({t["trainer"] for t in summary["trainers"]}, {0, 1, 2, 3})
        for trainer in summary["trainers"]:
            self.assertRegex(trainer["digest"], "^[0-9a-f]{16}$")
            self.assertEqual(trainer["hyperparameters"]["batch"], 32)
        self.assertEqual(summary["best_trainer"], summary["trainers"][0]["trainer"])
        scores = [t["score"] for t in summary["trainers"]]
        self.assertEqual(scores, sorted(scores))
        self.assertLess(summary["test"]["mse"], 2 * summary["trivial_mse"])
        self.assertEqual({p.name for p in (out / "models").iterdir()},
                         {"best.h5", "test_predictions.csv"} | {f"trainer-{t:04d}.h5" for t in range(4)})
        rows = (out / "models" / "test_predictions.csv").read_text().splitlines()[1:]
        self.assertEqual(len(rows), summary["test"]["samples"])
        errors = [(float(r) - float(p)) ** 2 for _, r, p in (row.split(",") for row in rows)]
        self.assertAlmostEqual(sum(errors) / len(errors), summary["test"]["mse"], places=6)
        self.assertIn("test role", done.stdout)

    def test_events_are_complete_and_verified(self):
        out, _ = self.run_population("events", trainers=5)
        events = self.events(out)
        self.assertEqual([e["seq"] for e in events], list(range(len(events))))
        kinds = [e["event"] for e in events]
        self.assertEqual((kinds[0], kinds[-1]), ("run_start", "run_end"))
        for round_ in range(3):
            evals = [e["trainer"] for e in events if e["event"] == "eval" and e["round"] == round_]
            self.assertEqual(evals, list(range(5)))
            met = [e for e in events if e["event"] == "tournament" and e["round"] == round_]
            self.assertEqual(len(met), 4)  # one of five rests
            for match in met:
                back = next(m for m in met if m["trainer"] == match["opponent"])
                self.assertEqual(back["opponent"], match["trainer"])
                self.assertEqual(match["own_score"], back["challenger_score_there"])
                self.assertEqual(match["challenger_score"], back["own_score_there"])
                self.assertEqual(match["adopted"], match["challenger_score"] < match["own_score"])
        self.assertEqual(sum(m["adopted"] for m in events if m["event"] == "tournament"),
                         kinds.count("adopt"))
        checked = call(LOG, "verify", out)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def test_equal_runs_are_equal_byte_by_byte(self):
        first, _ = self.run_population("equal1", "--lr", "1e-4..1e-2", trainers=4)
        second, _ = self.run_population("equal2", "--lr", "1e-4..1e-2", trainers=4)
        names = [p.name for p in (first / "models").iterdir()]
        _, differ, missing = filecmp.cmpfiles(first / "models", second / "models", names, shallow=False)
        self.assertEqual((differ, missing), ([], []))
        self.assertEqual(timeless(self.events(first)), timeless(self.events(second)))
        other, _ = self.run_population("other", "--lr", "1e-4..1e-2", "--seed", "2", trainers=4)
        self.assertNotEqual(self.summary(first)["trainers"][0]["digest"],
                            self.summary(other)["trainers"][0]["digest"])

    def test_seats_of_a_trainer_change_rounding_only(self):
        one, _ = self.run_population("seats1")
        for seats in (2, 3):
            many, _ = self.run_population(f"seats{seats}", "--ranks-per-trainer", seats)
            self.assertAlmostEqual(self.summary(one)["test"]["mse"], self.summary(many)["test"]["mse"],
                                   places=4)

    def test_odd_and_single_populations(self):
        for trainers in (1, 3, 7):
            out, _ = self.run_population(f"odd{trainers}", trainers=trainers)
            self.assertEqual(len(self.summary(out)["trainers"]), trainers)

    def test_without_tournaments_nobody_meets(self):
        out, _ = self.run_population("alone", "--selection", "none", trainers=3)
        self.assertNotIn("tournament", {e["event"] for e in self.events(out)})
        self.assertEqual(sorted(t["lineage"] for t in self.summary(out)["trainers"]), [0, 1, 2])

    def test_engines_agree(self):
        for precision, places in (("fp32", 4), ("bf16", 3)):
            fast, _ = self.run_population(f"fast-{precision}", "--precision", precision)
            slow, _ = self.run_population(f"slow-{precision}", "--engine", "reference", "--precision", precision)
            self.assertAlmostEqual(self.summary(fast)["test"]["mse"], self.summary(slow)["test"]["mse"], places=places)

    def test_what_ends_a_run(self):
        for name, options, reason in (
                ("seconds", ["--max-seconds", "0.5", "--rounds", "1000000"], "max-seconds"),
                ("samples", ["--max-samples", str(3 * 2 * 8 * 32), "--rounds", "1000"], "max-samples"),
                ("target", ["--target-score", "1000", "--rounds", "1000"], "target-score")):
            with self.subTest(name):
                out, _ = self.run_population(name, *options, trainers=3)
                summary = self.summary(out)
                self.assertEqual(summary["reason"], reason)
                checked = call(LOG, "verify", out)
                self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        self.assertEqual(self.summary(self.root / "samples")["samples_trained"], 2 * 3 * 8 * 32)

    def test_a_model_that_is_not_finite_never_wins(self):
        out, _ = self.run_population("diverge", "--optimizer", "sgd", "--lr", "1e-3..100", "--seed", "3",
                                     "--rounds", "6", trainers=4)
        lost = [e for e in self.events(out) if e["event"] == "tournament" and e["own_score"] in ("nan", "inf")]
        self.assertTrue(lost, "no trainer diverged: the test tests nothing")
        for match in lost:
            if not isinstance(match["challenger_score"], str):
                self.assertTrue(match["adopted"])
        self.assertIsInstance(self.summary(out)["test"]["mse"], float)

    @staticmethod
    def dense_row(i):
        return [((i * 7 + j * 13) % 29) / 29 for j in range(10)]

    def dense_set(self, name, rows):
        for column, values in (("x", self.dense_row), ("y", lambda i: [(i % 11) / 11])):
            (self.root / f"{column}.csv").write_text(
                "".join(",".join(map(str, values(i))) + "\n" for i in range(rows)))
        dense = self.root / f"{name}.h5"
        made = call(DATA, "import-dense", "--features", self.root / "x.csv", "--response", self.root / "y.csv",
                    "--slices", "0,4,7,10", "--out", dense)
        self.assertEqual(made.returncode, 0, made.stderr)
        return dense

    def test_dense_data(self):
        out = self.root / "dense"
        done = call(RUN, "--data", self.dense_set("dense", 300), "--out", out, "--trainers", "2", *small())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(self.summary(out)["trainers"]), 2)

    def test_started_by_mpiexec(self):
        out = self.root / "by_mpiexec"
        done = call(*MPIEXEC, "-n", "4", RUN, "--data", self.data, "--out", out, "--trainers", "2",
                    "--ranks-per-trainer", "2", *small())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.refuses("the job has 3", "--trainers", "2", "--ranks-per-trainer", "2",
                     program=(*MPIEXEC, "-n", "3", RUN))

    def test_64_ranks_on_few_cores(self):
        out = self.root / "many"
        done = call(RUN, "--data", self.data, "--out", out, "--trainers", "16", "--ranks-per-trainer", "4",
                    *small(), timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(len(self.summary(out)["trainers"]), 16)

    def test_a_run_is_never_overwritten_unasked(self):
        out, _ = self.run_population("kept")
        before = (out / "events.jsonl").read_bytes()
        done = call(RUN, "--data", self.data, "--out", out, *small())
        self.assertEqual(done.returncode, 2)
        self.assertIn("--force", done.stderr)
        self.assertEqual((out / "events.jsonl").read_bytes(), before)
        self.run_population("kept", "--force", "--seed", "9")
        self.assertNotEqual((out / "events.jsonl").read_bytes(), before)

    def test_bad_input_is_one_line_and_code_2(self):
        garbage = self.root / "garbage.h5"
        garbage.write_bytes(b"not HDF5" * 100)
        self.refuses("--hiden' (did you mean --hidden?)", "--hiden", "3")
        self.refuses("--dropout 2", "--dropout", "2")
        self.refuses("partition \"sideways\"", "--partition", "sideways")
        self.refuses("--trainers 5000", "--trainers", "5000", "--launcher", "none")
        for path, word in ((self.root / "missing.h5", "no such file"), (garbage, "HDF5")):
            done = call(RUN, "--data", path, "--out", self.root / "refused", *small(), "--dry-run")
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(word, done.stderr)
            done = call(RUN, "--data", path, "--out", self.root / "refused", *small())
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(word, done.stderr.splitlines()[0])
            self.assertFalse((self.root / "refused").exists())

    def test_damaged_data_is_one_line_and_code_2(self):
        whole = self.data.read_bytes()
        half = len(whole) // 2
        damaged = self.root / "damaged.h5"
        for content in (whole[:half], whole[:half] + bytes([whole[half] ^ 4]) + whole[half + 1:],
                        whole[:2048] + bytes(4096) + whole[6144:], whole[512:half] + bytes(len(whole) - half)):
            damaged.write_bytes(content)
            for more in (["--dry-run"], []):
                done = call(RUN, "--data", damaged, "--out", self.root / "refused", *small(), *more)
                self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
                self.assertRegex(done.stderr, "^ltfb-run: .*damaged.h5: [^\n]*\n$")
                self.assertFalse((self.root / "refused").exists())

    def test_a_damaged_row_ends_a_run_on_dense_data(self):
        dense = self.dense_set("rows", 3000)
        # Without its seal it is taken for another program's set, and its rows are read while training.
        content = bytearray(dense.read_bytes()[512:])
        row = struct.pack("<10f", *self.dense_row(14))
        content[content.index(row) + 3] ^= 0x40
        dense.write_bytes(content)
        for jobs in ("one", "per-trainer"):
            done = call(RUN, "--data", dense, "--out", self.root / f"rows-{jobs}", "--trainers", "3", "--jobs", jobs,
                        *small("--rounds", "10"))
            self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
            lines = done.stderr.splitlines()
            self.assertRegex(lines[0], r"^ltfb-run: .*rows.h5: /dense/features\[\d+\]")
            self.assertNotIn("starting it again", done.stderr)

    def test_print_config_and_dry_run(self):
        printed = call(RUN, "--print-config", "--hidden", "77")
        settings = json.loads(printed.stdout)
        self.assertEqual((settings["hidden"], settings["batch"]), (77, 256))
        config = self.root / "config.json"
        config.write_text(printed.stdout)
        again = call(RUN, "--config", config, "--print-config")
        self.assertEqual(json.loads(again.stdout), settings)
        dry = call(RUN, "--data", self.data, "--out", self.root / "dry", "--dry-run", *small())
        self.assertEqual(dry.returncode, 0, dry.stderr)
        self.assertIn("parameters", dry.stdout)
        self.assertFalse((self.root / "dry").exists())


if __name__ == "__main__":
    os.environ.pop("LTFB_PROGRESS", None)
    unittest.main(argv=[sys.argv[0]], verbosity=2)
