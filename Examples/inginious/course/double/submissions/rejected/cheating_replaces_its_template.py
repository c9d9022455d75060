# What it leaves in the shared directory is run again as a student's program, never as the grader's.
import os
for name in ("template.py", "program.py", "../run", "../tests.txt", "honest.txt"):
    try:
        with open(name, "w") as file:
            file.write("import os; os._exit(0)")
    except OSError:
        pass
for name in ("link", "tests.txt"):
    try:
        os.symlink("/task/tests.txt", name)
    except OSError:
        pass
print("6")
