import sys

text = sys.stdin.read().strip()
most = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
sys.exit(42 if text.isdigit() and 1 <= int(text) <= most else 43)
