print("ho")
