"""ltfb-bench as a program: every benchmark prints a header and a line of numbers, wrong usage says so.

usage: bench_test.py PATH/TO/ltfb-bench
"""
import csv
import io
import math
import os
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.path.abspath(sys.argv.pop(1))
SMALL = ["--model", "tiny", "--threads", "1", "--batch", "24", "--steps", "2", "--repeats", "1"]


def run(*arguments):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=100, check=False)


class Bench(unittest.TestCase):
    def row(self, *arguments):
        done = run(*arguments, *SMALL, "--csv")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.count("\n"), 2, done.stdout)
        return next(csv.DictReader(io.StringIO(done.stdout)))

    def assert_positive(self, row, *names):
        for name in names:
            self.assertGreater(float(row[name]), 0.0, name)
            self.assertTrue(math.isfinite(float(row[name])), name)

    def test_step(self):
        for layout in (["--ranks", "1"], ["--ranks", "2"], ["--trainers", "2", "--ranks", "1"],
                       ["--ranks", "2", "--sharing", "separate"], ["--set", "dense"]):
            with self.subTest(layout):
                row = self.row("step", *layout)
                self.assert_positive(row, "samples_per_s", "step_ms", "gradient_ms", "peak_gflops", "gemm_gflops",
                                     "gradient_of_peak", "gradient_of_gemm", "memory_gbytes_s", "read_gbytes_s")
                self.assertLess(float(row["gradient_of_peak"]), 1.0)

    def test_the_other_benchmarks(self):
        self.assert_positive(self.row("predict"), "samples_per_s", "gflops")
        for kind in ("factored", "dense"):
            self.assert_positive(self.row("data", "--set", kind), "open_s", "samples_per_s", "gbytes_s")
        self.assert_positive(self.row("exchange", "--ranks", "2"), "sendrecv_ms", "exchange_ms", "ratio")
        row = self.row("ceilings")
        self.assert_positive(row, "fma_gflops", "gemm_fp32_gflops", "read_gbytes_s_1", "update_gbytes_s_1")
        self.assertEqual(row["matrix_unit"] == "amx_bf16", float(row["tile_gflops"]) > 0.0)

    def test_no_file_is_left(self):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([PROGRAM, "data", *SMALL, "--set", "dense"], capture_output=True, text=True,
                                  check=False, env={**os.environ, "TMPDIR": folder})
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual([name for name in os.listdir(folder) if name.startswith("ltfb")], [])

    def test_wrong_usage(self):
        for arguments, message in ((["stepp"], "'stepp'"), (["step", "--set", "sparse"], "--set 'sparse'"),
                                   (["step", "--threads", "0"], "--threads 0"), (["step", "--model", "big"], "'big'"),
                                   (["step", "--no-such"], "no-such"), (["data", "--data", "/no/set.h5"], "/no/set.h5"),
                                   (["step", "--precision", "fp8"], "fp8")):
            with self.subTest(arguments):
                done = run(*arguments)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(message, done.stderr)
        self.assertEqual(run("--help").returncode, 0)


if __name__ == "__main__":
    unittest.main()
