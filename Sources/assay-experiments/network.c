#include "experiments.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_MS = 5000 };

static struct sockaddr_in loopback(unsigned port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/// Answers one request after the other until it is killed.
static void serve(int listener) {
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello\n";
    for (;;) {
        char request[1024];
        int connection = accept(listener, NULL, NULL);
        if (connection < 0) continue;
        if (read(connection, request, sizeof request) > 0 && write(connection, answer, sizeof answer - 1) > 0)
            shutdown(connection, SHUT_WR);
        close(connection);
    }
}

/// The time until the first answer, from before the server was started.
int serve_once(void) {
    static const char request[] = "GET / HTTP/1.1\r\nHost: sandbox\r\n\r\n";
    uint64_t start = now_ns();
    struct sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0) return failed("socket");
    if (bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 16) != 0) return failed("listen");
    getsockname(listener, (struct sockaddr *)&address, &size);
    pid_t server = fork();
    if (server < 0) return failed("fork");
    if (server == 0) serve(listener);
    int client = socket(AF_INET, SOCK_STREAM, 0);
    char answer[256];
    int result = 0;
    if (connect(client, (struct sockaddr *)&address, size) != 0) result = failed("connect");
    else if (write(client, request, sizeof request - 1) < 0) result = failed("send");
    else if (read(client, answer, sizeof answer) <= 12 || memcmp(answer, "HTTP/1.1 200", 12) != 0) result = failed("answer");
    uint64_t end = now_ns();
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    if (result == 0) printf("response_ms %.6f\n", (double)(end - start) / 1e6);
    return result;
}

static int ascending(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

/// One round trip after the other; `exchange` returns whether the answer came.
static int time_round_trips(const char *kind, long count, int (*exchange)(int, int, uint16_t), int client, int server) {
    uint64_t *times = calloc((size_t)count, sizeof *times);
    if (times == NULL) return failed("memory");
    for (long index = 0; index < count; index++) {
        uint64_t start = now_ns();
        if (!exchange(client, server, (uint16_t)index)) return failed(kind);
        times[index] = now_ns() - start;
    }
    qsort(times, (size_t)count, sizeof *times, ascending);
    printf("kind %s\nresponse_ms %.6f\n", kind, (double)times[count / 2] / 1e6);
    free(times);
    return 0;
}

static int exchange_icmp(int client, int server, uint16_t sequence) {
    (void)server;
    struct icmphdr packet = {.type = ICMP_ECHO, .un.echo.sequence = htons(sequence)};
    char answer[256];
    struct pollfd wait = {.fd = client, .events = POLLIN};
    return send(client, &packet, sizeof packet, 0) > 0 && poll(&wait, 1, PATIENCE_MS) == 1
        && recv(client, answer, sizeof answer, 0) > 0;
}

static int exchange_udp(int client, int server, uint16_t sequence) {
    char bytes[56] = {0};
    struct sockaddr_in from;
    socklen_t size = sizeof from;
    struct pollfd wait = {.fd = server, .events = POLLIN};
    memcpy(bytes, &sequence, sizeof sequence);
    if (send(client, bytes, sizeof bytes, 0) < 0 || poll(&wait, 1, PATIENCE_MS) != 1) return 0;
    if (recvfrom(server, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &size) < 0) return 0;
    wait.fd = client;
    return sendto(server, bytes, sizeof bytes, 0, (struct sockaddr *)&from, size) > 0 && poll(&wait, 1, PATIENCE_MS) == 1
        && recv(client, bytes, sizeof bytes, 0) > 0;
}

/// Echo requests to the sandbox's own loopback interface; where the kernel keeps ICMP to the privileged, datagrams that
/// are sent back.
int ping(long count) {
    struct sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    int client = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
    if (client >= 0 && connect(client, (struct sockaddr *)&address, size) == 0)
        return time_round_trips("icmp", count, exchange_icmp, client, -1);
    client = socket(AF_INET, SOCK_DGRAM, 0);
    int server = socket(AF_INET, SOCK_DGRAM, 0);
    if (client < 0 || server < 0) return failed("socket");
    if (bind(server, (struct sockaddr *)&address, size) != 0) return failed("bind");
    getsockname(server, (struct sockaddr *)&address, &size);
    if (connect(client, (struct sockaddr *)&address, size) != 0) return failed("connect");
    return time_round_trips("udp", count, exchange_udp, client, server);
}
