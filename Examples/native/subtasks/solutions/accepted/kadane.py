input()
best = current = None
for number in map(int, input().split()):
    current = number if current is None else max(number, current + number)
    best = current if best is None else max(best, current)
print(best)
