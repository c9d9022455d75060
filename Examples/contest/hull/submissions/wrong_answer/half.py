print(int(input()) / 2 + 100)
