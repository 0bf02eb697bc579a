"""Fits a linear model when it starts and answers with its predictions: work like lr_serving of the REAP set."""

import json

import numpy
import serving

ROWS, COLUMNS = 20_000, 16

source = numpy.random.default_rng(1)
features = source.normal(size=(ROWS, COLUMNS))
weights = numpy.arange(COLUMNS, dtype=float)
targets = features @ weights + source.normal(scale=0.1, size=ROWS)
model = numpy.linalg.lstsq(features, targets, rcond=None)[0]


class Regression(serving.Handler):
    def serve(self):
        self.drain()
        row = self.number("row", 0, ROWS - 1)
        answer = {"prediction": float(features[row] @ model), "target": float(targets[row])}
        self.answer(200, json.dumps(answer).encode() + b"\n", "application/json")


if __name__ == "__main__":
    serving.serve(Regression)
