"""Fashion-MNIST of Debian's package dataset-fashion-mnist, rendered to 3 planes of 32 by 32."""

import gzip
import pathlib

import numpy as np

SIDE = 32
PLANES = 3
SHAPE = (PLANES, SIDE, SIDE)
MARGIN = 2


def load(folder: pathlib.Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    """Returns (bytes [n, 28, 28], labels [n]) of the part `train` or `t10k`."""
    labels = np.frombuffer(gzip.decompress((folder / f"{part}-labels-idx1-ubyte.gz").read_bytes()), np.uint8, offset=8)
    data = gzip.decompress((folder / f"{part}-images-idx3-ubyte.gz").read_bytes())
    return np.frombuffer(data, np.uint8, offset=16).reshape(len(labels), 28, 28), labels


def render(pictures: np.ndarray) -> np.ndarray:
    """Returns the bytes [n, 3, 32, 32]: a margin of two pixels, and the gray value in each of the planes."""
    framed = np.pad(pictures, ((0, 0), (MARGIN, MARGIN), (MARGIN, MARGIN)))
    return np.repeat(framed[:, None], PLANES, axis=1)


def to_floats(rendered: np.ndarray) -> np.ndarray:
    """Returns what the models take: bytes as floats from 0 to 1."""
    return rendered.astype(np.float32) / np.float32(255)


def augmented(pictures: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Returns floats [n, 3, 32, 32] of pictures [n, 28, 28], half of them mirrored, each moved by up to two pixels."""
    n = len(pictures)
    mirrored = rng.random(n) < 0.5
    shifts = rng.integers(0, 2 * MARGIN + 1, (n, 2))
    out = np.zeros((n, SIDE, SIDE), np.float32)
    for dy in range(2 * MARGIN + 1):
        for dx in range(2 * MARGIN + 1):
            here = np.flatnonzero((shifts == (dy, dx)).all(axis=1))
            out[here, dy : dy + 28, dx : dx + 28] = pictures[here]
    out[mirrored] = out[mirrored, :, ::-1]
    return np.repeat(out[:, None] / np.float32(255), PLANES, axis=1)
