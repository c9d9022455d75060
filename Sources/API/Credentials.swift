import HTTPServer

extension Request {
    /// This request with the token of the field `name` as its bearer token, unless it brings one already. Dialects that
    /// carry tokens in fields of their own pass through here, so that what follows knows one kind of credentials.
    func presenting(tokenIn name: String) -> Request {
        guard headers["Authorization"] == nil, let token = headers[name], !token.isEmpty else { return self }
        var request = self
        request.headers["Authorization"] = "Bearer \(token)"
        return request
    }
}
