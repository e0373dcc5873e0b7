"""An RBM in PyTorch, as one is usually written, without autograd: float32, the
update in place, no momentum."""

import sys

import torch

import peer

torch.set_num_threads(1)
torch.set_grad_enabled(False)
images = torch.from_numpy(peer.read_images(sys.argv[1]))


class RBM:
    def __init__(self, visible, hidden):
        self.w = 0.01 * torch.randn(visible, hidden)
        self.b = torch.zeros(visible)
        self.c = torch.zeros(hidden)

    def hidden(self, v):
        return torch.addmm(self.c, v, self.w).sigmoid_()

    def visible(self, h):
        return torch.addmm(self.b, h, self.w.t()).sigmoid_()

    def step(self, v, rate):
        h = self.hidden(v)
        v_model = torch.bernoulli(self.visible(torch.bernoulli(h)))
        h_model = self.hidden(v_model)
        self.w.addmm_(v.t(), h, alpha=rate / len(v))
        self.w.addmm_(v_model.t(), h_model, alpha=-rate / len(v))
        self.b += rate * (v - v_model).mean(0)
        self.c += rate * (h - h_model).mean(0)


def epoch(hidden, batch, rows):
    rbm = RBM(784, hidden)

    def train():
        for x in peer.batches(images[:rows], batch):
            rbm.step(x, 0.05)

    return peer.timed(train)


def gibbs(hidden, chains, steps):
    rbm = RBM(784, hidden)
    v = torch.zeros(chains, 784)

    def run():
        nonlocal v
        for _ in range(steps):
            v = torch.bernoulli(rbm.visible(torch.bernoulli(rbm.hidden(v))))

    return peer.timed(run)


peer.serve(f"PyTorch {torch.__version__}", epoch=epoch, gibbs=gibbs)
