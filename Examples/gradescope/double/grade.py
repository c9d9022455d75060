# The student's program runs in a sandbox of its own, where none of this is.
import json
import assay

with open("/autograder/submission/double.py", "rb") as file:
    program = file.read()
tests = []
for number in (4, 0, -3):
    run = assay.run(command=["python3", "double.py"], files={"double.py": program}, stdin=f"{number}\n", cpu=1, wall=3)
    right = run.ok and run.stdout.split() == [str(2 * number).encode()]
    tests.append({
        "name": f"double of {number}", "number": f"{len(tests) + 1}", "score": 2 if right else 0, "max_score": 2,
        "status": "passed" if right else "failed", "output": run.ending if not run.ok else "",
        "visibility": "hidden" if number < 0 else "visible", "tags": ["numbers"], "extra_data": {"cpu": run.cpu}})
with open("/autograder/results/results.json", "w") as file:
    json.dump({"tests": tests, "output": "graded", "output_format": "md", "visibility": "visible",
               "stdout_visibility": "hidden", "execution_time": 1.0,
               "leaderboard": [{"name": "right", "value": sum(t["score"] for t in tests), "order": "desc"}]}, file)
