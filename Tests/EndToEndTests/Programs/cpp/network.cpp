#include <arpa/inet.h>
#include <iostream>
#include <string>
#include <sys/socket.h>

int main(int, char **argv) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(std::stoi(argv[1]));
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    bool connected =
        descriptor >= 0 && connect(descriptor, reinterpret_cast<sockaddr *>(&address), sizeof address) == 0;
    std::cout << (connected ? "connected" : "refused") << "\n";
}
