"""Trains a residual CNN on the pictures of examples/cifar-shaped and writes it as ONNX.

    resnet-8.onnx     three residual blocks of 16, 32 and 64 channels, global average pooling, one dense layer

The shape is that of the ResNet-8 of MLPerf Tiny: Conv -> BatchNormalization -> Relu, skips by Add, a 1x1
convolution on the skip where the block halves the picture. Training and held-out pictures are those of
examples/cifar-shaped. The weights depend on the last bits of the machine's convolutions; hence the trained
file is committed.
"""

import argparse
import pathlib
import sys

import jax
import jax.numpy as jnp
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from training import fashion, onnx_file, optimizer, picture_file
from training.onnx_file import OnnxFile
from training.sequence import convolve

SEED = 20_240_603
CHANNELS = [16, 32, 64]
CLASSES = 10
TRAINING_PICTURES = 30_000
EPOCHS = 4
BATCH = 100
PEAK_LEARNING_RATE = 4e-3
WEIGHT_DECAY = 2e-4
EPSILON = 1e-3
PLAIN_EPOCHS = 1
# Batches over which the running mean and variance of inference are measured after training.
STATISTICS_BATCHES = 50


def blocks() -> list[tuple[str, int, int, int]]:
    """Returns (name, channels in, channels out, stride) of the residual blocks."""
    inputs = [CHANNELS[0], *CHANNELS[:-1]]
    return [(f"block{i + 1}", a, b, 1 if i == 0 else 2) for i, (a, b) in enumerate(zip(inputs, CHANNELS))]


def init(rng: np.random.Generator) -> dict[str, dict[str, np.ndarray]]:
    """Returns untrained parameters by layer."""
    params = {}

    def conv(name: str, outputs: int, inputs: int, kernel: int) -> None:
        shape = (outputs, inputs, kernel, kernel)
        deviation = np.sqrt(2 / (inputs * kernel * kernel))
        params[name] = {"weights": (rng.normal(0, 1, shape) * deviation).astype(np.float32)}

    def norm(name: str, channels: int, scale: float) -> None:
        params[name] = {"scale": np.full(channels, scale, np.float32), "shift": np.zeros(channels, np.float32)}

    conv("stem_conv", CHANNELS[0], fashion.PLANES, 3)
    norm("stem_norm", CHANNELS[0], 1)
    for name, inputs, outputs, stride in blocks():
        conv(f"{name}_conv1", outputs, inputs, 3)
        norm(f"{name}_norm1", outputs, 1)
        conv(f"{name}_conv2", outputs, outputs, 3)
        norm(f"{name}_norm2", outputs, 0.5)
        if stride == 2:
            conv(f"{name}_skip", outputs, inputs, 1)
            params[f"{name}_skip"]["bias"] = np.zeros(outputs, np.float32)
    params["dense"] = {
        "weights": (rng.normal(0, 1, (CLASSES, CHANNELS[-1])) / np.sqrt(CHANNELS[-1])).astype(np.float32),
        "bias": np.zeros(CLASSES, np.float32),
    }
    return params


def forward(params, x):
    """Returns (logits, {norm: (mean, variance)}) with the statistics of the batch, as training uses them."""
    statistics = {}

    def conv(name, x, stride=1, pad=1):
        bias = params[name].get("bias")
        y = convolve(x, params[name]["weights"], stride, pad)
        return y if bias is None else y + bias[None, :, None, None]

    def norm(name, x):
        mean = x.mean((0, 2, 3))
        variance = ((x - mean[None, :, None, None]) ** 2).mean((0, 2, 3))
        statistics[name] = (mean, variance)
        factor = params[name]["scale"] / jnp.sqrt(variance + EPSILON)
        return x * factor[None, :, None, None] + (params[name]["shift"] - mean * factor)[None, :, None, None]

    x = jax.nn.relu(norm("stem_norm", conv("stem_conv", x)))
    for name, _, _, stride in blocks():
        y = jax.nn.relu(norm(f"{name}_norm1", conv(f"{name}_conv1", x, stride)))
        y = norm(f"{name}_norm2", conv(f"{name}_conv2", y))
        x = jax.nn.relu(y + (conv(f"{name}_skip", x, stride, 0) if stride == 2 else x))
    return x.mean((2, 3)) @ params["dense"]["weights"].T + params["dense"]["bias"], statistics


