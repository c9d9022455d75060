import sys

number = int(sys.stdin.read())
low, high = map(int, sys.argv[1:3]) if len(sys.argv) > 2 else (0, 10)
sys.exit(42 if low <= number <= high else 43)
