"""ltfb-data as a program: what each verb prints, its exit code, and that bad input leaves no file.

usage: data_program_test.py PATH/TO/ltfb-data
"""
import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.path.abspath(sys.argv.pop(1))

GROWTH = """CELLNAME,NSC1,NSC2,CONC1,CONC2,PERCENTGROWTH,SCORE,VALID
C-1,10,20,1e-06,1e-07,50,5,Y
C-1,10,20,1e-06,1e-06,30,4,Y
C-2,10,,1e-06,,20,,Y
"""
EXPRESSION = "Sample\tg1\tg2\nN.1\t1\t5\nN.2\t2\t7\n"
DESCRIPTORS = "NAME\td1\td2\nNSC.10\t1\t5\nNSC.20\t2\tna\n"
CELLNAME_MAP = "NCI60.ID\tCELLNAME\tName\nN.1\tX\tC-1\nN.2\tX\tC-2\n"
TRIPLES = "L,A,B,R,X,Y\nc1,a,b,0.5,1e-6,1e-7\nc2,b,a,0.25,1e-6,\n"
CELLS = "name\tf\nc1\t1\nc2\t2\n"
DRUGS = "name\tf\na\t1\nb\t2\n"
DENSE_A = "1,2,3\n4,5,6\n"
DENSE_B = "7\n8\n"
RESPONSE = "0.5\n0.25\n"

FILES = {"growth.csv": GROWTH, "expression.tsv": EXPRESSION, "descriptors.tsv": DESCRIPTORS,
         "map.tsv": CELLNAME_MAP, "triples.csv": TRIPLES, "cells.tsv": CELLS, "drugs.tsv": DRUGS,
         "a.csv": DENSE_A, "b.csv": DENSE_B, "y.csv": RESPONSE}

ALMANAC = ["import-almanac", "--growth", "growth.csv", "--expression", "expression.tsv",
           "--descriptors", "descriptors.tsv", "--cellname-map", "map.tsv", "--out", "out.h5"]
TABLE = ["import-table", "--triples", "triples.csv", "--cell", "L", "--drug1", "A", "--drug2", "B",
         "--response", "R", "--dose1", "X", "--dose2", "Y", "--cells", "cells.tsv",
         "--drugs", "drugs.tsv", "--out", "out.h5"]
DENSE = ["import-dense", "--features", "a.csv", "b.csv", "--response", "y.csv",
         "--slices", "0,2,3,4", "--out", "out.h5"]
GENERATE = ["generate", "--samples", "40", "--cells", "3", "--drugs", "5", "--cell-features", "4",
            "--drug-features", "6", "--out", "out.h5"]

LONG_LINE = "x" * (17 << 20)
GARBAGE = bytes(range(256)) * 40

# (what is wrong, command, file to replace, its content, text that the one line must hold)
MALFORMED = [
    ("missing column", ALMANAC, "growth.csv", GROWTH.replace("CONC2", "CONC_2"),
     'growth.csv:1: column "CONC2": missing'),
    ("text for a number", ALMANAC, "growth.csv", GROWTH.replace(",30,", ",3o,"),
     'growth.csv:3: column "PERCENTGROWTH": "3o" is not a finite number'),
    ("empty file", ALMANAC, "growth.csv", "", "growth.csv:1: is empty"),
    ("header only", ALMANAC, "growth.csv", GROWTH.split("\n")[0] + "\n", "growth.csv: has no row"),
    ("binary garbage in the header", ALMANAC, "growth.csv", b"\xff\x85\x1b[2J,\x01\n1,2\n",
     'growth.csv:1: column "CELLNAME": missing (the columns are "'),
    ("binary garbage", ALMANAC, "growth.csv", GARBAGE, "growth.csv:1: holds a NUL"),
    ("very long line", ALMANAC, "growth.csv", GROWTH + LONG_LINE, "growth.csv:5: row is longer"),
    ("truncated gzip", ALMANAC, "growth.csv", gzip.compress(GROWTH.encode() * 50)[:-12],
     "truncated"),
    ("damaged gzip", ALMANAC, "growth.csv",
     gzip.compress(GROWTH.encode() * 50)[:40] + b"\xff" * 40, "growth.csv:"),
    ("NaN in a feature", ALMANAC, "expression.tsv", EXPRESSION.replace("7", "NaN"),
     'expression.tsv:3: column "g2": "NaN" is not a finite number'),
    ("infinite feature", ALMANAC, "descriptors.tsv", DESCRIPTORS.replace("5", "inf"),
     'descriptors.tsv:2: column "d2": "inf"'),
    ("no cell known", ALMANAC, "map.tsv", CELLNAME_MAP.replace("C-", "D-"), "no sample is left"),
    ("rows of other width", TABLE, "cells.tsv", CELLS.replace("c2\t2", "c2\t2\t3"),
     "cells.tsv:3: has 3 fields where 2 belong"),
    ("no samples", TABLE, "triples.csv", TRIPLES.split("\n")[0], "triples.csv: has no samples"),
    ("empty name", TABLE, "triples.csv", TRIPLES.replace("c2,b", "c2,"),
     'triples.csv:3: column "A": is empty'),
    ("concentration of zero", TABLE, "triples.csv", TRIPLES.replace("1e-7", "0"),
     'triples.csv:2: column "Y": "0" is not a positive concentration'),
    ("feature named twice", TABLE, "drugs.tsv", DRUGS.replace("b\t", "a\t"),
     'drugs.tsv:3: column "name": "a" appears twice'),
    ("no feature columns", TABLE, "drugs.tsv", "name\na\nb\n", "drugs.tsv:1: has no feature col"),
    ("a folder as input", TABLE, "drugs.tsv", None, "drugs.tsv: cannot be read: is a folder"),
    ("text in dense features", DENSE, "b.csv", "7\nna\n", 'b.csv:2: column 1: "na" is not'),
    ("a header in dense features", DENSE, "a.csv", "p,q,r\n" + DENSE_A, 'a.csv:1: column 1: "p"'),
    ("dense rows missing", DENSE, "b.csv", "7\n", "b.csv: has 1 rows where the response has 2"),
    ("zero dense samples", DENSE, "y.csv", "", "y.csv: is empty"),
    ("dense columns missing", DENSE, "a.csv", "1,2\n3,4\n", "have 3 columns where the slices end"),
]

