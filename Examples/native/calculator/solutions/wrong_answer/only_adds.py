import sys
for line in sys.stdin:
    left, _, right = line.split()
    print(int(left) + int(right), flush=True)
