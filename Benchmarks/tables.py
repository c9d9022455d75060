#!/usr/bin/env python3
"""Prints the Markdown tables of a report of `assay bench backends` or `assay bench native`: `tables.py REPORT.json`."""
import json
import statistics
import sys


def time(milliseconds):
    if milliseconds is None:
        return "–"
    if milliseconds < 1:
        return f"{milliseconds * 1000:.0f} µs"
    digits = 2 if milliseconds < 10 else 1 if milliseconds < 100 else 0
    return f"{milliseconds:.{digits}f} ms"


def number(value):
    return f"{value:.0f}" if value >= 1000 else f"{value:.3g}"


def table(head, rows):
    print("| " + " | ".join(map(str, head)) + " |")
    print("|" + "|".join("---" if index == 0 else "---:" for index in range(len(head))) + "|")
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    print()


def labels(order):
    """Names of configurations: the backend's, with the storage's where there are several."""
    several = len({backend for backend, _ in order}) < len(order)
    return [f"{backend} · {storage}" if several else backend for backend, storage in order]


def answer(entry):
    stages = entry["stages"]
    return statistics.median(map(sum, zip(stages["create"], stages["launch"], stages["execute"])))


def stages(entries):
    rows = []
    for name, entry in zip(labels([(entry["backend"], entry["storage"]) for entry in entries]), entries):
        medians = {stage: time(statistics.median(values)) for stage, values in entry["stages"].items()}
        total = entry["total"]
        rows.append([
            name, total["count"], *(medians[stage] for stage in ("create", "launch", "execute", "stop", "clean")),
            time(answer(entry)), time(total["median"]),
            f"{time(total['median_low'])} – {time(total['median_high'])}"])
    table(["configuration", "runs", "create", "launch", "execute", "stop", "clean", "answer", "whole life",
           "95 % confidence"], rows)


def experiments(found, order):
    names = list(dict.fromkeys(entry["experiment"] for entry in found))
    by_cell = {(entry["experiment"], entry["backend"], entry["storage"]): entry for entry in found}
    rows = []
    for name in names:
        cells = [by_cell.get((name, *where)) for where in order]
        rows.append([name] + [number(cell["total"]["median"]) if cell else "–" for cell in cells])
    table(["experiment"] + labels(order), rows)


def backends(report):
    measured = [entry for entry in report["experiments"] if entry["total"]]
    for image in dict.fromkeys(entry["image"] for entry in measured):
        found = [entry for entry in measured if entry["image"] == image]
        hello = sorted((entry for entry in found if entry["experiment"] == "hello"), key=lambda entry: entry["total"]["median"])
        order = [(entry["backend"], entry["storage"]) for entry in hello]
        print(f"## {image}\n")
        stages(hello)
        experiments(found, order)
        here = [entry for entry in report["concurrency"] if entry["image"] == image]
        if here:
            counts = sorted({entry["parallel"] for entry in here})
            rate = {(entry["backend"], entry["storage"], entry["parallel"]): entry["runs_per_second"] for entry in here}
            table(["configuration"] + counts, [
                [name] + [f"{rate[*where, count]:.1f}" if rate.get((*where, count)) else "–" for count in counts]
                for name, where in zip(labels(order), order)])
        idle = {(entry["backend"], entry["storage"]): entry["bytes_each"] for entry in report["idle_memory"]
                if entry["image"] == image}
        dense = {(entry["backend"], entry["storage"]): entry for entry in report["density"] if entry["image"] == image}
        if idle or dense:
            table(["configuration", "memory each", "at the same time", "stopped by"], [
                [name, f"{statistics.median(idle[where]) / 2**20:.1f} MiB" if idle.get(where) else "–",
                 dense[where]["reached"] if where in dense else "–", dense[where]["stopped_by"] if where in dense else "–"]
                for name, where in zip(labels(order), order)])


def native(report):
    bare = report["experiments"][0]["total"]["median"]
    table(["what", "median", "p10", "p90", "÷ bare static"], [
        [f"{entry['backend']} {entry['experiment']}", *(time(entry["total"][name]) for name in ("median", "p10", "p90")),
         f"{entry['total']['median'] / bare:.1f}"] for entry in report["experiments"]])
    for rate in report["rates"]:
        print(f"{rate['name']}: {rate['per_second']:.0f} runs/s\n")


def main():
    report = json.load(open(sys.argv[1]))
    machine = report["machine"]
    print(f"{report['created']}, load {machine['load_before']:.1f} before and {machine.get('load_after') or 0:.1f} after\n")
    (backends if report["kind"] == "backends" else native)(report)
    table(["goal", "found", ""], [
        [f"{goal['name']}: {goal['goal']}", goal["found"], "met" if goal["is_met"] else "missed"] for goal in report["targets"]])
    if report.get("overhead"):
        print(f"harness: {time(statistics.median(report['overhead']['samples']))} a run")
    for left in report["skipped"]:
        print(f"left out: {left['experiment']} in {left['backend']} · {left['image']} · {left['storage']}: {left['reason']}")


if __name__ == "__main__":
    main()
