if input() == "encode":
    print("ab")
else:
    print(5)
