"""scikit-learn's BernoulliRBM, which trains by persistent contrastive divergence
with one Gibbs step."""

import sys

import numpy as np
import sklearn
from sklearn.neural_network import BernoulliRBM

import peer

images = peer.read_images(sys.argv[1])


def epoch(hidden, batch, rows):
    rbm = BernoulliRBM(n_components=hidden, batch_size=batch, learning_rate=0.05, n_iter=1, random_state=1)
    return peer.timed(rbm.fit, images[:rows])


def gibbs(hidden, chains, steps):
    rbm = BernoulliRBM(n_components=hidden, batch_size=10, n_iter=1, random_state=1).fit(images[:20])
    v = np.zeros((chains, 784), np.float32)

    def run():
        nonlocal v
        for _ in range(steps):
            v = rbm.gibbs(v)

    return peer.timed(run)


peer.serve(f"scikit-learn {sklearn.__version__}", epoch=epoch, gibbs=gibbs)
