"""Measures EZKL on an ONNX file: one JSON object on standard output.

`setup` prepares a folder: settings, default calibration, compilation, a locally generated SRS, key generation. `prove`
makes one witness and one proof in that folder and verifies it, so that a caller can alternate with other systems.
The stages are EZKL's own. Each runs in a process of its own; its seconds are those of EZKL's call, its memory the largest
resident size of that process and its children together. A stage that needs more memory or time than allowed ends the
measurement, and the object says so in `error`.
"""

import argparse
import csv
import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "examples"))

GIB = 1 << 30
SAMPLE_SECONDS = 0.05
WEIGHTS = {"private": "private", "hashed": "committed"}
TARGET = "resources"


class StageFailed(Exception):
    """A stage that did not end well: what the row says of it, and the memory it had taken."""

    def __init__(self, reason: str, peak: int):
        super().__init__(reason)
        self.peak = peak


# The stages, each run as `ezkl_bench.py --stage NAME FOLDER` in the folder of the measurement.


def settings(options: dict) -> None:
    import ezkl

    arguments = ezkl.PyRunArgs()
    arguments.input_visibility = options["input"]
    arguments.output_visibility = "public"
    arguments.param_visibility = options["weights"]
    assert ezkl.gen_settings("model.onnx", "settings.json", py_run_args=arguments)


def calibrate(_: dict) -> None:
    import ezkl

    assert ezkl.calibrate_settings("calibration.json", "model.onnx", "settings.json", TARGET)


def compile_model(_: dict) -> None:
    import ezkl

    assert ezkl.compile_circuit("model.onnx", "model.compiled", "settings.json")


def srs(_: dict) -> None:
    import ezkl

    ezkl.gen_srs("kzg.srs", read_settings(pathlib.Path())["run_args"]["logrows"])


def setup(_: dict) -> None:
    import ezkl

    assert ezkl.setup("model.compiled", "vk.key", "pk.key", "kzg.srs")


def witness(_: dict) -> None:
    import ezkl

    assert ezkl.gen_witness("input.json", "model.compiled", "witness.json", "vk.key", "kzg.srs")


def prove(_: dict) -> None:
    import ezkl

    assert ezkl.prove("witness.json", "model.compiled", "pk.key", "proof.json", "kzg.srs")


def verify(_: dict) -> None:
    import ezkl

    assert ezkl.verify("proof.json", "settings.json", "vk.key", "kzg.srs")


STAGES = {
    "settings": settings,
    "calibrate": calibrate,
    "compile": compile_model,
    "srs": srs,
    "setup": setup,
    "witness": witness,
    "prove": prove,
    "verify": verify,
}


def run_stage(name: str, folder: pathlib.Path) -> None:
    """Runs one stage and leaves its seconds in a file."""
    os.chdir(folder)
    # If the machine runs out of memory, this process is the one to end.
    pathlib.Path("/proc/self/oom_score_adj").write_text("1000")
    import ezkl  # noqa: F401  loaded before the clock starts

    options = json.loads(pathlib.Path("options.json").read_text())
    began = time.monotonic()
    STAGES[name](options)
    pathlib.Path("seconds").write_text(str(time.monotonic() - began))


# The measurement around them.


def tree_rss(root: int) -> int:
    """Returns the resident bytes of a process and all below it."""
    sizes, parents = {}, {}
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            parents[int(entry.name)] = int(stat[1])
            sizes[int(entry.name)] = int(stat[21]) * resource.getpagesize()
        except (OSError, IndexError):
            continue
    total, level = 0, [root]
    while level:
        total += sum(sizes.get(pid, 0) for pid in level)
        level = [pid for pid, parent in parents.items() if parent in level]
    return total


def watch(name: str, pid: int, memory_limit: int, time_limit: float) -> tuple[int, int]:
    """Waits for a stage to end; returns (exit code, peak bytes)."""
    began, peak = time.monotonic(), 0
    while True:
        ended, status, usage = os.wait4(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status), max(peak, usage.ru_maxrss * 1024)
        peak = max(peak, tree_rss(pid))
        spent = time.monotonic() - began
        if peak > memory_limit:
            raise StageFailed(f"{name} needs more than {memory_limit / GIB:g} GiB (after {spent:.0f} s)", peak)
        if spent > time_limit:
            raise StageFailed(f"{name} takes more than {time_limit:g} s (at {peak / GIB:.1f} GiB)", peak)
        time.sleep(SAMPLE_SECONDS)


def measure(name: str, folder: pathlib.Path, memory_limit: int, time_limit: float) -> tuple[float, int]:
    """Runs a stage in a process group of its own; returns (seconds, peak bytes)."""
    log = folder / f"{name}.log"
    with log.open("wb") as output:
        child = subprocess.Popen(
            [sys.executable, __file__, "--stage", name, str(folder)],
            stdout=output,
            stderr=output,
            start_new_session=True,
            env=os.environ | {"EZKL_REPO_PATH": str(folder)},
        )
    try:
        child.returncode, peak = watch(name, child.pid, memory_limit, time_limit)
    except BaseException:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        raise
    if child.returncode == -signal.SIGKILL:
        raise StageFailed(f"{name} was killed, out of memory (last seen at {peak / GIB:.1f} GiB)", peak)
    if child.returncode:
        lines = log.read_text(errors="replace").strip().splitlines()
        raise StageFailed(f"{name} failed: {lines[-1][:300] if lines else child.returncode}", peak)
    seconds = float((folder / "seconds").read_text())
    print(f"  {name} {seconds:.3f} s, {peak / GIB:.2f} GiB", file=sys.stderr, flush=True)
    return seconds, peak


