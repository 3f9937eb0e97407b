#!/usr/bin/env python3
"""Plots what pb2_moving_optimum prints: pb2_moving_optimum.py CURVES.csv PLOT.png (matplotlib)."""
import collections
import csv
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

SHOWN = {
    "none": ("no tournament", "0.6"),
    "truncation-perturb": ("perturb", "tab:blue"),
    "truncation-mixed": ("perturb, resample 1 in 4", "tab:green"),
    "truncation-resample": ("resample", "tab:orange"),
    "truncation-pb2": ("PB2", "tab:red"),
    "pairwise-perturb": ("perturb", "tab:blue"),
    "pairwise-mixed": ("perturb, resample 1 in 4", "tab:green"),
    "pairwise-resample": ("resample", "tab:orange"),
    "pairwise-pb2": ("PB2", "tab:red"),
}


def main(source, target):
    curves = collections.defaultdict(list)
    with open(source, newline="") as file:
        for row in csv.DictReader(file):
            curves[row["policy"]].append(
                (int(row["round"]), float(row["mean_gain"]), float(row["standard_error"])))
    figure, panels = plt.subplots(1, 2, figsize=(10, 3.6), sharey=True, layout="constrained")
    for panel, selection in zip(panels, ("pairwise", "truncation")):
        for policy, curve in curves.items():
            if policy != "none" and not policy.startswith(selection):
                continue
            label, color = SHOWN[policy]
            rounds, means, errors = map(list, zip(*curve))
            panel.plot(rounds, means, color=color, label=label)
            low = [m - e for m, e in zip(means, errors)]
            high = [m + e for m, e in zip(means, errors)]
            panel.fill_between(rounds, low, high, color=color, alpha=0.2, linewidth=0)
        panel.set_title(selection)
        panel.set_xlabel("round")
        panel.set_ylim(0, 1)
    panels[0].set_ylabel("gain of a round (at best 1)")
    panels[1].legend(frameon=False, fontsize=8)
    figure.savefig(target, dpi=100)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
