#!/usr/bin/python3
import os
from inginious import feedback, input, rst, run_student

with open("student/answer.py", "wb") as file:
    file.write(input.get_input("answer:value"))
right = 0
lines = ["abc", "", "assay"]
for line in lines:
    output, errors, code = run_student.run_student_simple("python3 answer.py", line + "\n", time_limit=1, hard_time_limit=10)
    if code == 253:
        feedback.set_global_result("timeout")
        raise SystemExit
    right += code == 0 and output.rstrip("\n") == line[::-1]
feedback.set_grade(100 * right / len(lines))
feedback.set_global_result("success" if right == len(lines) else "failed")
feedback.set_global_feedback(rst.get_codeblock("text", f"{right} of {len(lines)}"))
feedback.set_tag("all", right == len(lines))
os.makedirs("archive", exist_ok=True)
with open("archive/log.txt", "w") as file:
    file.write(f"{right}\n")
from inginious import archive
archive("archive")
