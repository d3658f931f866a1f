"""Quantizes lenet-5.onnx with onnxruntime's own static quantizer, in QDQ form.

    lenet-5-qdq.onnx          int8 activations, int8 weights with a scale for each output channel
    lenet-5-qdq-uint8.onnx    uint8 activations, int8 weights with one scale for each tensor

Both calibrate by minimum and maximum on calibration.bin, and are measured on digits.bin.
"""

import argparse
import pathlib
import sys

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from training import onnx_file, picture_file

HERE = pathlib.Path(__file__).parent
SHAPE = (1, 1, 28, 28)
VARIANTS = {
    "lenet-5-qdq": {"activation_type": QuantType.QInt8, "per_channel": True},
    "lenet-5-qdq-uint8": {"activation_type": QuantType.QUInt8, "per_channel": False},
}


def floats(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Returns (inputs as the models take them, labels) of a digit file."""
    pictures, labels = picture_file.read(HERE / name)
    return pictures.astype(np.float32) / np.float32(255), labels


class Digits(CalibrationDataReader):
    """Feeds digits one by one."""

    def __init__(self, inputs: np.ndarray):
        self.rest = iter(inputs)

    def get_next(self) -> dict[str, np.ndarray] | None:
        digit = next(self.rest, None)
        return None if digit is None else {"image": digit.reshape(SHAPE)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, default=HERE)
    args = parser.parse_args()

    source = HERE / "lenet-5.onnx"
    prepared = args.out / "lenet-5-prepared.onnx"
    quant_pre_process(str(source), str(prepared), skip_optimization=True, skip_symbolic_shape=True)
    calibration, _ = floats("calibration.bin")
    held_out, labels = floats("digits.bin")
    print(f"lenet-5: held-out accuracy {onnx_file.held_out_accuracy(source, held_out, labels):.4f}")
    for name, options in VARIANTS.items():
        path = args.out / f"{name}.onnx"
        quantize_static(
            str(prepared),
            str(path),
            Digits(calibration),
            quant_format=QuantFormat.QDQ,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            **options,
        )
        model = onnx.load(path)
        del model.graph.value_info[:]
        model.graph.name = name
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, path)
        print(f"{name}: held-out accuracy {onnx_file.held_out_accuracy(path, held_out, labels):.4f}")
    prepared.unlink()


if __name__ == "__main__":
    main()
