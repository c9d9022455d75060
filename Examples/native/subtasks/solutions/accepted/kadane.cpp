#include <algorithm>
#include <iostream>

int main() {
    long long n, number, current = 0, best = -1e18;
    std::cin >> n;
    while (n-- > 0 && std::cin >> number) {
        current = std::max(number, current + number);
        best = std::max(best, current);
    }
    std::cout << best << "\n";
}
