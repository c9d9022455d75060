import sys

words = sys.stdin.read(1000).split()
if words != open(sys.argv[2]).read().split():
    sys.exit(43)
if "scored" in sys.argv[4:]:
    with open(sys.argv[3] + "score.txt", "w") as file:
        file.write("1")
sys.exit(42)
