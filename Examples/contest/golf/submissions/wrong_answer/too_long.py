# long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long 
number = int(input())
print(sum(range(number + 1)))
