#!/usr/bin/env python3
"""Prints the table of the study and draws curves.svg. Usage: report.py FOLDER_OF_RUNS"""
import json
import math
import pathlib
import statistics
import sys

GRID = ["1e-5", "1e-4", "1e-3", "1e-2", "1e-1"]
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


def table(runs):
    lines = ["| | test MSE | tournament MSE: best | median | learning rate at the end |", "|---|---|---|---|---|"]

    def row(title, name):
        summary = runs[name][0]
        scores = [number(t["score"]) for t in summary["trainers"]]
        finite = [s if math.isfinite(s) else math.inf for s in scores]
        lr = summary["trainers"][0]["hyperparameters"]["lr"]
        lines.append(f"| {title} | {number(summary['test']['mse']):.5f} | {min(finite):.5f} | "
                     f"{statistics.median(finite):.5f} | {lr:.2g} |")

    row("pairwise, perturb", "pairwise")
    row("pairwise, PB2", "pb2")
    row("none: 8 drawn rates", "none")
    for lr in GRID:
        row(f"grid: {lr}", f"grid-{lr}")
    row("replay of pairwise's winner", "replay")
    best = min(GRID, key=lambda lr: number(runs[f"grid-{lr}"][0]["test"]["mse"]))
    ratio = number(runs["pairwise"][0]["test"]["mse"]) / number(runs[f"grid-{best}"][0]["test"]["mse"])
    lines.append(f"\npairwise / best of the grid ({best}): test MSE ratio {ratio:.3f}")
    return "\n".join(lines)


class Panel:
    """A plot with a logarithmic y axis."""
    WIDTH, HEIGHT, LEFT, TOP = 420, 300, 70, 30

    def __init__(self, x_offset, title, curves):
        points = [(x, y) for _, _, curve in curves for x, y in curve if 0 < y < math.inf]
        self.x_offset, self.title, self.curves = x_offset, title, curves
        self.x_max = max(x for x, _ in points)
        self.low = math.floor(math.log10(min(y for _, y in points)))
        self.high = max(self.low + 1, math.ceil(math.log10(min(max(y for _, y in points), 10))))

    def place(self, x, y):
        height = (math.log10(min(max(y, 10**self.low), 10**self.high)) - self.low) / (self.high - self.low)
        return (self.x_offset + self.LEFT + self.WIDTH * x / self.x_max, self.TOP + self.HEIGHT * (1 - height))

    def svg(self):
        left, top = self.x_offset + self.LEFT, self.TOP
        out = [f'<text x="{left}" y="18" font-size="13">{self.title}</text>',
               f'<rect x="{left}" y="{top}" width="{self.WIDTH}" height="{self.HEIGHT}" fill="none" stroke="#444"/>',
               f'<text x="{left + self.WIDTH}" y="{top + self.HEIGHT + 16}" text-anchor="end">{self.x_max} steps</text>']
        for power in range(self.low, self.high + 1):
            y = self.place(0, 10**power)[1]
            out.append(f'<line x1="{left}" x2="{left + self.WIDTH}" y1="{y}" y2="{y}" stroke="#ddd"/>'
                       f'<text x="{left - 5}" y="{y + 4}" text-anchor="end">1e{power}</text>')
        for colour, width, curve in self.curves:
            path = " ".join(f"{a:.1f},{b:.1f}" for a, b in (self.place(x, y) for x, y in curve if 0 < y < math.inf))
            out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"/>')
        return "\n".join(out)


def plot(runs):
    losses, rates = [], []
    for name, (_, evals) in runs.items():
        kind = name.split("-")[0]
        if kind not in COLOURS:
            continue
        for curve in evals.values():
            losses.append((COLOURS[kind], 1.2, [(step, mse) for step, mse, _ in curve]))
            if kind in ("pairwise", "pb2"):
                rates.append((COLOURS[kind], 1.2, [(step, lr) for step, _, lr in curve]))
    panels = [Panel(0, "own tournament MSE of each trainer", losses), Panel(520, "learning rate", rates)]
    legend = "".join(f'<text x="{80 + 110 * i}" y="372" fill="{colour}">{kind}</text>'
                     for i, (kind, colour) in enumerate(COLOURS.items()))
    return ('<svg xmlns="http://www.w3.org/2000/svg" width="1030" height="385" font-family="sans-serif" font-size="11">'
            '<rect width="100%" height="100%" fill="white"/>' + "\n".join(p.svg() for p in panels) + legend + "</svg>\n")


def main():
    folder = pathlib.Path(sys.argv[1])
    names = ["none", *(f"grid-{lr}" for lr in GRID), "pb2", "pairwise", "replay"]
    runs = {name: read_run(folder / name) for name in names}
    text = table(runs)
    (folder / "table.md").write_text(text + "\n")
    (folder / "curves.svg").write_text(plot(runs))
    print(text)


main()
