import re, sys
sys.exit(42 if re.fullmatch(r"encode\n\d+\n", sys.stdin.read()) else 43)
