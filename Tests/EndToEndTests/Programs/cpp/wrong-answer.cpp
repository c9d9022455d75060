#include <iostream>

int main() {
    std::cout << "hullo\n";
}
