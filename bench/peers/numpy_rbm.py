"""Times an RBM in NumPy on request.

Each line on standard input is a piece of work, answered with the seconds that
it took:

    epoch H BATCH          one epoch of CD-1 on MNIST's 60,000 images, thresholded
    gibbs H CHAINS STEPS   Gibbs steps of independent chains

Machines have 784 visible and H hidden units. Everything that is known to help
is done: float32 throughout, one BLAS thread for each that the caller allows,
arrays allocated once, results written in place, the fast generator, no
momentum; chains are taken so many at a time that they stay in the cache.
"""

import gzip
import sys
import time

import numpy as np

CHAINS_AT_ONCE = 250


def read_images(path):
    with gzip.open(path) as f:
        raw = np.frombuffer(f.read(), np.uint8, offset=16)
    return (raw.reshape(-1, 784) > 127).astype(np.float32)


class RBM:
    def __init__(self, visible, hidden, batch):
        self.random = np.random.Generator(np.random.SFC64(1))
        self.w = (0.01 * self.random.standard_normal((visible, hidden))).astype(np.float32)
        self.b = np.zeros(visible, np.float32)
        self.c = np.zeros(hidden, np.float32)
        self.h = np.empty((batch, hidden), np.float32)
        self.h_model = np.empty((batch, hidden), np.float32)
        self.h_draws = np.empty((batch, hidden), np.float32)
        self.v = np.empty((batch, visible), np.float32)
        self.v_draws = np.empty((batch, visible), np.float32)
        self.pos = np.empty((visible, hidden), np.float32)
        self.neg = np.empty((visible, hidden), np.float32)

    @staticmethod
    def sigmoid(x):
        np.negative(x, out=x)
        np.exp(x, out=x)
        x += 1
        np.reciprocal(x, out=x)

    def draw(self, p, out):
        self.random.random(out=out, dtype=np.float32)
        np.less(out, p, out=out, casting="unsafe")

    def gibbs(self, x):
        """Draws the hidden units given x, and the visible units given them."""
        np.dot(x, self.w, out=self.h)
        self.h += self.c
        self.sigmoid(self.h)
        self.draw(self.h, self.h_draws)
        np.dot(self.h_draws, self.w.T, out=self.v)
        self.v += self.b
        self.sigmoid(self.v)
        self.draw(self.v, self.v_draws)

    def step(self, x, rate):
        self.gibbs(x)
        np.dot(self.v_draws, self.w, out=self.h_model)
        self.h_model += self.c
        self.sigmoid(self.h_model)
        np.dot(x.T, self.h, out=self.pos)
        np.dot(self.v_draws.T, self.h_model, out=self.neg)
        self.pos -= self.neg
        self.pos *= rate / len(x)
        self.w += self.pos
        self.b += rate / len(x) * (x.sum(0) - self.v_draws.sum(0))
        self.c += rate / len(x) * (self.h.sum(0) - self.h_model.sum(0))


def epoch(images, hidden, batch):
    rbm = RBM(784, hidden, batch)
    start = time.perf_counter()
    for lo in range(0, len(images) - batch + 1, batch):
        rbm.step(images[lo : lo + batch], np.float32(0.05))
    return time.perf_counter() - start


def gibbs(hidden, chains, steps):
    rbm = RBM(784, hidden, CHAINS_AT_ONCE)
    states = np.zeros((chains, 784), np.float32)
    start = time.perf_counter()
    for lo in range(0, chains, CHAINS_AT_ONCE):
        x = states[lo : lo + CHAINS_AT_ONCE]
        for _ in range(steps):
            rbm.gibbs(x)
            x[:] = rbm.v_draws
    return time.perf_counter() - start


def main():
    images = read_images(sys.argv[1])
    print("NumPy", np.__version__, flush=True)
    for line in sys.stdin:
        work, *sizes = line.split()
        sizes = map(int, sizes)
        print(epoch(images, *sizes) if work == "epoch" else gibbs(*sizes), flush=True)


main()
