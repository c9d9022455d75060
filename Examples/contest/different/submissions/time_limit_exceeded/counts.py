import sys
for line in sys.stdin:
    a, b = sorted(map(int, line.split()))
    steps = 0
    while a < b:
        a, steps = a + 1, steps + 1
    print(steps)
