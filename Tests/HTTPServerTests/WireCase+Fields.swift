extension WireCase {
    static let fields: [WireCase] = [
        WireCase("no Host", "GET / HTTP/1.1\r\n\r\n", [400]),
        WireCase("two Hosts", get("/", "Host: b\r\n"), [400]),
        WireCase("two equal Hosts", get("/", "Host: a\r\n"), [400]),
        WireCase("empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", [200]),
        WireCase("Host with port", "GET / HTTP/1.1\r\nHost: a.example:8080\r\n\r\n", [200]),
        WireCase("Host in brackets", "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", [200]),
        WireCase("Host with an open bracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", [400]),
        WireCase("Host with a space", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", [400]),
        WireCase("Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", [400]),
        WireCase("Host with a user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", [400]),
        WireCase("Host with a port of letters", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", [400]),
        WireCase("Host as a list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", [400]),
        WireCase("a name in other case", "GET / HTTP/1.1\r\nhOST: a\r\n\r\n", [200]),
        WireCase("no space after the colon", get("/header", "X-Test:a\r\n"), [200], body: "a"),
        WireCase("white space around the value", get("/header", "X-Test: \t a b \t\r\n"), [200], body: "a b"),
        WireCase("an empty value", get("/header", "X-Test:\r\n"), [200], body: ""),
        WireCase("a value of spaces", get("/header", "X-Test:    \r\n"), [200], body: ""),
        WireCase("the same name twice", get("/header", "X-Test: a\r\nx-test: b\r\n"), [200], body: "a|b"),
        WireCase("a colon in the value", get("/header", "X-Test: a:b\r\n"), [200], body: "a:b"),
        WireCase("UTF-8 in the value", get("/header", "X-Test: é\r\n"), [200], body: "é"),
        WireCase("space before the colon", get("/", "X-Test : a\r\n"), [400]),
        WireCase("tab before the colon", get("/", "X-Test\t: a\r\n"), [400]),
        WireCase("space before the name", get("/", " X-Test: a\r\n"), [400]),
        WireCase("a folded value", get("/", "X-Test: a\r\n b\r\n"), [400]),
        WireCase("a folded value, with a tab", get("/", "X-Test: a\r\n\tb\r\n"), [400]),
        WireCase("a folded first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", [400]),
        WireCase("a line of white space", get("/", " \r\n"), [400]),
        WireCase("no colon", get("/", "X-Test\r\n"), [400]),
        WireCase("no name", get("/", ": a\r\n"), [400]),
        WireCase("a name with a space", get("/", "X Test: a\r\n"), [400]),
        WireCase("a name with a quote", get("/", "X\"Test: a\r\n"), [400]),
        WireCase("a name with parentheses", get("/", "X(Test): a\r\n"), [400]),
        WireCase("a name that is not ASCII", get("/", "É: a\r\n"), [400]),
        WireCase("a zero byte in a name", get("/", "X\u{0}: a\r\n"), [400]),
        WireCase("a zero byte in a value", get("/", "X-Test: a\u{0}b\r\n"), [400]),
        WireCase("an escape in a value", get("/", "X-Test: a\u{1b}b\r\n"), [400]),
        WireCase("a delete in a value", get("/", "X-Test: a\u{7f}b\r\n"), [400]),
        WireCase("a carriage return in a value", get("/", "X-Test: a\rb\r\n"), [400]),
        WireCase("a bare line feed after a value", get("/", "X-Test: a\nX-Other: b\r\n"), [400]),
        WireCase("a bare line feed at the end", "GET / HTTP/1.1\r\nHost: a\r\n\n", [400]),
        WireCase("as many fields as allowed", get("/", String(repeating: "A: b\r\n", count: 99)), [200]),
        WireCase("one field more than allowed", get("/", String(repeating: "A: b\r\n", count: 100)), [431]),
        WireCase("many fields", get("/", String(repeating: "A: b\r\n", count: 5000)), [431]),
        WireCase("header bytes at their limit", get("/", padding(to: 32 << 10)), [200]),
        WireCase("header bytes over their limit", get("/", padding(to: 32 << 10 + 1)), [431]),
        WireCase("a value without end", "GET / HTTP/1.1\r\nA: " + String(repeating: "a", count: 200_000), [431]),
        WireCase("a name without end", "GET / HTTP/1.1\r\n" + String(repeating: "a", count: 200_000), [431]),
        WireCase(
            "a value of white space without end", "GET / HTTP/1.1\r\nA:" + String(repeating: " ", count: 200_000), [431]
        ),
        WireCase("an early end in a field", "GET / HTTP/1.1\r\nHost: a\r\nX-Te", []),
        WireCase("another expectation", get("/", "Expect: 200-ok\r\n"), [417]),
        WireCase("100-continue without a body", get("/", "Expect: 100-continue\r\n"), [200]),
        WireCase("Connection: close", get("/", "Connection: close\r\n") + get(), [200]),
        WireCase("Connection: Close, in other case", get("/", "Connection: CLOSE\r\n") + get(), [200]),
        WireCase("close in a list", get("/", "Connection: x, close\r\n") + get(), [200]),
        WireCase("close and keep-alive", get("/", "Connection: keep-alive, close\r\n") + get(), [200]),
        WireCase(
            "an upgrade is not taken up", get("/", "Connection: Upgrade\r\nUpgrade: h2c\r\n") + get(), [200, 200]),
        WireCase("HTTP/1.0 closes", "GET / HTTP/1.0\r\n\r\nGET / HTTP/1.0\r\n\r\n", [200]),
        WireCase(
            "HTTP/1.0 with keep-alive", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n",
            [200, 200]),
    ]

    /// Fields that fill the header to so many bytes, with Host and the last line end.
    private static func padding(to bytes: Int) -> String {
        let frame = "Host: a\r\nA: \r\n\r\n".utf8.count
        return "A: " + String(repeating: "b", count: bytes - frame) + "\r\n"
    }
}
