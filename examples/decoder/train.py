"""Trains a small decoder transformer on real text and writes it as ONNX, with text to measure it on.

Reads the text that `bible -f Gen1:1-Rev22:21` of Debian's package bible-kjv prints, and writes

    windows.bin         1,000 windows of 64 symbols from chapters never trained on, and the symbol that follows
    calibration.bin     256 such windows of the chapters trained on, for post-training quantization
    decoder-4.onnx      4 layers, d = 64, 4 heads, 64 positions, 65 symbols: from 64 symbols to the next one

Everything random comes from one seeded generator, so the data files are the same on every machine. The
weights depend on the last bits of the machine's products; hence the trained file is committed.
"""

import argparse
import pathlib
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
from onnx import TensorProto

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import text
from training import onnx_file, optimizer, picture_file
from training.onnx_file import OnnxFile

SEED = 20_240_604
LAYERS = 4
WIDTH = 64
HEADS = 4
HEAD = WIDTH // HEADS
HIDDEN = 4 * WIDTH
CONTEXT = 64
SYMBOLS = len(text.SYMBOLS)
EPSILON = 1e-5
# What a masked score is: exp(-20) is nothing beside a sum of 64, and the number still fits a narrow range of integers.
MASKED = -20.0

HELD_OUT_WINDOWS = 1_000
CALIBRATION_WINDOWS = 256
STEPS = 1_500
BATCH = 32
PEAK_LEARNING_RATE = 3e-3
WEIGHT_DECAY = 1e-2


def init(rng: np.random.Generator) -> dict:
    """Returns untrained parameters; matrices are [inputs, outputs]."""

    def normal(*shape: int, deviation: float = 0.02) -> np.ndarray:
        return rng.normal(0, deviation, shape).astype(np.float32)

    def dense(inputs: int, outputs: int, deviation: float) -> dict:
        return {"weights": normal(inputs, outputs, deviation=deviation), "bias": np.zeros(outputs, np.float32)}

    def norm() -> dict:
        return {"scale": np.ones(WIDTH, np.float32), "shift": np.zeros(WIDTH, np.float32)}

    inner = 1 / np.sqrt(WIDTH)
    # What is added to the residual stream starts small, so that its size does not grow with depth (GPT-2).
    outer = inner / np.sqrt(2 * LAYERS)
    params = {"symbols": normal(SYMBOLS, WIDTH, deviation=0.1), "positions": normal(CONTEXT, WIDTH, deviation=0.1)}
    for layer in range(LAYERS):
        params[f"layer{layer}"] = {
            "norm1": norm(),
            "query": dense(WIDTH, WIDTH, inner),
            "key": dense(WIDTH, WIDTH, inner),
            "value": dense(WIDTH, WIDTH, inner),
            "output": dense(WIDTH, WIDTH, outer),
            "norm2": norm(),
            "up": dense(WIDTH, HIDDEN, inner),
            "down": dense(HIDDEN, WIDTH, outer / 2),
        }
    params["norm"] = norm()
    params["logits"] = dense(WIDTH, SYMBOLS, inner)
    return params


def normalize(p, x):
    mean = x.mean(-1, keepdims=True)
    variance = ((x - mean) ** 2).mean(-1, keepdims=True)
    return (x - mean) / jnp.sqrt(variance + EPSILON) * p["scale"] + p["shift"]


def dense(p, x):
    return x @ p["weights"] + p["bias"]


def forward(params, symbols):
    """Returns the logits [n, 64, 65] of the symbol after each position."""
    n = len(symbols)
    x = params["symbols"][symbols] + params["positions"]
    past = jnp.tril(jnp.ones((CONTEXT, CONTEXT), bool))
    for layer in range(LAYERS):
        p = params[f"layer{layer}"]
        y = normalize(p["norm1"], x)
        q, k, v = (dense(p[name], y).reshape(n, CONTEXT, HEADS, HEAD) for name in ("query", "key", "value"))
        scores = jnp.einsum("nqhd,nkhd->nhqk", q, k) / np.float32(np.sqrt(HEAD))
        attention = jax.nn.softmax(jnp.where(past, scores, MASKED))
        mixed = jnp.einsum("nhqk,nkhd->nqhd", attention, v).reshape(n, CONTEXT, WIDTH)
        x = x + dense(p["output"], mixed)
        x = x + dense(p["down"], jax.nn.relu(dense(p["up"], normalize(p["norm2"], x))))
    return dense(params["logits"], normalize(params["norm"], x))


def train(symbols: np.ndarray, steps: int, rng: np.random.Generator):
    """Trains on windows drawn by chance, each position predicting the next."""

    @jax.jit
    def step(params, state, window):
        def loss_of(p):
            return optimizer.cross_entropy(forward(p, window[:, :-1]), window[:, 1:])

        loss, grads = jax.value_and_grad(loss_of)(params)
        return *optimizer.update(params, state, grads, steps, PEAK_LEARNING_RATE, WEIGHT_DECAY), loss

    params = init(rng)
    state = optimizer.start(params)
    losses, began = [], time.monotonic()
    for i in range(steps):
        starts = rng.integers(0, len(symbols) - CONTEXT, BATCH)
        window = text.windows(symbols, starts, CONTEXT + 1).astype(np.int32)
        params, state, loss = step(params, state, window)
        losses.append(loss)
        if (i + 1) % 250 == 0 or i + 1 == steps:
            seconds = time.monotonic() - began
            print(f"  step {i + 1:5} of {steps}: loss {np.mean(losses[-250:]):.4f}, {seconds:.0f} s", flush=True)
    return jax.tree.map(np.asarray, params)


