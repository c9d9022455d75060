input()
numbers = list(map(int, input().split()))
print(max(sum(numbers[i:j]) for i in range(len(numbers)) for j in range(i + 1, len(numbers) + 1)))
