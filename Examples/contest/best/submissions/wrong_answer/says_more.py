print(int(input()) ** 2, "certainly")
