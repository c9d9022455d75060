# The numbers are what setup.sh left; the package that it installed is there for the student's program too.
import json
import assay
import teachers_numbers

with open("/autograder/submission/double.py", "rb") as file:
    program = file.read()
with open("/autograder/numbers.txt") as file:
    numbers = [int(word) for word in file.read().split()]
assert numbers == teachers_numbers.numbers()
tests = []
for number in numbers:
    run = assay.run(command=["python3", "double.py"], files={"double.py": program}, stdin=f"{number}\n", cpu=1, wall=3)
    right = run.ok and run.stdout.split() == [str(2 * number).encode()]
    tests.append({"name": f"double of {number}", "score": 1 if right else 0, "max_score": 1})
with open("/autograder/results/results.json", "w") as file:
    json.dump({"tests": tests}, file)
