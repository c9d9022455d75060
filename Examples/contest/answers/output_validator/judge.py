import sys
number = int(open(sys.argv[1]).read())
words = sys.stdin.read(1000).split()
sys.exit(42 if len(words) == 1 and words[0].isdigit() and int(words[0]) > number
         and int(words[0]) % number == 0 else 43)
