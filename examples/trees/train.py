"""Trains gradient-boosted trees on a real table and writes them as ONNX, with the rows to measure them on.

Reads the breast cancer table that scikit-learn ships and writes

    held-out.csv          143 of its 569 rows, both classes in their shares, never trained on
    calibration.csv       the other 426, which the trees were trained on
    classifier-100.onnx   100 trees of depth 3: from 30 measurements of a cell sample to malignant (0) or benign (1)
    regressor-100.onnx    100 trees of depth 4: from the first 20 measurements to the 21st, the worst radius

scikit-learn's trees come out the same wherever its version is the same.
"""

import argparse
import csv
import pathlib

import numpy as np
import onnx
import onnxruntime
from onnx import helper
from skl2onnx import to_onnx
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
from sklearn.model_selection import train_test_split

SEED = 20_240_605
TREES = 100
HELD_OUT_SHARE = 0.25
# The regressor guesses column 20, the worst radius, from the columns before it: means and standard errors.
REGRESSED = 20
OPSETS = {"": 17, "ai.onnx.ml": 1}


def write_table(path: pathlib.Path, names: list[str], rows: np.ndarray, labels: np.ndarray) -> None:
    """Writes a row a line, the class last; numbers as short as they parse back to the same 32-bit float."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*(name.replace(" ", "_") for name in names), "class"])
        for row, label in zip(rows, labels):
            writer.writerow([*(np.format_float_positional(value, trim="0") for value in row), int(label)])


def fixed_batch(model: onnx.ModelProto, name: str) -> onnx.ModelProto:
    """Names the graph and fixes the rows of its input and outputs at one, as the other examples have it."""
    model.graph.name = name
    del model.opset_import[:]
    model.opset_import.extend(helper.make_opsetid(domain, version) for domain, version in OPSETS.items())
    for value in [*model.graph.input, *model.graph.output]:
        value.type.tensor_type.shape.dim[0].Clear()
        value.type.tensor_type.shape.dim[0].dim_value = 1
    onnx.checker.check_model(model, full_check=True)
    return model


def run(path: pathlib.Path, rows: np.ndarray) -> np.ndarray:
    """Returns the first output for every row."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return np.array([session.run(None, {name: row[None]})[0].reshape(-1)[0] for row in rows])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    args = parser.parse_args()

    table = load_breast_cancer()
    x, y = table.data.astype(np.float32), table.target
    known, held_out = train_test_split(np.arange(len(y)), test_size=HELD_OUT_SHARE, stratify=y, random_state=SEED)
    names = list(table.feature_names)
    write_table(args.out / "held-out.csv", names, x[held_out], y[held_out])
    write_table(args.out / "calibration.csv", names, x[known], y[known])

    classifier = GradientBoostingClassifier(
        n_estimators=TREES, max_depth=3, learning_rate=0.1, subsample=0.7, max_features=8, random_state=SEED
    ).fit(x[known], y[known])
    path = args.out / "classifier-100.onnx"
    options = {id(classifier): {"zipmap": False}}
    onnx.save(fixed_batch(to_onnx(classifier, x[:1], options=options, target_opset=OPSETS), path.stem), path)
    labels = run(path, x[held_out])
    accuracy = (labels == y[held_out]).mean()
    agreement = (labels == classifier.predict(x[held_out])).mean()
    print(f"{path.stem}: held-out accuracy {accuracy:.4f}, ONNX = scikit-learn on {agreement:.4f}")

    inputs, target = x[:, :REGRESSED], x[:, REGRESSED]
    regressor = GradientBoostingRegressor(
        n_estimators=TREES, max_depth=4, learning_rate=0.1, subsample=0.7, random_state=SEED
    ).fit(inputs[known], target[known])
    path = args.out / "regressor-100.onnx"
    onnx.save(fixed_batch(to_onnx(regressor, inputs[:1], target_opset=OPSETS), path.stem), path)
    guesses = run(path, inputs[held_out])
    error = np.abs(guesses - target[held_out]).mean()
    share = 1 - ((guesses - target[held_out]) ** 2).mean() / target[held_out].var()
    drift = np.abs(guesses - regressor.predict(inputs[held_out])).max()
    print(f"{path.stem}: mean error {error:.4f}, R2 {share:.4f}, ONNX - scikit-learn at most {drift:.1e}")


if __name__ == "__main__":
    main()
