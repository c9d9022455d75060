# Runs the student's program in its own sandbox and judges what it prints. Everything here is out of its reach.
import json
import assay

cases = json.load(open("cases.json"))
results = []
for case in cases:
    run = assay.run(stdin=case["input"] + "\n", cpu=1)
    right = run.ok and run.stdout.decode("utf-8", "replace").split() == [case["expected"]]
    verdict = "accepted" if right else "wrong-answer"
    if run.ending in ("over-cpu-time", "over-wall-time"):
        verdict = "time-limit-exceeded"
    elif not run.ok:
        verdict = "runtime-error"
    results.append({"name": case["name"], "verdict": verdict, "points": 1 if right else 0, "maximum_points": 1,
                    "visibility": "hidden"})

# One conversation, line by line.
try:
    process = assay.start()
    process.stdin.write(b"2 + 3\n")
    process.stdin.flush()
    answered = process.stdout.readline(100).strip() == b"5"
    process.wait()
except OSError:
    answered = False
results.append({"name": "conversation", "verdict": "accepted" if answered else "wrong-answer",
                "points": 1 if answered else 0, "maximum_points": 1})
score = sum(r["points"] for r in results) / len(results)
worst = [r["verdict"] for r in results if r["verdict"] != "accepted"]
assay.report(score, verdict=worst[0] if worst else "accepted", feedback=f"{len(results) - len(worst)} of "
             f"{len(results)} right", tests=results, tags={"conversation": answered}, values={"cases": len(cases)})
