# Thinks of a number from 1 to 1000 and answers guesses; ten are enough.
import os, sys
secret = int(open(sys.argv[1]).read())
feedback = sys.argv[3]

def end(code, text):
    with open(os.path.join(feedback, "judgemessage.txt"), "w") as file:
        file.write(text)
    sys.exit(code)

for _ in range(10):
    line = sys.stdin.readline(100)
    if not line.strip().isdigit():
        end(43, f"expected a number, got {line[:40]!r}")
    guess = int(line)
    answer = "higher" if guess < secret else "lower" if guess > secret else "right"
    try:
        print(answer, flush=True)
    except BrokenPipeError:
        end(43, "the program went away")
    if answer == "right":
        end(42, "found")
end(43, "too many guesses")
