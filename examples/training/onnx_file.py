"""Builds ONNX files node by node, counts what they cost, and runs them."""

import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

IR_VERSION = 8
QDQ = ("QuantizeLinear", "DequantizeLinear")
# Shapes, indices and masks are of other types.
TRAINED_TYPES = (TensorProto.FLOAT, TensorProto.INT8, TensorProto.INT32)


class OnnxFile:
    """A graph under construction; every node and its one result carry the same name."""

    def __init__(self, opset: int = 13):
        self.opset = opset
        self.nodes: list[onnx.NodeProto] = []
        self.tensors: dict[str, np.ndarray] = {}

    def tensor(self, name: str, values: np.ndarray) -> str:
        """Adds a constant tensor and returns its name."""
        assert name not in self.tensors, name
        self.tensors[name] = np.ascontiguousarray(values)
        return name

    def node(self, op: str, inputs: list[str], name: str, **attributes) -> str:
        """Adds a node with one result and returns the name of that result."""
        self.nodes.append(helper.make_node(op, inputs, [name], name=f"{name}_node", **attributes))
        return name

    def save(self, path: pathlib.Path, input_name: str, input_shape: list[int], output_name: str,
             output_shape: list[int], input_type: int = TensorProto.FLOAT, output_type: int = TensorProto.INT64) -> None:
        """Checks the graph and writes it."""
        graph = helper.make_graph(
            self.nodes,
            path.stem,
            [helper.make_tensor_value_info(input_name, input_type, input_shape)],
            [helper.make_tensor_value_info(output_name, output_type, output_shape)],
            [numpy_helper.from_array(values, name) for name, values in self.tensors.items()],
        )
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", self.opset)], producer_name="assay-examples"
        )
        model.ir_version = IR_VERSION
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, path)


def predict(path: pathlib.Path, inputs: np.ndarray) -> np.ndarray:
    """Runs a model of batch 1 on every input with onnxruntime and returns its results, flattened and stacked."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    shape = session.get_inputs()[0].shape
    return np.stack([session.run(None, {name: x.reshape(shape)})[0].reshape(-1) for x in inputs])


def held_out_accuracy(path: pathlib.Path, inputs: np.ndarray, labels: np.ndarray) -> float:
    """Returns the share of inputs whose class, the model's one integer, is the label."""
    return float((predict(path, inputs)[:, 0] == labels).mean())


def cost(path: pathlib.Path) -> tuple[int, int]:
    """Returns a model's (parameters, multiply-adds).

    Parameters are the elements of constants, but for shapes, masks, scales and single numbers; of trees they are
    the thresholds and the leaves' weights. Multiply-adds are those of Conv, Gemm and MatMul.
    """
    model = onnx.shape_inference.infer_shapes(onnx.load(path), data_prop=True)
    constants = {t.name: list(t.dims) for t in model.graph.initializer}
    shapes = {
        v.name: [d.dim_value for d in v.type.tensor_type.shape.dim]
        for v in [*model.graph.value_info, *model.graph.input, *model.graph.output]
    } | constants
    scales = {name for node in model.graph.node if node.op_type in QDQ for name in node.input[1:]}
    parameters = sum(
        int(np.prod(t.dims))
        for t in model.graph.initializer
        if t.data_type in TRAINED_TYPES and t.name not in scales and np.prod(t.dims) > 1
    )
    products = 0
    for attribute in (a for node in model.graph.node if node.op_type.startswith("TreeEnsemble") for a in node.attribute):
        if attribute.name == "nodes_modes":
            parameters += sum(mode != b"LEAF" for mode in attribute.strings)
        elif attribute.name in ("class_weights", "target_weights"):
            parameters += len(attribute.floats)
    for node in model.graph.node:
        if node.op_type == "Conv":
            products += int(np.prod(shapes[node.output[0]]) * np.prod(shapes[node.input[1]][1:]))
        elif node.op_type in ("Gemm", "MatMul"):
            inner = {a.name: a.i for a in node.attribute}.get("transA", 0)
            depth = shapes[node.input[0]][0 if inner else -1]
            products += int(np.prod(shapes[node.output[0]]) * depth)
    return parameters, products
