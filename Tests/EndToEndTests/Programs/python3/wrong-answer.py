print("hullo")
