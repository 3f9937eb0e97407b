#!/usr/bin/env python3
"""Hyperparameters, selections and exchanges of ltfb-run. Arguments: ltfb-run ltfb-data ltfb-log"""
import json
import pathlib
import sys
import tempfile
import unittest

from runs import call, timeless

RUN, DATA, LOG = sys.argv[1:]
SMALL = {"--hidden": 8, "--batch": 32, "--rounds": 6, "--steps-per-round": 8, "--threads": 1,
         "--save-models": "none", "--progress": "none"}
SPACE = ["--vary", "lr=loguniform:1e-5,1e-1", "--vary", "batch=choice:16,32,64", "--vary",
         "warmup-steps=int:0,20"]


class Tuning(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.root = pathlib.Path(cls.folder.name)
        cls.data = cls.root / "data.h5"
        made = call(DATA, "generate", "--out", cls.data, "--samples", 3000, "--cells", 12, "--drugs", 25,
                    "--cell-features", 12, "--drug-features", 16)
        assert made.returncode == 0, made.stderr

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def population(self, name, *options):
        """The events of a verified run."""
        out = self.root / name
        rest = [x for pair in SMALL.items() if pair[0] not in options for x in pair]
        done = call(RUN, "--data", self.data, "--out", out, *options, *rest)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        checked = call(LOG, "verify", out)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        return [json.loads(line) for line in (out / "events.jsonl").read_text().splitlines()]

    @staticmethod
    def of_kind(events, kind, **fields):
        return [e for e in events if e["event"] == kind and all(e[k] == v for k, v in fields.items())]

    def test_values_are_drawn_explored_and_used(self):
        for explore in ("perturb", "resample", "pb2"):
            with self.subTest(explore):
                events = self.population(f"explore-{explore}", "--trainers", 4, *SPACE, "--explore", explore)
                drawn = events[0]["hyperparameters"]
                self.assertGreater(len({h["lr"] for h in drawn}), 1)
                explored = self.of_kind(events, "explore")
                self.assertTrue(explored)
                for event in explored:
                    self.assertEqual(event["new"], event["live"])
                    after = self.of_kind(events, "eval", trainer=event["trainer"], round=event["round"] + 1,
                                         split="tournament")
                    for evaluated in after:
                        self.assertEqual(evaluated["hyperparameters"][event["key"]], event["live"])
                if explore == "pb2":
                    self.assertIn("pb2", {e["operator"] for e in explored})

    def test_equal_runs_with_gossip_are_equal(self):
        options = ["--trainers", 5, *SPACE, "--explore", "pb2", "--exchange-steps", 2]
        first, second = (self.population(f"gossip{i}", *options) for i in range(2))
        self.assertEqual([timeless(e) for e in first[:-1]], [timeless(e) for e in second[:-1]])

    def test_the_control_trainer_and_burn_in(self):
        events = self.population("control", "--trainers", 3, *SPACE, "--control", 1, "--burn-in", 2,
                                 "--exchange", "weights")
        met = self.of_kind(events, "tournament")
        self.assertEqual(min(e["round"] for e in met), 2)
        self.assertEqual({e["reason"] for e in met if e["trainer"] == 1}, {"serves"})
        self.assertFalse(self.of_kind(events, "adopt", trainer=1))
        self.assertFalse(self.of_kind(events, "explore", trainer=1))
        self.assertEqual(events[0]["hyperparameters"][1]["lr"], 0.001)
        adopted = self.of_kind(events, "adopt")
        self.assertTrue(adopted)
        self.assertEqual({e["optimizer_state"] for e in adopted}, {False})

    def test_selections_by_standings(self):
        for selection in ("truncation", "regularized-evolution"):
            with self.subTest(selection):
                events = self.population(selection, "--trainers", 5, "--lr", "1e-5..1e-1", "--selection", selection)
                met = self.of_kind(events, "tournament")
                self.assertEqual({e["reason"] for e in met}, {"standings", "serves"})
                self.assertEqual(len(self.of_kind(events, "adopt")) * 2, len(met))
                self.assertEqual(min(e["round"] for e in met), 1)

    def test_a_diverged_trainer_is_replaced(self):
        events = self.population("diverged", "--trainers", 4, "--optimizer", "sgd", "--lr", "1e-3..100",
                                 "--seed", 3, "--selection", "truncation", "--win", "significance=0.01")
        sick = [e for e in self.of_kind(events, "eval", split="tournament") if isinstance(e["mse"], str)]
        self.assertTrue(sick, "no trainer diverged: the test tests nothing")
        for event in self.of_kind(events, "adopt"):
            met = self.of_kind(events, "tournament", round=event["round"], trainer=event["trainer"])[0]
            self.assertNotIsInstance(met["challenger_score"], str)

    def test_two_diverged_trainers_keep_theirs_and_are_counted(self):
        events = self.population("hopeless", "--trainers", 2, "--optimizer", "sgd", "--lr", 100)
        met = self.of_kind(events, "tournament")
        hopeless = [e for e in met if e["reason"] == "neither-finite"]
        self.assertTrue(hopeless, "no two trainers diverged: the test tests nothing")
        self.assertFalse([e for e in hopeless if e["adopted"]])
        told = json.loads(call(LOG, "summary", self.root / "hopeless", "--json").stdout)["runs"][0]
        self.assertEqual(told["summary"]["neither_finite"], len(hopeless))

    def test_trainers_of_different_sizes(self):
        events = self.population("layout", "--layout", "1,2,3", "--lr", "1e-4..1e-2")
        self.assertEqual(events[0]["ranks_per_trainer"], [1, 2, 3])
        self.assertTrue(self.of_kind(events, "adopt"))

    def test_overlapped_steps_count_in_the_next_round(self):
        events = self.population("overlap", "--trainers", 2, "--exchange-steps", 3)
        for event in self.of_kind(events, "eval", split="tournament"):
            self.assertEqual(event["steps"], 8)

    def test_replay_follows_the_winners_ancestors(self):
        events = self.population("teacher", "--trainers", 4, *SPACE)
        replayed = self.population("replayed", "--replay", self.root / "teacher")
        self.assertEqual(events[-1]["event"], "run_end")
        holder = events[-1]["best_trainer"]
        for round_ in range(5, -1, -1):
            for adoption in self.of_kind(events, "adopt", round=round_, trainer=holder):
                holder = adoption["from_trainer"]
            taught = self.of_kind(events, "eval", round=round_, trainer=holder)[0]
            done = self.of_kind(replayed, "eval", round=round_, trainer=0)[0]
            self.assertEqual(done["hyperparameters"], taught["hyperparameters"])
            self.assertEqual(done["step"], taught["step"])
        config = json.loads((self.root / "replayed" / "config.json").read_text())
        self.assertEqual(config["settings"]["partition"], "replicated")

    def test_mistakes_name_key_and_line(self):
        space = self.root / "space.json"
        for text, word in (('{\n"lr": {"loguniform": [0, 1]}}', "space.json:2: lr"),
                           ('{"speed": {"uniform": [0, 1]}}', "speed: unknown"),
                           ('{"batch": {"choice": [1.5]}}', "batch: choice 1.5 isn't an integer"),
                           ('{"dropout": {"uniform": [1, 0]}}', "dropout: empty range")):
            space.write_text(text)
            done = call(RUN, "--data", self.data, "--out", self.root / "refused", "--space", space, "--dry-run")
            self.assertEqual(done.returncode, 2, done.stdout)
            self.assertIn(word, done.stderr)
            self.assertEqual(len(done.stderr.strip().splitlines()), 1)
        for options, word in ((["--explore", "drift"], "drift"), (["--control", 9], "control trainer 9"),
                              (["--quantile", 0.7], "quantile 0.7"), (["--layout", "2,x"], "--layout 2,x"),
                              (["--replay", "/nowhere"], "/nowhere"), (["--exchange-steps", 1000], "exchange-steps")):
            done = call(RUN, "--data", self.data, "--out", self.root / "refused", *options, "--dry-run")
            self.assertEqual(done.returncode, 2, done.stdout)
            self.assertIn(word, done.stderr)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]], verbosity=2)
