"""Labeled pictures in the layout that examples/mnist/README.md describes under "Digit files"."""

import pathlib
import struct

import numpy as np

MAGIC = b"ASYDIGIT"
HEADER_BYTES = 16


def write(path: pathlib.Path, rows: int, columns: int, pictures: np.ndarray, labels: np.ndarray) -> None:
    """Writes pictures [n, rows * columns] of bytes and their labels."""
    header = MAGIC + struct.pack("<IHH", len(pictures), rows, columns)
    records = np.concatenate([pictures.reshape(len(pictures), rows * columns), labels[:, None]], axis=1)
    path.write_bytes(header + records.astype(np.uint8).tobytes())


def read(path: pathlib.Path) -> tuple[np.ndarray, np.ndarray]:
    """Returns (pictures [n, rows * columns] of bytes, labels [n])."""
    data = path.read_bytes()
    assert data[:8] == MAGIC, path
    count, rows, columns = struct.unpack("<IHH", data[8:HEADER_BYTES])
    records = np.frombuffer(data[HEADER_BYTES:], np.uint8).reshape(count, rows * columns + 1)
    return records[:, :-1], records[:, -1]


def pick_per_class(labels: np.ndarray, each: int, rng: np.random.Generator) -> np.ndarray:
    """Returns shuffled indices of equally many pictures of each class."""
    classes = np.unique(labels)
    return rng.permutation(np.concatenate([rng.choice(np.flatnonzero(labels == c), each, replace=False) for c in classes]))
