#!/usr/bin/env python3
"""Prints the tables of the study and draws curves.svg of the first seed. Usage: report.py FOLDER_OF_SEEDS"""
import json
import math
import pathlib
import statistics
import sys

GRID = ["1e-5", "1e-4", "1e-3", "1e-2", "1e-1"]
TITLES = {"pairwise": "pairwise, perturb by 2", "pairwise-factor-1.25": "pairwise, perturb by 1.25", "pb2": "pairwise, PB2",
          "none": "none: 8 drawn rates", **{f"grid-{lr}": f"grid: {lr}" for lr in GRID},
          "replay": "replay of pairwise's winner"}
COLOURS = {"pairwise": "#c03030", "none": "#909090", "pb2": "#3060c0", "grid": "#208040"}


def number(value):
    return float(value)  # "nan" and "inf" are texts in the log


def read_run(folder):
    summary = json.loads((folder / "summary.json").read_text())
    evals = {}
    with open(folder / "events.jsonl") as log:
        for line in log:
            event = json.loads(line)
            if event["event"] == "eval" and event["split"] == "tournament":
                point = (event["step"], number(event["mse"]), event["hyperparameters"]["lr"])
                evals.setdefault(event["trainer"], []).append(point)
    return summary, evals


def test_mse(run):
    return number(run[0]["test"]["mse"])


def final_scores(run):
    """On the whole tournament role, by trainer; one that isn't finite is the worst."""
    scores = [number(trainer["score"]) for trainer in run[0]["trainers"]]
    return [score if math.isfinite(score) else math.inf for score in scores]


def mean_text(values):
    return f"{statistics.fmean(values):.5f}" if values else "–"


def results(seeds):
    """A row for each kind of run. What a seed lacks is left out."""
    lines = ["| | steps of a model | " + " | ".join(f"test MSE, {seed}" for seed in seeds) +
             " | mean | tournament MSE: best | median |", "|---" * (len(seeds) + 5) + "|"]
    for name, title in TITLES.items():
        found = [runs[name] for runs in seeds.values() if name in runs]
        if not found:
            continue
        tests = [f"{test_mse(runs[name]):.5f}" if name in runs else "–" for runs in seeds.values()]
        all_of = len(found) == len(seeds)
        lines.append(f"| {title} | {found[0][0]['trainers'][0]['step']} | {' | '.join(tests)} | "
                     f"{mean_text([test_mse(run) for run in found]) if all_of else '–'} | "
                     f"{mean_text([min(final_scores(run)) for run in found])} | "
                     f"{mean_text([statistics.median(final_scores(run)) for run in found])} |")
    return lines


def cells(seeds, *values_of):
    """A cell for each seed that has what `values_of` need."""
    texts, values = [], []
    for runs in seeds.values():
        try:
            values.append([value_of(runs) for value_of in values_of])
            texts.append(f"{values[-1][0] / values[-1][1]:.3f}" if len(values_of) == 2 else f"{values[-1][0]:.5f}")
        except KeyError:
            texts.append("–")
    return texts, values if len(values) == len(seeds) else []


def ratios(seeds):
    """Of pairwise to what it is compared with, by seed and of the means."""
    lines = ["| test MSE of pairwise over that of | " + " | ".join(seeds) + " | of the means |", "|---" * (len(seeds) + 2) + "|"]
    grid = [lr for lr in GRID if all(f"grid-{lr}" in runs for runs in seeds.values())]
    best = min(grid, key=lambda lr: statistics.fmean(test_mse(runs[f"grid-{lr}"]) for runs in seeds.values()))
    steps = next(iter(seeds.values()))["pairwise"][0]["trainers"][0]["step"]

    def points(runs):
        return [runs[f"grid-{lr}"] for lr in GRID if f"grid-{lr}" in runs]

    others = {f"the best rate of the grid, {best}": lambda runs: test_mse(runs[f"grid-{best}"]),
              "the best rate of the grid in each seed": lambda runs: min(map(test_mse, points(runs))),
              "none's best trainer": lambda runs: test_mse(runs["none"]),
              "pairwise, perturb by 1.25": lambda runs: test_mse(runs["pairwise-factor-1.25"])}
    for title, other in others.items():
        texts, values = cells(seeds, lambda runs: test_mse(runs["pairwise"]), other)
        of_means = f"{sum(mine for mine, _ in values) / sum(its for _, its in values):.3f}" if values else "–"
        if set(texts) != {"–"}:
            lines.append(f"| {title} | {' | '.join(texts)} | {of_means} |")
    lines += ["", "| tournament MSE | " + " | ".join(seeds) + " |", "|---" * (len(seeds) + 1) + "|"]
    # Of the grid's best model when it had made as many steps as a trainer of the population.
    scores = {"pairwise, best trainer": lambda runs: min(final_scores(runs["pairwise"])),
              f"best of the grid after {steps} steps": lambda runs: min(
                  mse for run in points(runs) for step, mse, _ in run[1][0] if step == steps),
              "none, best trainer": lambda runs: min(final_scores(runs["none"])),
              "none, median trainer": lambda runs: statistics.median(final_scores(runs["none"]))}
    lines += [f"| {title} | {' | '.join(cells(seeds, score)[0])} |" for title, score in scores.items()]
    return lines


