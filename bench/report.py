"""Writes the results of `assay bench` as tables into README.md and as the picture results/scaling.svg."""

import json
import pathlib
import re

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "assay"
matplotlib.rcParams["svg.fonttype"] = "none"
import matplotlib.pyplot as plt

HERE = pathlib.Path(__file__).resolve().parent
SCALING = re.compile(r"cnn-x\d+")
SYSTEMS = {"assay": "Assay", "ezkl": "EZKL"}


def number(value, digits=None) -> str:
    """Returns a number for a table; nothing is a dash."""
    if value is None:
        return "-"
    return f"{value:,}" if digits is None else f"{value:,.{digits}f}"


def comparison(rows: list[dict]) -> list[str]:
    """Returns the table of every model and system."""
    lines = [
        "| model | parameters | multiply-adds | system | weights | set-up s | prove s | on-chain s | verify ms | memory GB "
        "| proof bytes | gas | rows |",
        "|---|--:|--:|---|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        system = f"{SYSTEMS[row['system']]} {row['version']}"
        verify = None if row["verify_s"] is None else row["verify_s"] * 1000
        cells = [
            row["model"], number(row["params"]), number(row["macs"]), system, row["weights"], number(row["setup_s"], 1),
            number(row["prove_s"], 1), number(row["onchain_s"], 1), number(verify, 0),
            number(row["peak_rss_bytes"] / 1e9, 1), number(row["proof_bytes"]), number(row["verify_gas"]), number(row["rows"]),
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    failures = [row for row in rows if row.get("error")]
    lines += [""] if failures else []
    lines += [f"- {row['model']}, {SYSTEMS[row['system']]}, weights {row['weights']}: {row['error']}." for row in failures]
    return lines


def scaling(rows: list[dict]) -> list[str]:
    """Returns the table of one network at several widths."""
    lines = [
        "| model | multiply-adds | parameters | rows | prove s | rows for 1,000 multiply-adds |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        share = number(row["rows"] / row["macs"] * 1000, 2)
        cells = [row["model"], number(row["macs"]), number(row["params"]), number(row["rows"])]
        lines.append(f"| {' | '.join([*cells, number(row['prove_s'], 2), share])} |")
    return [*lines, "", "![Rows and seconds against multiply-adds](results/scaling.svg)"]


STAGES = ("witness", "prove", "shape", "outer", "groth16")
# The record of the version without kernels, and one of each path that was measured.
RECORDS = ("wrap-before-kernels.json", "wrap-portable.json", "wrap.json")


def stages(records: list[dict]) -> list[str]:
    """Returns the seconds of each stage of our proofs, a row for each model and record."""
    lines = [
        f"| model | kernels | {' | '.join(STAGES)} | all | memory GB |",
        f"|---|---|{'--:|' * (len(STAGES) + 2)}",
    ]
    for model in records[-1]["models"]:
        for record in records:
            for report in record["models"]:
                if report["model"] == model["model"]:
                    times = [report["stages_ms"][stage] / 1000 for stage in STAGES] + [report["total_ms"] / 1000]
                    cells = [number(time, 2) if time else "-" for time in times]
                    kernels = record.get("kernels", "none")
                    memory = number(report["peak_rss_bytes"] / 1e9, 2)
                    lines.append(f"| {' | '.join([report['model'], kernels, *cells, memory])} |")
    machines = [
        f"- {record.get('kernels', 'none')}: {record['machine']}, {record['date']}; the key loads in {number(record['key_load_ms'] / 1000, 1)} s."
        for record in records
    ]
    return [*lines, "", *machines]


def draw(rows: list[dict], path: pathlib.Path) -> None:
    """Draws rows and seconds against multiply-adds, each as a multiple of the smallest network's."""
    first = rows[0]
    figure, axes = plt.subplots(figsize=(7, 4))
    macs = [row["macs"] / 1e6 for row in rows]
    for key, name, marker in (("macs", "multiply-adds", ""), ("rows", "rows", "o"), ("prove_s", "prove seconds", "s")):
        style = "--" if key == "macs" else "-"
        axes.plot(macs, [row[key] / first[key] for row in rows], style, marker=marker, label=name)
    axes.set_xlabel("million multiply-adds")
    axes.set_ylabel("multiple of the smallest network")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def fill(text: str, name: str, lines: list[str]) -> str:
    """Replaces what stands between the marks of a name."""
    marks = f"<!-- {name} -->", f"<!-- /{name} -->"
    pattern = re.compile(f"{re.escape(marks[0])}.*{re.escape(marks[1])}", re.DOTALL)
    assert pattern.search(text), f"README.md has no marks for {name}"
    return pattern.sub(lambda _: "\n".join([marks[0], *lines, marks[1]]), text)


def main() -> None:
    rows = json.loads((HERE / "results/latest.json").read_text())
    widths = [row for row in rows if SCALING.fullmatch(row["model"]) and row["system"] == "assay"]
    models = [row for row in rows if not SCALING.fullmatch(row["model"])]
    readme = HERE / "README.md"
    text = fill(readme.read_text(), "comparison", comparison(models))
    kernels = json.loads((HERE / "results/wrap.json").read_text())["kernels"]
    machine = (
        f"Measured on {rows[0]['machine']}, {rows[0]['date']}, medians of {rows[0]['runs']} runs; our kernels took the path `{kernels}`."
    )
    text = fill(text, "machine", [machine])
    records = [HERE / "results" / name for name in RECORDS]
    text = fill(text, "stages", stages([json.loads(record.read_text()) for record in records if record.exists()]))
    if widths:
        text = fill(text, "scaling", scaling(widths))
        draw(widths, HERE / "results/scaling.svg")
    readme.write_text(text)


if __name__ == "__main__":
    main()
