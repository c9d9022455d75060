assert open('/course/common/student/greeting.txt').read() == 'hello\n'
print(2 * int(input()))
