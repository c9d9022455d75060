def numbers():
    return [4, 0, -3]