def drawn_rates(runs):
    """With which `pairwise` and `none` start."""
    return ", ".join(f"{rate:.1e}" for rate in sorted(curve[0][2] for curve in runs["pairwise"][1].values()))


class Panel:
    """A plot with a logarithmic y axis."""
    WIDTH, HEIGHT, LEFT, TOP = 420, 300, 70, 30

    def __init__(self, x_offset, title, curves, most=math.inf):
        points = [(x, y) for _, _, curve in curves for x, y in curve if 0 < y < math.inf]
        self.x_offset, self.title, self.curves = x_offset, title, curves
        self.x_max = max(x for x, _ in points)
        self.low = min(y for _, y in points) / 1.1
        self.high = min(most, 1.1 * max(y for _, y in points))

    def place(self, x, y):
        height = math.log(min(y, self.high) / self.low) / math.log(self.high / self.low)
        return (self.x_offset + self.LEFT + self.WIDTH * x / self.x_max, self.TOP + self.HEIGHT * (1 - height))

    def svg(self):
        left, top = self.x_offset + self.LEFT, self.TOP
        out = [f'<text x="{left}" y="18" font-size="13">{self.title}</text>',
               f'<rect x="{left}" y="{top}" width="{self.WIDTH}" height="{self.HEIGHT}" fill="none" stroke="#444"/>',
               f'<text x="{left + self.WIDTH}" y="{top + self.HEIGHT + 16}" text-anchor="end">{self.x_max} steps</text>']
        for tick in (digit * 10.0**power for power in range(-8, 3) for digit in (1, 2, 3, 5)):
            if not self.low <= tick <= self.high or (self.high / self.low > 100 and f"{tick:e}"[0] != "1"):
                continue
            y = self.place(0, tick)[1]
            out.append(f'<line x1="{left}" x2="{left + self.WIDTH}" y1="{y}" y2="{y}" stroke="#ddd"/>'
                       f'<text x="{left - 5}" y="{y + 4}" text-anchor="end">{tick:g}</text>')
        for colour, width, curve in self.curves:
            path = " ".join(f"{a:.1f},{b:.1f}" for a, b in (self.place(x, y) for x, y in curve if 0 < y < math.inf))
            out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"/>')
        return "\n".join(out)


def plot(runs):
    losses, rates = [], []
    for name, (_, evals) in runs.items():
        kind = "grid" if name.startswith("grid") else name
        if kind not in COLOURS:
            continue
        for curve in evals.values():
            losses.append((COLOURS[kind], 1.2, [(step, mse) for step, mse, _ in curve]))
            if kind.startswith("pairwise") or kind == "pb2":
                rates.append((COLOURS[kind], 1.2, [(step, lr) for step, _, lr in curve]))
    panels = [Panel(0, "tournament MSE of each trainer, on its own share", losses, 0.12), Panel(520, "learning rate", rates)]
    legend = "".join(f'<text x="{80 + 130 * i}" y="372" fill="{colour}">{kind}</text>'
                     for i, (kind, colour) in enumerate(COLOURS.items()) if any(name.startswith(kind) for name in runs))
    return ('<svg xmlns="http://www.w3.org/2000/svg" width="1030" height="385" font-family="sans-serif" font-size="11">'
            '<rect width="100%" height="100%" fill="white"/>' + "\n".join(p.svg() for p in panels) + legend + "</svg>\n")


def main():
    folder = pathlib.Path(sys.argv[1])
    # Runs that were left out are left out of the tables.
    seeds = {f"seed {path.name[5:]}": {name: read_run(path / name) for name in TITLES if (path / name / "summary.json").exists()}
             for path in sorted(folder.glob("seed-*"))}
    lines = results(seeds) + [""] + ratios(seeds) + [""]
    lines += [f"- Rates that {seed} drew: {drawn_rates(runs)}" for seed, runs in seeds.items()]
    text = "\n".join(lines)
    (folder / "table.md").write_text(text + "\n")
    (folder / "curves.svg").write_text(plot(next(iter(seeds.values()))))
    print(text)


main()
