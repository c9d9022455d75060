#include <cstdlib>
#include <iostream>

int main() {
    std::cout << "hello\n";
    std::exit(7);
}
