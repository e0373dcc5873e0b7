"""An RBM in NumPy.

Everything that is known to help is done: float32 throughout, one BLAS thread for
each that the caller allows, arrays allocated once, results written in place, the
fast generator, no momentum; chains are taken so many at a time that they stay in
the cache.
"""

import sys

import numpy as np

import peer

CHAINS_AT_ONCE = 250


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


images = peer.read_images(sys.argv[1])


def epoch(hidden, batch, rows):
    rbm = RBM(784, hidden, batch)

    def train():
        for x in peer.batches(images[:rows], batch):
            rbm.step(x, np.float32(0.05))

    return peer.timed(train)


def gibbs(hidden, chains, steps):
    rbm = RBM(784, hidden, CHAINS_AT_ONCE)
    states = np.zeros((chains, 784), np.float32)

    def run():
        for lo in range(0, chains, CHAINS_AT_ONCE):
            x = states[lo : lo + CHAINS_AT_ONCE]
            for _ in range(steps):
                rbm.gibbs(x)
                x[:] = rbm.v_draws

    return peer.timed(run)


peer.serve(f"NumPy {np.__version__}", epoch=epoch, gibbs=gibbs)