def train(pictures: np.ndarray, labels: np.ndarray, epochs: int, rng: np.random.Generator):
    """Returns (params, statistics)."""
    steps = epochs * (len(labels) // BATCH)
    targets = labels.astype(np.int32)

    @jax.jit
    def step(params, state, x, y):
        loss, grads = jax.value_and_grad(lambda p: optimizer.cross_entropy(forward(p, x)[0], y))(params)
        return *optimizer.update(params, state, grads, steps, PEAK_LEARNING_RATE, WEIGHT_DECAY), loss

    params = init(rng)
    state = optimizer.start(params)
    for epoch in range(epochs):
        plain = epoch >= epochs - PLAIN_EPOCHS
        seen = fashion.to_floats(fashion.render(pictures)) if plain else fashion.augmented(pictures, rng)
        order = rng.permutation(len(labels))
        losses = []
        for first in range(0, len(labels) - BATCH + 1, BATCH):
            pick = order[first : first + BATCH]
            params, state, loss = step(params, state, seen[pick], targets[pick])
            losses.append(loss)
        print(f"  epoch {epoch + 1:3} of {epochs}: loss {np.mean(losses):.4f}", flush=True)

    measure = jax.jit(lambda params, x: forward(params, x)[1])
    picks = rng.choice(len(labels), (min(STATISTICS_BATCHES, len(labels) // BATCH), BATCH), replace=False)
    batches = [measure(params, fashion.to_floats(fashion.render(pictures[pick]))) for pick in picks]
    statistics = jax.tree.map(lambda *values: np.mean(values, axis=0), *batches)
    return jax.tree.map(np.asarray, params), statistics


def save(path: pathlib.Path, params, statistics) -> None:
    """Writes the network with its batch normalizations unfolded, as exporters in training frameworks do."""
    file = OnnxFile()

    def conv(name: str, x: str, stride: int = 1, kernel: int = 3) -> str:
        inputs = [x] + [file.tensor(f"{name}_{part}", params[name][part]) for part in ("weights", "bias") if part in params[name]]
        return file.node(
            "Conv", inputs, name, kernel_shape=[kernel] * 2, pads=[kernel // 2] * 4, strides=[stride] * 2
        )

    def norm(name: str, x: str) -> str:
        mean, variance = statistics[name]
        parts = {"scale": params[name]["scale"], "shift": params[name]["shift"], "mean": mean, "variance": variance}
        inputs = [x] + [file.tensor(f"{name}_{part}", values) for part, values in parts.items()]
        return file.node("BatchNormalization", inputs, name, epsilon=EPSILON)

    x = file.node("Relu", [norm("stem_norm", conv("stem_conv", "image"))], "stem")
    for name, _, _, stride in blocks():
        y = file.node("Relu", [norm(f"{name}_norm1", conv(f"{name}_conv1", x, stride))], f"{name}_relu1")
        y = norm(f"{name}_norm2", conv(f"{name}_conv2", y))
        skip = conv(f"{name}_skip", x, stride, 1) if stride == 2 else x
        x = file.node("Relu", [file.node("Add", [y, skip], f"{name}_sum")], name)
    x = file.node("Flatten", [file.node("GlobalAveragePool", [x], "pool")], "flat", axis=1)
    dense = [file.tensor(f"dense_{part}", params["dense"][part]) for part in ("weights", "bias")]
    file.node("ArgMax", [file.node("Gemm", [x, *dense], "logits", transB=1)], "class", axis=1, keepdims=0)
    file.save(path, "image", [1, *fashion.SHAPE], "class", [1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path, help="folder with the four .gz files of dataset-fashion-mnist")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--pictures", type=int, default=TRAINING_PICTURES)
    args = parser.parse_args()

    rng = np.random.default_rng(SEED)
    pictures, labels = fashion.load(args.data, "train")
    pictures, labels = pictures[: args.pictures], labels[: args.pictures]
    print(f"resnet-8: training on {len(labels)} pictures")
    path = args.out / "resnet-8.onnx"
    save(path, *train(pictures, labels, args.epochs, rng))

    held_out = pathlib.Path(__file__).parents[1] / "cifar-shaped" / "pictures.bin"
    tests, test_labels = picture_file.read(held_out)
    parameters, products = onnx_file.cost(path)
    accuracy = onnx_file.held_out_accuracy(path, fashion.to_floats(tests), test_labels)
    print(f"resnet-8: {parameters} parameters, {products} multiply-adds, held-out accuracy {accuracy:.4f}")


if __name__ == "__main__":
    main()
