"""Writes the small tree ensembles among the seeds, as skl2onnx exports them.

python trees.py, with numpy, scikit-learn and skl2onnx.
"""

import pathlib

import numpy as np
from skl2onnx import to_onnx
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)

OUT = pathlib.Path(__file__).parent
rng = np.random.default_rng(5)
rows = rng.standard_normal((200, 4)).astype(np.float32)
number = rows[:, 0] * 2 + np.sin(rows[:, 1] * 3)
two, three = (number > 0).astype(int), np.digitize(number, [-1, 1])
size = {"max_depth": 2, "random_state": 0}

for name, model, target in [
    ("boosted-classifier", GradientBoostingClassifier(n_estimators=3, **size), two),
    ("boosted-three", GradientBoostingClassifier(n_estimators=2, **size), three),
    ("boosted-regressor", GradientBoostingRegressor(n_estimators=3, **size), number),
    ("forest-classifier", RandomForestClassifier(n_estimators=3, **size), three),
    ("forest-regressor", RandomForestRegressor(n_estimators=3, **size), number),
]:
    options = {"zipmap": False} if hasattr(model, "predict_proba") else None
    onnx = to_onnx(model.fit(rows, target), rows[:1], options=options and {id(model): options}, target_opset=17)
    (OUT / f"exported-{name}.onnx").write_bytes(onnx.SerializeToString())
