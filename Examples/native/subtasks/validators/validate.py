import re, sys
text = sys.stdin.read()
match = re.fullmatch(r"([1-9]\d*)\n(-?\d+(?: -?\d+)*)\n", text)
sys.exit(42 if match and int(match[1]) == len(match[2].split()) else 43)