# (what is wrong, command, text that the one line must hold)
USAGE = [
    ("no verb", [], "a verb is missing"),
    ("unknown verb", ["split"], "unknown verb"),
    ("unknown option", GENERATE + ["--frobnicate", "1"], "frobnicate"),
    ("option missing", ["generate"], "--out"),
    ("mistyped option", GENERATE + ["--sample", "3"], "did you mean --samples?"),
    ("shortened option", GENERATE + ["--samp", "3"], "samp"),
    ("text for a count", ["generate", "--out", "out.h5", "--samples", "many"], "many"),
    ("no samples asked for", ["generate", "--out", "out.h5", "--samples", "0"], "--samples 0"),
    ("negative count", ["generate", "--out", "out.h5", "--samples", "-5"], "--samples -5"),
    ("too much of it", ["generate", "--out", "out.h5", "--drugs", "99999999999"], "--drugs"),
    ("noise of nan", ["generate", "--out", "out.h5", "--noise", "nan"], "--noise"),
    ("unknown target", ALMANAC + ["--target", "max-growth"], "max-growth"),
    ("wrong slices", DENSE[:-3] + ["0,2,4,4", "--out", "out.h5"], "--slices"),
    ("one dose column", [a for a in TABLE if a not in ("--dose2", "Y")], "belong together"),
    ("folder as output", GENERATE[:-1] + ["."], "is a folder"),
    ("output in no folder", GENERATE[:-1] + ["absent/out.h5"], "absent/out.h5.partial: cannot be"),
    ("absent input", ["info", "absent.h5"], "absent.h5: cannot be opened"),
    ("not HDF5", ["info", "growth.csv"], "growth.csv: is not an HDF5 file"),
    ("not HDF5, verified", ["verify", "growth.csv"], "growth.csv: is not an HDF5 file"),
    ("folder as set", ["info", "."], "cannot be opened"),
    ("two sets", ["info", "a.h5", "b.h5"], "usage"),
    ("unknown hold-out", ["info", "growth.csv", "--hold-out", "genes"], "genes"),
]