def read_settings(folder: pathlib.Path) -> dict:
    return json.loads((folder / "settings.json").read_text())


def samples(data: pathlib.Path, integers: bool, count: int) -> list[list]:
    """Returns the first inputs of a labeled file: bytes from 0 to 1 or as they are, or the columns of a table."""
    if data.suffix == ".csv":
        with data.open() as file:
            rows = list(csv.reader(file))[1 : count + 1]
        return [[float(value) for value in row[:-1]] for row in rows]
    from training import picture_file

    pictures = picture_file.read(data)[0][:count]
    return [[int(v) if integers else float(v) / 255 for v in picture] for picture in pictures]


def prepare(args: argparse.Namespace, folder: pathlib.Path) -> None:
    """Lays out the files of a measurement."""
    import onnx

    shutil.copyfile(args.model, folder / "model.onnx")
    given = onnx.load(args.model).graph.input[0].type.tensor_type
    width = 1
    for dimension in given.shape.dim:
        width *= dimension.dim_value
    integers = given.elem_type == onnx.TensorProto.INT64
    rows = [row[:width] for row in samples(args.data, integers, args.calibration)]
    (folder / "calibration.json").write_text(json.dumps({"input_data": [sum(rows, [])]}))
    (folder / "input.json").write_text(json.dumps({"input_data": [rows[0]]}))
    (folder / "options.json").write_text(json.dumps({"weights": args.weights, "input": args.input}))


def measure_setup(args: argparse.Namespace, row: dict) -> None:
    """Prepares the folder stage by stage and writes into the row what is known so far."""
    once = recorder(args, row)
    prepare(args, args.work)
    once("settings")
    row["rows"] = read_settings(args.work)["num_rows"]
    row["calibrate_s"] = once("calibrate")
    described = read_settings(args.work)
    row["rows"], row["log_rows"] = described["num_rows"], described["run_args"]["logrows"]
    once("compile")
    row["srs_s"] = once("srs")
    row["setup_s"] = once("setup")
    row["pk_bytes"] = (args.work / "pk.key").stat().st_size


def measure_proof(args: argparse.Namespace, row: dict) -> None:
    """Makes and verifies one proof in a prepared folder."""
    once = recorder(args, row)
    for name in ("witness", "prove", "verify"):
        row[f"{name}_s"] = once(name)
    proof = json.loads((args.work / "proof.json").read_text())
    row["proof_bytes"] = len(proof["proof"]) if isinstance(proof["proof"], list) else len(proof["proof"]) // 2 - 1
    row["public_values"] = sum(len(instances) for instances in proof["instances"])


def recorder(args: argparse.Namespace, row: dict):
    """Returns a function that runs a stage, keeps its name and memory in the row, and returns its seconds."""
    limits = (int(args.memory_limit_gib * GIB), args.time_limit)

    def once(name: str) -> float:
        row["stage"] = name
        seconds, peak = measure(name, args.work, *limits)
        row["peak_rss_bytes"] = max(row["peak_rss_bytes"], peak)
        return seconds

    return once


def main() -> None:
    if sys.argv[1:2] == ["--stage"]:
        run_stage(sys.argv[2], pathlib.Path(sys.argv[3]))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    setup_command = commands.add_parser("setup", help="prepare a folder for a model")
    setup_command.add_argument("model", type=pathlib.Path, help="an ONNX file")
    setup_command.add_argument("data", type=pathlib.Path, help="labeled inputs of the example: a .bin or .csv file")
    setup_command.add_argument("--weights", choices=WEIGHTS, default="private")
    setup_command.add_argument("--input", choices=["public", "private"], default="public")
    setup_command.add_argument("--calibration", type=int, default=16, help="inputs to calibrate on")
    prove_command = commands.add_parser("prove", help="make and verify one proof")
    for command in (setup_command, prove_command):
        command.add_argument("--work", type=pathlib.Path, required=True, help="the folder; keys take gigabytes")
        command.add_argument("--memory-limit-gib", type=float, default=22.5)
        command.add_argument("--time-limit", type=float, default=1_800, help="seconds for each stage")
    args = parser.parse_args()
    args.work = args.work.resolve()
    args.work.mkdir(parents=True, exist_ok=True)

    row = {"peak_rss_bytes": 0}
    if args.command == "setup":
        from importlib.metadata import version

        from training import onnx_file

        row["version"] = version("ezkl")
        row["params"], row["macs"] = onnx_file.cost(args.model)
        row |= {"weights": WEIGHTS[args.weights], "input": args.input}
    try:
        (measure_setup if args.command == "setup" else measure_proof)(args, row)
        del row["stage"]
    except StageFailed as reason:
        row["error"] = str(reason)
        row["peak_rss_bytes"] = max(row["peak_rss_bytes"], reason.peak)
    print(json.dumps(row))


if __name__ == "__main__":
    main()
