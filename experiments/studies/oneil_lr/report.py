#!/usr/bin/env python3
"""Prints the table of the study and draws curves.svg. Usage: report.py FOLDER_OF_RUNS"""
import json
import math
import pathlib
import statistics
import sys

GRID = ["1e-5", "1e-4", "1e-3", "1e-2", "1e-1"]
COLOURS = {"pairwise": "#c03030", "pairwise-factor-2": "#e08020", "none": "#909090", "pb2": "#3060c0", "grid": "#208040"}


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
    lines = ["| | steps of a model | test MSE | tournament MSE: best | median | learning rate of the best |",
             "|---|---|---|---|---|---|"]
    steps = runs["pairwise"][0]["trainers"][0]["step"]

    def row(title, name):
        if name not in runs:
            return
        summary = runs[name][0]
        scores = [number(t["score"]) for t in summary["trainers"]]
        finite = [s if math.isfinite(s) else math.inf for s in scores]
        lr = summary["trainers"][0]["hyperparameters"]["lr"]
        lines.append(f"| {title} | {summary['trainers'][0]['step']} | {number(summary['test']['mse']):.5f} | "
                     f"{min(finite):.5f} | {statistics.median(finite):.5f} | {lr:.2g} |")

    def at_steps(lr):
        """Of a grid run when it had made as many steps as a trainer of the population."""
        return next(mse for step, mse, _ in runs[f"grid-{lr}"][1][0] if step == steps)

    row("pairwise, perturb by 1.25", "pairwise")
    row("pairwise, perturb by 2", "pairwise-factor-2")
    row("pairwise, PB2", "pb2")
    row("none: 8 drawn rates", "none")
    for lr in GRID:
        row(f"grid: {lr}", f"grid-{lr}")
    row("replay of pairwise's winner", "replay")
    grid = [lr for lr in GRID if f"grid-{lr}" in runs]
    best = min(grid, key=lambda lr: number(runs[f"grid-{lr}"][0]["test"]["mse"]))
    lines.append("")
    for name in [name for name in ("pairwise", "pairwise-factor-2") if name in runs]:
        ratio = number(runs[name][0]["test"]["mse"]) / number(runs[f"grid-{best}"][0]["test"]["mse"])
        lines.append(f"{name} / best of the grid ({best}): test MSE ratio {ratio:.3f}")
    early = min(grid, key=at_steps)
    lines.append(f"tournament MSE after {steps} steps: pairwise "
                 f"{number(runs['pairwise'][0]['trainers'][0]['score']):.5f}, grid {at_steps(early):.5f} ({early})")
    rates = ", ".join(f"{lr:.2g}" for _, _, lr in sorted((curve[0] for curve in runs["none"][1].values()), key=lambda point: point[2]))
    lines.append(f"rates drawn: {rates}")
    return "\n".join(lines)


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
                     for i, (kind, colour) in enumerate(COLOURS.items()))
    return ('<svg xmlns="http://www.w3.org/2000/svg" width="1030" height="385" font-family="sans-serif" font-size="11">'
            '<rect width="100%" height="100%" fill="white"/>' + "\n".join(p.svg() for p in panels) + legend + "</svg>\n")


def main():
    folder = pathlib.Path(sys.argv[1])
    names = ["none", *(f"grid-{lr}" for lr in GRID), "pb2", "pairwise", "pairwise-factor-2", "replay"]
    # Runs that were left out are left out of the table.
    runs = {name: read_run(folder / name) for name in names if (folder / name / "summary.json").exists()}
    text = table(runs)
    (folder / "table.md").write_text(text + "\n")
    (folder / "curves.svg").write_text(plot(runs))
    print(text)


main()