class DataProgram(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="ltfb_data_e2e_")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        for name, content in FILES.items():
            self.write(name, content)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content):
        if content is None:
            os.remove(self.path(name))
            os.mkdir(self.path(name))
            return
        with open(self.path(name), "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)

    def run_program(self, arguments):
        return subprocess.run([PROGRAM, *arguments], cwd=self.folder, capture_output=True,
                              text=True, timeout=60)

    def succeed(self, arguments):
        done = self.run_program(arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr, "")
        return done.stdout

    def refuse(self, arguments, text):
        before = sorted(os.listdir(self.folder))
        done = self.run_program(arguments)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn(text, done.stderr)
        self.assertTrue(done.stderr.startswith("ltfb-data: "))
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertEqual(sorted(os.listdir(self.folder)), before)

    def test_malformed_input(self):
        for what, command, name, content, text in MALFORMED:
            with self.subTest(what):
                self.write(name, content)
                self.refuse(command, text)
                if content is None:
                    os.rmdir(self.path(name))
                self.write(name, FILES[name])

    def test_usage(self):
        for what, command, text in USAGE:
            with self.subTest(what):
                self.refuse(command, text)

    def test_every_kind_of_set_is_written_described_and_verified(self):
        for command, kind, samples in ((ALMANAC, "factored", 2), (TABLE, "factored", 2),
                                       (DENSE, "dense", 2), (GENERATE, "factored", 40)):
            with self.subTest(command[0]):
                self.assertIn(f"out.h5: {samples} samples", self.succeed(command + ["--force"]))
                info = json.loads(self.succeed(["info", "out.h5", "--json"]))
                self.assertEqual(info["kind"], kind)
                self.assertEqual(info["samples"], samples)
                self.assertEqual(info["provenance"]["verb"], command[0])
                self.assertIn(f"samples         {samples}\n", self.succeed(["info", "out.h5"]))
                self.assertIn("out.h5: OK", self.succeed(["verify", "out.h5"]))
        self.assertEqual(sorted(os.listdir(self.folder)), sorted([*FILES, "out.h5"]))

    def test_an_existing_file_stays_without_force(self):
        self.write("out.h5", "precious")
        self.refuse(GENERATE, "out.h5: exists already")
        with open(self.path("out.h5"), encoding="ascii") as file:
            self.assertEqual(file.read(), "precious")

    def test_a_failed_import_leaves_the_old_file(self):
        self.succeed(TABLE)
        with open(self.path("out.h5"), "rb") as file:
            before = file.read()
        self.write("drugs.tsv", "name\tf\na\tx\n")
        self.refuse(TABLE + ["--force"], "drugs.tsv:2")
        with open(self.path("out.h5"), "rb") as file:
            self.assertEqual(file.read(), before)

    def test_the_same_command_writes_the_same_bytes(self):
        written = []
        for _ in range(2):
            self.succeed(GENERATE + ["--force"])
            with open(self.path("out.h5"), "rb") as file:
                written.append(file.read())
        self.assertEqual(written[0], written[1])

    def test_damaged_sets(self):
        self.succeed(GENERATE)
        with open(self.path("out.h5"), "rb") as file:
            content = file.read()
        half = len(content) // 2
        for name, damaged, text in (
                ("half of it", content[:half], "cannot be read (truncated or damaged"),
                ("its start", content[:100], "is not an HDF5 file"),
                ("nothing", b"", "is not an HDF5 file"),
                ("a flipped bit", content[:half] + bytes([content[half] ^ 4]) + content[half + 1:], ""),
                ("zeros", content[:1024] + bytes(2048) + content[3072:], ""),
                ("garbage behind it", content + GARBAGE, ""),
                ("garbage in it", content[:520] + GARBAGE + content[520:], "")):
            for verb in ("info", "verify"):
                with self.subTest(name, verb=verb):
                    self.write("damaged.h5", damaged)
                    self.refuse([verb, "damaged.h5"], "damaged.h5: " + text)

    def test_a_full_disk_leaves_nothing(self):
        before = sorted(os.listdir(self.folder))
        dense = "".join(f"{i % 7},{i % 5},{i % 3},{i}\n" for i in range(20000))
        self.write("a.csv", dense)
        self.write("y.csv", "1\n" * 20000)
        large = ["generate", "--samples", "20000", "--cells", "20", "--drugs", "30",
                 "--cell-features", "40", "--drug-features", "60", "--out", "out.h5"]
        dense = ["import-dense", "--features", "a.csv", "--response", "y.csv", "--slices", "0,2,3,4",
                 "--out", "out.h5"]
        for command in (large, dense):
            whole = len(self.written_by(command))
            for limit in [0, 100, 511, 600, 3000, *range(20000, whole, whole // 12), whole - 1]:
                with self.subTest(command[0], limit=limit):
                    done = subprocess.run(
                        [PROGRAM, *command], cwd=self.folder, capture_output=True, text=True, timeout=60,
                        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
                    self.assertIn(done.returncode, (1, 2), done.stderr)
                    self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
                    self.assertIn("out.h5", done.stderr)
                    self.assertEqual(sorted(os.listdir(self.folder)), before)

    def written_by(self, command):
        self.succeed(command)
        with open(self.path("out.h5"), "rb") as file:
            content = file.read()
        os.remove(self.path("out.h5"))
        return content

    def test_help_of_every_verb_names_options_and_defaults(self):
        verbs = [line.split()[0] for line in self.succeed(["--help"]).splitlines()[2:]]
        self.assertEqual(verbs, ["generate", "import-almanac", "import-table", "import-dense",
                                 "info", "verify"])
        for verb in verbs:
            self.assertIn(f"usage: ltfb-data {verb}", self.succeed([verb, "--help"]))
        generate = self.succeed(["generate", "--help"])
        for default in ("305626", "60", "104", "921", "3829", "0.1", "growth/100"):
            self.assertIn(default, generate)
        for target in ("min-growth", "mean-growth", "dose-growth", "combo-score", "mol/l"):
            self.assertIn(target, self.succeed(["import-almanac", "--help"]))


if __name__ == "__main__":
    unittest.main()
