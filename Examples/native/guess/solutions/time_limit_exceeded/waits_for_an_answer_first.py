# Both sides wait for each other: only the clock ends that.
print(input())
