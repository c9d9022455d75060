printf("hello\n")
