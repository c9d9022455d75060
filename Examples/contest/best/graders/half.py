# Accepts when at least half of the groups are accepted, or gives the first other verdict; the score is the sum.
import sys

assert sys.argv[1:] == ["half"]
results = [line.split() for line in sys.stdin]
others = [verdict for verdict, _ in results if verdict != "AC"]
print("AC" if 2 * len(others) <= len(results) else others[0], sum(float(score) for _, score in results))
