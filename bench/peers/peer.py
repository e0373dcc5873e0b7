"""What the Python peers share: MNIST's images, and the answering of requests.

Each line on standard input is a piece of work, answered with the seconds that
it took:

    epoch H BATCH ROWS     CD-1 on the first ROWS of MNIST's images, thresholded
    gibbs H CHAINS STEPS   Gibbs steps of independent chains

Machines have 784 visible and H hidden units.
"""

import gzip
import sys
import time

import numpy as np


def read_images(path):
    with gzip.open(path) as f:
        raw = np.frombuffer(f.read(), np.uint8, offset=16)
    return (raw.reshape(-1, 784) > 127).astype(np.float32)


def batches(images, batch):
    return (images[lo : lo + batch] for lo in range(0, len(images) - batch + 1, batch))


def timed(work, *args):
    start = time.perf_counter()
    work(*args)
    return time.perf_counter() - start


def serve(banner, **works):
    """Answers requests. A work gets its numbers and returns seconds."""
    print(banner, flush=True)
    for line in sys.stdin:
        work, *sizes = line.split()
        print(works[work](*map(int, sizes)), flush=True)