def save(path: pathlib.Path, params: dict) -> None:
    """Writes the network: int64 symbols [1, 64] to the number [1] of the likeliest next symbol."""
    file = OnnxFile(opset=17)

    def integers(name: str, values: list[int]) -> str:
        return file.tensor(name, np.array(values, np.int64))

    def dense(name: str, p: dict, x: str) -> str:
        product = file.node("MatMul", [x, file.tensor(f"{name}_weights", p["weights"])], f"{name}_product")
        return file.node("Add", [product, file.tensor(f"{name}_bias", p["bias"])], name)

    def norm(name: str, p: dict, x: str) -> str:
        inputs = [x, file.tensor(f"{name}_scale", p["scale"]), file.tensor(f"{name}_shift", p["shift"])]
        return file.node("LayerNormalization", inputs, name, axis=-1, epsilon=EPSILON)

    heads = integers("heads_shape", [1, CONTEXT, HEADS, HEAD])
    merged = integers("merged_shape", [1, CONTEXT, WIDTH])
    past = file.tensor("past", np.tril(np.ones((1, 1, CONTEXT, CONTEXT), bool)))
    masked = file.tensor("masked", np.array(MASKED, np.float32))
    factor = file.tensor("factor", np.array(1 / np.sqrt(HEAD), np.float32))

    embedded = file.node("Gather", [file.tensor("symbol_vectors", params["symbols"]), "symbols"], "embedded", axis=0)
    x = file.node("Add", [embedded, file.tensor("position_vectors", params["positions"][None])], "placed")
    for layer in range(LAYERS):
        p, name = params[f"layer{layer}"], f"layer{layer}"
        y = norm(f"{name}_norm1", p["norm1"], x)
        parts = {}
        for part, order in (("query", [0, 2, 1, 3]), ("key", [0, 2, 3, 1]), ("value", [0, 2, 1, 3])):
            split = file.node("Reshape", [dense(f"{name}_{part}", p[part], y), heads], f"{name}_{part}_split")
            parts[part] = file.node("Transpose", [split], f"{name}_{part}_heads", perm=order)
        scores = file.node("MatMul", [parts["query"], parts["key"]], f"{name}_scores")
        scaled = file.node("Mul", [scores, factor], f"{name}_scaled")
        causal = file.node("Where", [past, scaled, masked], f"{name}_causal")
        attention = file.node("Softmax", [causal], f"{name}_attention", axis=-1)
        mixed = file.node("MatMul", [attention, parts["value"]], f"{name}_mixed")
        joined = file.node("Transpose", [mixed], f"{name}_joined", perm=[0, 2, 1, 3])
        joined = file.node("Reshape", [joined, merged], f"{name}_merged")
        x = file.node("Add", [x, dense(f"{name}_output", p["output"], joined)], f"{name}_attended")
        up = file.node("Relu", [dense(f"{name}_up", p["up"], norm(f"{name}_norm2", p["norm2"], x))], f"{name}_relu")
        x = file.node("Add", [x, dense(f"{name}_down", p["down"], up)], f"{name}_out")
    ends = [integers("last", [CONTEXT - 1]), integers("end", [CONTEXT]), integers("axis", [1])]
    last = file.node("Slice", [x, *ends], "last_position")
    flat = file.node("Reshape", [last, integers("flat_shape", [1, WIDTH])], "last_flat")
    logits = dense("logits", params["logits"], norm("norm", params["norm"], flat))
    file.node("ArgMax", [logits], "next", axis=1, keepdims=0)
    file.save(path, "symbols", [1, CONTEXT], "next", [1], input_type=TensorProto.INT64)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text", type=pathlib.Path, help="what `bible -f Gen1:1-Rev22:21` prints, in a file")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    parser.add_argument("--steps", type=int, default=STEPS)
    args = parser.parse_args()

    rng = np.random.default_rng(SEED)
    known, unknown = text.split(args.text, rng)
    for name, source, count in (
        ("windows.bin", unknown, HELD_OUT_WINDOWS),
        ("calibration.bin", known, CALIBRATION_WINDOWS),
    ):
        starts = rng.choice(len(source) - CONTEXT, count, replace=False)
        window = text.windows(source, starts, CONTEXT + 1)
        picture_file.write(args.out / name, 1, CONTEXT, window[:, :-1], window[:, -1])

    print(f"decoder-4: training on {len(known)} symbols, {len(unknown)} held out")
    params = train(known, args.steps, rng)
    path = args.out / "decoder-4.onnx"
    save(path, params)

    tests, following = picture_file.read(args.out / "windows.bin")
    logits = np.asarray(jax.jit(forward)(params, tests.astype(np.int32)))
    loss = float(optimizer.cross_entropy(logits[:, :-1], tests[:, 1:].astype(np.int32)))
    result = onnx_file.predict(path, tests.astype(np.int64))[:, 0]
    agreement = float((result == logits[:, -1].argmax(-1)).mean())
    parameters, products = onnx_file.cost(path)
    print(f"decoder-4: {parameters} parameters, {products} multiply-adds, held-out loss {loss:.4f} nats a symbol")
    print(f"decoder-4: next symbol right {(result == following).mean():.4f}, ONNX = JAX on {agreement:.4f}")


if __name__ == "__main__":
    main()
