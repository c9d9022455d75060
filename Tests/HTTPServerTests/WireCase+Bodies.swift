extension WireCase {
    static let lengths: [WireCase] = [
        WireCase("a body", post("Content-Length: 5\r\n", "hello"), [200], body: "hello"),
        WireCase("a body of zero", post("Content-Length: 0\r\n", ""), [200], body: ""),
        WireCase("no body", post("", ""), [200], body: ""),
        WireCase("leading zeros", post("Content-Length: 005\r\n", "hello"), [200], body: "hello"),
        WireCase("a GET with a body", get("/", "Content-Length: 5\r\n") + "hello" + get(), [200, 200]),
        WireCase(
            "a body for a path that is not there", "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab" + get(),
            [404, 200]),
        WireCase("an empty length", post("Content-Length:\r\n", ""), [400]),
        WireCase("a negative length", post("Content-Length: -5\r\n", "hello"), [400]),
        WireCase("a length with a plus", post("Content-Length: +5\r\n", "hello"), [400]),
        WireCase("a hexadecimal length", post("Content-Length: 0x5\r\n", "hello"), [400]),
        WireCase("a length with letters", post("Content-Length: 5a\r\n", "hello"), [400]),
        WireCase("a fractional length", post("Content-Length: 5.0\r\n", "hello"), [400]),
        WireCase("a length with a space", post("Content-Length: 5 5\r\n", "hello"), [400]),
        WireCase("a length in other digits", post("Content-Length: ٥\r\n", "hello"), [400]),
        WireCase("a length as a list", post("Content-Length: 5, 5\r\n", "hello"), [400]),
        WireCase("a length larger than the route takes", post("Content-Length: 1048577\r\n", ""), [413]),
        WireCase("a length larger than an integer", post("Content-Length: 99999999999999999999\r\n", ""), [413]),
        WireCase(
            "a length of many digits", post("Content-Length: " + String(repeating: "9", count: 400) + "\r\n", ""), [413]
        ),
        WireCase("the largest integer", post("Content-Length: 9223372036854775807\r\n", ""), [413]),
        WireCase("one more than the largest integer", post("Content-Length: 9223372036854775808\r\n", ""), [413]),
        WireCase(
            "a route's limit, met", "POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789", [200]),
        WireCase(
            "a route's limit, passed", "POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n01234567890", [413]
        ),
        WireCase("an early end in the body", post("Content-Length: 5\r\n", "hel"), []),
        WireCase("an early end before the body", post("Content-Length: 5\r\n", ""), []),
        WireCase("more than the body is the next request", post("Content-Length: 5\r\n", "hello" + get()), [200, 200]),
        WireCase("more than the body, and nonsense", post("Content-Length: 5\r\n", "hello!!!\r\n"), [200, 400]),
        WireCase(
            "a body in two lengths, HTTP/1.0", "POST /echo HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello", [200],
            body: "hello"),
        WireCase(
            "100-continue with the body at once", post("Expect: 100-continue\r\nContent-Length: 5\r\n", "hello"), [200],
            body: "hello"),
        WireCase(
            "100-continue for too large a body", post("Expect: 100-continue\r\nContent-Length: 9999999\r\n", ""), [413]),
        WireCase(
            "100-continue of HTTP/1.0 is ignored",
            "POST /echo HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello", [200], body: "hello"),
    ]

    static let chunks: [WireCase] = [
        WireCase("one chunk", chunked("5\r\nhello\r\n0\r\n\r\n"), [200], body: "hello"),
        WireCase("two chunks", chunked("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"), [200], body: "hello world"),
        WireCase("no chunk", chunked("0\r\n\r\n"), [200], body: ""),
        WireCase("sizes in upper and lower case", chunked("A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n"), [200]),
        WireCase("size with leading zeros", chunked("005\r\nhello\r\n000\r\n\r\n"), [200], body: "hello"),
        WireCase("an extension", chunked("5;a=b\r\nhello\r\n0;c\r\n\r\n"), [200], body: "hello"),
        WireCase("an extension in quotes", chunked("5;a=\"b;c\"\r\nhello\r\n0\r\n\r\n"), [200], body: "hello"),
        WireCase(
            "an extension that is too long",
            chunked("5;" + String(repeating: "a", count: 300) + "\r\nhello\r\n0\r\n\r\n"), [400]),
        WireCase("an extension with a bare line feed", chunked("5;a\nb\r\nhello\r\n0\r\n\r\n"), [400]),
        WireCase("an extension with a zero byte", chunked("5;a\u{0}\r\nhello\r\n0\r\n\r\n"), [400]),
        WireCase(
            "many small chunks with extensions",
            chunked(
                String(repeating: "1;" + String(repeating: "x", count: 200) + "\r\na\r\n", count: 200) + "0\r\n\r\n"),
            [400]),
        WireCase("many small chunks", chunked(String(repeating: "1\r\na\r\n", count: 2000) + "0\r\n\r\n"), [200]),
        WireCase("trailer fields", chunked("5\r\nhello\r\n0\r\nA: b\r\nC: d\r\n\r\n"), [200], body: "hello"),
        WireCase(
            "trailers do not become headers",
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 9\r\n\r\n"
                + get(), [200, 200]),
        WireCase("a folded trailer", chunked("0\r\nA: b\r\n c\r\n\r\n"), [400]),
        WireCase("a trailer without colon", chunked("0\r\nAb\r\n\r\n"), [400]),
        WireCase("a trailer with space before the colon", chunked("0\r\nA : b\r\n\r\n"), [400]),
        WireCase("a trailer with a bare line feed", chunked("0\r\nA: b\n\r\n"), [400]),
        WireCase("trailers without end", chunked("0\r\n" + String(repeating: "A: b\r\n", count: 10000)), [431]),
        WireCase("a size that is no number", chunked("x\r\nhello\r\n0\r\n\r\n"), [400]),
        WireCase("an empty size", chunked("\r\nhello\r\n0\r\n\r\n"), [400]),
        WireCase("a negative size", chunked("-5\r\nhello\r\n0\r\n\r\n"), [400]),
        WireCase("a size with a plus", chunked("+5\r\nhello\r\n0\r\n\r\n"), [400]),
        WireCase("a size with 0x", chunked("0x5\r\nhello\r\n0\r\n\r\n"), [400]),
        WireCase("space before a size", chunked(" 5\r\nhello\r\n0\r\n\r\n"), [400]),
        WireCase("space after a size", chunked("5 \r\nhello\r\n0\r\n\r\n"), [400]),
        WireCase("a size that overflows", chunked("10000000000000005\r\nhello\r\n0\r\n\r\n"), [400]),
        WireCase("a size of only Fs", chunked("FFFFFFFFFFFFFFFF\r\n"), [400]),
        WireCase(
            "a size larger than the route takes", chunked("7FFFFFFF\r\n" + String(repeating: "a", count: 1 << 20 + 1)),
            [413]),
        WireCase(
            "a route's limit in chunks, met",
            "POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n",
            [200]),
        WireCase(
            "a route's limit in chunks, passed",
            "POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n6\r\n567890\r\n0\r\n\r\n",
            [413]),
        WireCase("bare line feed after a size", chunked("5\nhello\r\n0\r\n\r\n"), [400]),
        WireCase("bare line feed after data", chunked("5\r\nhello\n0\r\n\r\n"), [400]),
        WireCase("data longer than its size", chunked("5\r\nhello!\r\n0\r\n\r\n"), [400]),
        WireCase("data shorter than its size", chunked("6\r\nhello\r\n0\r\n\r\n"), [400]),
        WireCase("no line end after data", chunked("5\r\nhello0\r\n\r\n"), [400]),
        WireCase("bare line feed at the end", chunked("5\r\nhello\r\n0\r\n\n"), [400]),
        WireCase("an early end in a size", chunked("5"), []),
        WireCase("an early end in data", chunked("5\r\nhel"), []),
        WireCase("an early end before the last line end", chunked("5\r\nhello\r\n0\r\n"), []),
        WireCase("a request after the chunks", chunked("5\r\nhello\r\n0\r\n\r\n") + get(), [200, 200], body: "hello"),
    ].map { wireCase in
        guard wireCase.statuses == [200, 200], wireCase.body == "hello" else { return wireCase }
        var wireCase = wireCase
        wireCase.body = nil
        return wireCase
    }
}
