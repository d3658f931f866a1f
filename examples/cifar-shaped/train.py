"""Trains a CNN of CIFAR's shape on real pictures and writes it as ONNX, with the pictures to measure it on.

Reads the four files of Debian's package dataset-fashion-mnist and writes

    pictures.bin      1,000 of its test pictures, 100 of each class, never trained on
    calibration.bin   256 of its training pictures, for post-training quantization
    cnn-60.onnx       Conv 32@3 -> MaxPool -> Conv 64@3 -> MaxPool -> Gemm 60 -> Gemm 10 -> ArgMax

Everything random comes from one seeded generator, so the data files are the same on every machine. The
weights depend on the last bits of the machine's convolutions; hence the trained file is committed.
"""

import argparse
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from training import fashion, onnx_file, picture_file, sequence
from training.sequence import Conv, Flatten, Gemm, MaxPool, Relu

SEED = 20_240_602
HELD_OUT_PER_CLASS = 100
TRAINING_PICTURES = 30_000
CALIBRATION_PICTURES = 256
LAYERS = [
    Conv(32, 3, pad=1), Relu(), MaxPool(),
    Conv(64, 3, pad=1), Relu(), MaxPool(),
    Flatten(), Gemm(60), Relu(), Gemm(10),
]  # fmt: skip
COST = (265_822, 5_849_688)
EPOCHS = 4

# The last epoch sees the pictures as they are: that is what the model is used on.
PLAIN_EPOCHS = 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path, help="folder with the four .gz files of dataset-fashion-mnist")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--pictures", type=int, default=TRAINING_PICTURES)
    args = parser.parse_args()

    rng = np.random.default_rng(SEED)
    pictures, labels = fashion.load(args.data, "train")
    tests, test_labels = fashion.load(args.data, "t10k")
    held_out = picture_file.pick_per_class(test_labels, HELD_OUT_PER_CLASS, rng)
    calibration = rng.choice(TRAINING_PICTURES, CALIBRATION_PICTURES, replace=False)
    rows = fashion.PLANES * fashion.SIDE
    for name, source, source_labels, pick in (
        ("pictures.bin", tests, test_labels, held_out),
        ("calibration.bin", pictures, labels, calibration),
    ):
        picture_file.write(args.out / name, rows, fashion.SIDE, fashion.render(source[pick]), source_labels[pick])

    pictures, labels = pictures[: args.pictures], labels[: args.pictures]

    def of_epoch(epoch: int) -> np.ndarray:
        plain = epoch >= args.epochs - PLAIN_EPOCHS
        return fashion.to_floats(fashion.render(pictures)) if plain else fashion.augmented(pictures, rng)

    print(f"cnn-60: training on {len(labels)} pictures")
    params = sequence.train(
        LAYERS, sequence.init(LAYERS, fashion.SHAPE, rng), args.epochs, of_epoch, labels, rng, peak_rate=1.5e-3
    )
    path = args.out / "cnn-60.onnx"
    sequence.save(path, LAYERS, params, [1, *fashion.SHAPE])
    parameters, products = onnx_file.cost(path)
    assert (parameters, products) == COST, (parameters, products)
    x = fashion.to_floats(fashion.render(tests[held_out]))
    accuracy = onnx_file.held_out_accuracy(path, x, test_labels[held_out])
    print(f"cnn-60: {parameters} parameters, {products} multiply-adds, held-out accuracy {accuracy:.4f}")


if __name__ == "__main__":
    main()
