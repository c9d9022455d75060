import re, sys
for line in sys.stdin:
    if not re.fullmatch(r"\d{1,16} \d{1,16}\n", line):
        sys.exit(43)
sys.exit(42)
