text = 'x' * 500_000_000
print(len(text))
