# A byte less is a point more.
import os
import sys

language, entry, feedback, most = sys.argv[1:]
size = sum(os.path.getsize(os.path.join(parent, name)) for parent, _, names in os.walk(".") for name in names)
if language != "python3" or not os.path.exists(entry) or size > int(most):
    with open(feedback + "teammessage.txt", "w") as file:
        file.write(f"{size} bytes are too many")
    sys.exit(43)
with open(feedback + "score.txt", "w") as file:
    file.write(str(int(most) - size))
sys.exit(42)
