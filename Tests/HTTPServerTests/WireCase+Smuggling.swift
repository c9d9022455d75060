extension WireCase {
    /// What would follow the body if the framing were read the other way.
    private static let hidden = "GET /items/smuggled HTTP/1.1\r\nHost: a\r\n\r\n"

    static let smuggling: [WireCase] = [
        WireCase("CL.CL, different", post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello" + hidden), [400]),
        WireCase("CL.CL, equal", post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello" + hidden), [400]),
        WireCase("CL.CL, as a list of different lengths", post("Content-Length: 5, 6\r\n", "hello" + hidden), [400]),
        WireCase("CL.TE", post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + hidden), [400]),
        WireCase("TE.CL", post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "0\r\n\r\n" + hidden), [400]),
        WireCase(
            "CL of zero with TE", post("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + hidden),
            [400]),
        WireCase(
            "TE.TE, identity behind",
            post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n"), [400]),
        WireCase(
            "TE.TE, chunked twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
            [400]),
        WireCase("TE: chunked, chunked", post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"), [400]),
        WireCase("TE: chunked, gzip", post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n"), [400]),
        WireCase("TE: gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), [501]),
        WireCase("TE: gzip", post("Transfer-Encoding: gzip\r\n", ""), [501]),
        WireCase("TE: identity", post("Transfer-Encoding: identity\r\n", ""), [501]),
        WireCase("TE: nothing", post("Transfer-Encoding:\r\n", "0\r\n\r\n"), [400]),
        WireCase("TE: Chunked, in other case", post("Transfer-Encoding: CHUNKED\r\n", "0\r\n\r\n"), [200]),
        WireCase("TE with a parameter", post("Transfer-Encoding: chunked;q=1\r\n", "0\r\n\r\n"), [501]),
        WireCase("TE in quotes", post("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n"), [501]),
        WireCase("TE: xchunked", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), [501]),
        WireCase("TE with a vertical tab", post("Transfer-Encoding: \u{b}chunked\r\n", "0\r\n\r\n"), [400]),
        WireCase("TE with a zero byte", post("Transfer-Encoding: chunked\u{0}\r\n", "0\r\n\r\n"), [400]),
        WireCase("TE with a no-break space", post("Transfer-Encoding: \u{a0}chunked\r\n", "0\r\n\r\n"), [501]),
        WireCase("TE with space before the colon", post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"), [400]),
        WireCase("TE folded", post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"), [400]),
        WireCase("TE behind a bare line feed", post("X: y\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), [400]),
        WireCase("TE behind a bare carriage return", post("X: y\rTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), [400]),
        WireCase("TE in HTTP/1.0", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", [400]),
        WireCase("CL with space before the colon", post("Content-Length : 5\r\n", "hello"), [400]),
        WireCase("CL folded", post("Content-Length:\r\n 5\r\n", "hello"), [400]),
        WireCase("a name like CL is another field", post("Content_Length: 5\r\n", ""), [200]),
        WireCase(
            "a GET hidden in a GET's body", get("/", "Content-Length: \(hidden.utf8.count)\r\n") + hidden, [200],
            body: "hello"),
        WireCase("nothing is answered after a fault", post("Content-Length: x\r\n", "") + get() + get(), [400]),
    ]

    static let sequences: [WireCase] = [
        WireCase("two in one packet", get() + get("/items/2"), [200, 200], body: "item 2"),
        WireCase("a hundred in one packet", String(repeating: get(), count: 100), Array(repeating: 200, count: 100)),
        WireCase(
            "a flood of ten thousand", String(repeating: get(), count: 10_000), Array(repeating: 200, count: 10_000)),
        WireCase(
            "bodies and chunks in turn",
            String(repeating: post("Content-Length: 2\r\n", "ab") + chunked("2\r\ncd\r\n0\r\n\r\n"), count: 10),
            Array(repeating: 200, count: 20), body: "cd"),
        WireCase("a slow answer keeps its place", get("/slow") + get(), [200, 200], body: "hello"),
        WireCase("a stream keeps its place", get("/stream") + get(), [200, 200], body: "hello"),
        WireCase("a large answer keeps its place", get("/large") + get(), [200, 200], body: "hello"),
        WireCase("a fault behind an answer", get() + "nonsense\r\n\r\n" + get(), [200, 400]),
        WireCase("an empty line between requests", get() + "\r\n" + get(), [200, 200]),
        WireCase("the next request without its end", get() + "GET / HTTP/1.1\r\nHost", [200]),
        WireCase("no content", get("/nothing") + get(), [204, 200], body: "hello"),
        WireCase("no content for HEAD", "HEAD /nothing HTTP/1.1\r\nHost: a\r\n\r\n" + get(), [204, 200]),
        WireCase("wrong method, then right", "DELETE / HTTP/1.1\r\nHost: a\r\n\r\n" + get(), [405, 200]),
        WireCase("a handler cannot split its response", get("/injected") + get(), [200, 200], body: "hello"),
    ]
}
