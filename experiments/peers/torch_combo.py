#!/usr/bin/env python3
"""Trains full-size Combo in PyTorch, as its users would tune it, and prints samples/s.

Usage: torch_combo.py [--threads 2] [--batch 256] [--precision fp32|bf16] [--first-layer plain|entity]
                      [--compile] [--steps 10] [--turns 5 | --on-demand]

The same training as `ltfb-bench step`: features of 60 cells and 104 drugs kept as tables, both drugs of a
batch in one pass of their shared track, dropout 0.05, fused Adam, mean squared error. `--first-layer entity`
computes the first layer of each track on the distinct cells and drugs, and gathers its rows: what a user
gains who knows of it. bf16 is autocast, with fp32 weights and moments.

Every turn is some steps and a line of output. `--on-demand` makes a turn for each line of input, after a
line "ready", so that another program can be measured between two turns.
"""
import argparse
import contextlib
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

CELLS, DRUGS = 60, 104
CELL_FEATURES, DRUG_FEATURES, WIDTH = 921, 3829, 1000
SAMPLES = 20000
DROPOUT = 0.05
WARMUP = 5


class Block(nn.Module):
    """Fully connected, ReLU, dropout."""

    def __init__(self, inputs):
        super().__init__()
        self.linear = nn.Linear(inputs, WIDTH)
        nn.init.kaiming_normal_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, x):
        return F.dropout(F.relu(self.linear(x)), DROPOUT, self.training)


class Track(nn.Module):
    """Three blocks over the rows `index` of a table of features."""

    def __init__(self, features, entity_first):
        super().__init__()
        self.register_buffer("table", features)
        self.entity_first = entity_first
        self.first = Block(features.shape[1])
        self.rest = nn.Sequential(Block(WIDTH), Block(WIDTH))

    def forward(self, index):
        if self.entity_first:
            rows = F.relu(self.first.linear(self.table)).index_select(0, index)
            return self.rest(F.dropout(rows, DROPOUT, self.training))
        return self.rest(self.first(self.table.index_select(0, index)))


class Combo(nn.Module):
    def __init__(self, entity_first, feature_type):
        super().__init__()
        self.cell_track = Track(torch.randn(CELLS, CELL_FEATURES).to(feature_type), entity_first)
        self.drug_track = Track(torch.randn(DRUGS, DRUG_FEATURES).to(feature_type), entity_first)
        self.top = nn.Sequential(Block(3 * WIDTH), Block(WIDTH), Block(WIDTH), nn.Linear(WIDTH, 1))

    def forward(self, cell, drug1, drug2):
        drug_rows = self.drug_track(torch.cat([drug1, drug2]))
        first, second = drug_rows.chunk(2)
        return self.top(torch.cat([self.cell_track(cell), first, second], 1)).squeeze(1)


def make_step(options):
    """A function that makes one update of a new model on a random batch."""
    torch.manual_seed(1)
    # The features are constant: in bf16 they are converted once, not in every step.
    feature_type = torch.bfloat16 if options.precision == "bf16" else torch.float32
    model = Combo(options.first_layer == "entity", feature_type).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    forward = torch.compile(model) if options.compile else model
    cell, drug1, drug2 = (torch.randint(n, (SAMPLES,)) for n in (CELLS, DRUGS, DRUGS))
    response = torch.randn(SAMPLES)
    mixed = torch.autocast("cpu", torch.bfloat16) if options.precision == "bf16" else contextlib.nullcontext()

    def step():
        rows = torch.randint(SAMPLES, (options.batch,))
        optimizer.zero_grad(set_to_none=True)
        with mixed:
            predicted = forward(cell[rows], drug1[rows], drug2[rows])
        F.mse_loss(predicted.float(), response[rows]).backward()
        optimizer.step()

    return step


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    parser.add_argument("--first-layer", choices=["plain", "entity"], default="plain")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--on-demand", action="store_true")
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    step = make_step(options)
    for _ in range(WARMUP):
        step()
    if options.on_demand:
        print("ready", torch.__version__, flush=True)
    for _ in sys.stdin if options.on_demand else range(options.turns):
        step()  # whatever ran in between has emptied the caches
        start = time.perf_counter()
        for _ in range(options.steps):
            step()
        print(f"{options.steps * options.batch / (time.perf_counter() - start):.1f}", flush=True)


if __name__ == "__main__":
    main()
