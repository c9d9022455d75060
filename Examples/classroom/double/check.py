import subprocess, sys
run = subprocess.run([sys.executable, "double.py"], input="100\n", capture_output=True, text=True, timeout=2)
sys.exit(0 if run.stdout.split() == ["200"] else 1)
