"""Chains of layers: one description is both trained with JAX and written as ONNX nodes of the same order."""

import dataclasses
import pathlib

import jax
import jax.numpy as jnp
import numpy as np

from training import optimizer
from training.onnx_file import OnnxFile


@dataclasses.dataclass(frozen=True)
class Conv:
    """A two-dimensional convolution with bias, stride 1."""

    channels: int
    kernel: int
    pad: int = 0


@dataclasses.dataclass(frozen=True)
class Relu:
    """max(x, 0)."""


@dataclasses.dataclass(frozen=True)
class MaxPool:
    """The largest of each window of 2 by 2."""


@dataclasses.dataclass(frozen=True)
class Flatten:
    """One row, channel by channel."""


@dataclasses.dataclass(frozen=True)
class Gemm:
    """A dense layer with bias."""

    outputs: int


def convolve(x, weights, stride: int = 1, pad: int = 0):
    """Convolves NCHW pictures with OIHW weights."""
    return jax.lax.conv_general_dilated(
        x, weights, (stride, stride), [(pad, pad)] * 2, dimension_numbers=("NCHW", "OIHW", "NCHW")
    )


def max_pool(x):
    """Pools 2 by 2; a reshape, because its gradient is far cheaper on a processor than a window reduction's."""
    n, c, h, w = x.shape
    return x.reshape(n, c, h // 2, 2, w // 2, 2).max((3, 5))


def init(layers: list, shape: tuple[int, ...], rng: np.random.Generator) -> list[dict[str, np.ndarray]]:
    """Returns He-initialized parameters, one dictionary a layer, for inputs of `shape` (without the batch)."""
    params = []
    for layer in layers:
        weights = None
        if isinstance(layer, Conv):
            weights = (layer.channels, shape[0], layer.kernel, layer.kernel)
            side = shape[1] + 2 * layer.pad - layer.kernel + 1
            shape = (layer.channels, side, side)
        elif isinstance(layer, MaxPool):
            shape = (shape[0], shape[1] // 2, shape[2] // 2)
        elif isinstance(layer, Flatten):
            shape = (int(np.prod(shape)),)
        elif isinstance(layer, Gemm):
            weights = (layer.outputs, shape[0])
            shape = (layer.outputs,)
        if weights is None:
            params.append({})
            continue
        deviation = np.sqrt(2 / np.prod(weights[1:]))
        params.append(
            {
                "weights": (rng.normal(0, 1, weights) * deviation).astype(np.float32),
                "bias": np.zeros(weights[0], np.float32),
            }
        )
    return params


def forward(layers: list, params: list, x):
    """Returns the last layer's result for a batch."""
    for layer, p in zip(layers, params):
        if isinstance(layer, Conv):
            x = convolve(x, p["weights"], pad=layer.pad) + p["bias"][None, :, None, None]
        elif isinstance(layer, Relu):
            x = jnp.maximum(x, 0)
        elif isinstance(layer, MaxPool):
            x = max_pool(x)
        elif isinstance(layer, Flatten):
            x = x.reshape(len(x), -1)
        elif isinstance(layer, Gemm):
            x = x @ p["weights"].T + p["bias"]
    return x


def train(layers: list, params: list, epochs: int, pictures_of_epoch, labels: np.ndarray, rng: np.random.Generator,
          batch: int = 100, peak_rate: float = 2e-3, weight_decay: float = 1e-4) -> list:
    """Trains on cross entropy; `pictures_of_epoch(epoch)` gives the pictures [n, c, h, w] of an epoch."""
    steps = epochs * (len(labels) // batch)
    targets = labels.astype(np.int32)

    @jax.jit
    def step(params, state, x, y):
        loss, grads = jax.value_and_grad(lambda p: optimizer.cross_entropy(forward(layers, p, x), y))(params)
        return *optimizer.update(params, state, grads, steps, peak_rate, weight_decay), loss

    state = optimizer.start(params)
    for epoch in range(epochs):
        pictures = pictures_of_epoch(epoch)
        order = rng.permutation(len(labels))
        losses = []
        for first in range(0, len(labels) - batch + 1, batch):
            pick = order[first : first + batch]
            params, state, loss = step(params, state, pictures[pick], targets[pick])
            losses.append(loss)
        print(f"  epoch {epoch + 1:3} of {epochs}: loss {np.mean(losses):.4f}", flush=True)
    return jax.tree.map(np.asarray, params)


def save(path: pathlib.Path, layers: list, params: list, input_shape: list[int]) -> None:
    """Writes the chain with an ArgMax behind it."""
    file = OnnxFile()
    value = "image"
    counts: dict[str, int] = {}
    for layer, p in zip(layers, params):
        op = type(layer).__name__
        counts[op] = counts.get(op, 0) + 1
        name = f"{op.lower()}{counts[op]}"
        inputs = [value] + [file.tensor(f"{name}_{part}", p[part]) for part in ("weights", "bias") if part in p]
        attributes = {}
        if isinstance(layer, Conv):
            attributes = {"kernel_shape": [layer.kernel] * 2, "pads": [layer.pad] * 4, "strides": [1, 1]}
        elif isinstance(layer, MaxPool):
            attributes = {"kernel_shape": [2, 2], "strides": [2, 2]}
        elif isinstance(layer, Flatten):
            attributes = {"axis": 1}
        elif isinstance(layer, Gemm):
            attributes = {"transB": 1}
        value = file.node(op, inputs, name, **attributes)
    file.node("ArgMax", [value], "class", axis=1, keepdims=0)
    file.save(path, "image", input_shape, "class", [1])
