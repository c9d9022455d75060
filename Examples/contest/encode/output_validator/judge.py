# First pass: the program encodes a number as a line of a and b. Second pass, in a sandbox that knows nothing of the
# first: it decodes that.
import os, re, sys
feedback = sys.argv[3]
number = open(sys.argv[2]).read().strip()
kept = os.path.join(feedback, "encoded.txt")

def end(code, text):
    with open(os.path.join(feedback, "judgemessage.txt"), "a") as file:
        file.write(text + "\n")
    sys.exit(code)

output = sys.stdin.read(10000).strip()
if not os.path.exists(kept):
    if not re.fullmatch(r"[ab]{1,200}", output):
        end(43, "the code is not of a and b alone")
    with open(kept, "w") as file:
        file.write(output)
    with open(os.path.join(feedback, "nextpass.in"), "w") as file:
        file.write(f"decode\n{output}\n")
    end(42, "encoded")
end(42 if output == number else 43, f"decoded as {output[:40]!r}")
