#include <iostream>

int main() {
    std::string text = 7;
    std::cout << txt;
}
