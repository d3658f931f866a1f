"""Recomputes every integer that onnxruntime has between the layers of a QDQ model, on held-out digits.

    integers.bin     the result of every QuantizeLinear, tensor by tensor, all digits of one tensor together
    integers.json    for each tensor its name, type, shape without the batch, scale, zero point and first byte

The integers are those of onnxruntime's integer kernels, which it puts in place of DequantizeLinear -> operator ->
QuantizeLinear. `--kernels float` runs the graph as it is written instead; the share of elements on which the two agree
is printed.
"""

import argparse
import json
import pathlib
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from training import picture_file

HERE = pathlib.Path(__file__).parent
# Keeps int8 as it is, where onnxruntime would move it to uint8 for speed.
KEEP_INT8 = ("session.qdqisint8allowed", "1")


def session(model: onnx.ModelProto, level: onnxruntime.GraphOptimizationLevel, save: str = ""):
    """Loads a model; `save` names a file for the graph as optimized."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = level
    options.intra_op_num_threads = 1
    options.optimized_model_filepath = save
    options.add_session_config_entry(*KEEP_INT8)
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def fused(model: onnx.ModelProto) -> onnx.ModelProto:
    """Returns the graph with integer operators (QLinearConv, QGemm) in place of the groups of float ones."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(pathlib.Path(folder) / "fused.onnx")
        session(model, onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED, path)
        result = onnx.load(path)
    left = [node.name for node in result.graph.node if node.op_type in ("Conv", "Gemm", "MatMul")]
    assert not left, f"onnxruntime kept these in float: {left}"
    return result


def describe(model: onnx.ModelProto) -> list[dict]:
    """Returns name, type, scale and zero point of the result of every QuantizeLinear."""
    constants = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    described = []
    for node in model.graph.node:
        if node.op_type != "QuantizeLinear":
            continue
        scale, zero_point = constants[node.input[1]], constants[node.input[2]]
        described.append(
            {
                "tensor": node.input[0],
                "output": node.output[0],
                "type": str(zero_point.dtype),
                "scale": float(scale),
                "zero_point": int(zero_point),
            }
        )
    return described


def integers(model: onnx.ModelProto, described: list[dict], inputs: np.ndarray) -> list[np.ndarray]:
    """Runs a graph exactly as it is and returns each described tensor for all inputs, stacked."""
    for tensor in described:
        kind = helper.np_dtype_to_tensor_dtype(np.dtype(tensor["type"]))
        model.graph.output.append(helper.make_tensor_value_info(tensor["output"], kind, None))
    run = session(model, onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL)
    given = run.get_inputs()[0]
    names = [tensor["output"] for tensor in described]
    runs = [run.run(names, {given.name: x.reshape(given.shape)}) for x in inputs]
    return [np.concatenate(results) for results in zip(*runs)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=pathlib.Path, help="a QDQ model, such as lenet-5-qdq.onnx")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder for integers.bin and integers.json")
    parser.add_argument("--digits", type=pathlib.Path, default=HERE / "digits.bin")
    parser.add_argument("--count", type=int, default=100, help="how many digits, from the file's first")
    parser.add_argument("--kernels", choices=["integer", "float"], default="integer")
    args = parser.parse_args()

    pictures = picture_file.read(args.digits)[0][: args.count]
    inputs = pictures.astype(np.float32) / np.float32(255)
    model = onnx.load(args.model)
    described = describe(model)
    both = {"integer": integers(fused(model), described, inputs), "float": integers(model, described, inputs)}

    args.out.mkdir(parents=True, exist_ok=True)
    offset = 0
    with (args.out / "integers.bin").open("wb") as file:
        for tensor, values in zip(described, both[args.kernels]):
            tensor |= {"shape": list(values.shape[1:]), "offset": offset}
            offset += file.write(values.tobytes())
    report = {"model": args.model.name, "kernels": args.kernels, "count": len(inputs), "tensors": described}
    (args.out / "integers.json").write_text(json.dumps(report, indent=2) + "\n")

    for tensor, a, b in zip(described, both["integer"], both["float"]):
        steps = np.abs(a.astype(int) - b.astype(int))
        print(f"{tensor['tensor']:10} {a[0].size:5} elements: equal {(steps == 0).mean():.5f}, within one {(steps <= 1).mean():.5f}")


if __name__ == "__main__":
    main()
