import sys
for line in sys.stdin:
    left, operator, right = line.split()
    left, right = int(left), int(right)
    print({"+": left + right, "-": left - right, "*": left * right}[operator], flush=True)
