# Accepts any divisor but 1 and the number itself: one of many right answers.
import os, sys
number = int(open(sys.argv[1]).read())
feedback = sys.argv[3]

def end(code, text):
    with open(os.path.join(feedback, "teammessage.txt"), "w") as file:
        file.write(text)
    sys.exit(code)

# Only so much is read: a program may print without end.
words = sys.stdin.read(1000).split()
if len(words) != 1 or not words[0].isdigit() or len(words[0]) > 20:
    end(43, "print one number")
divisor = int(words[0])
if 1 < divisor < number and number % divisor == 0:
    end(42, f"{divisor} divides {number}")
end(43, f"{divisor} is no divisor of {number} that counts")
