import HTTPServer

/// What lets pages of other origins call an interface whose clients run in browsers. Credentials go in fields of their
/// own, never in cookies, so a page can do with it only what its user gave it a token for.
enum CrossOrigin {
    /// The answer to a preflight request.
    static func preflight(methods: String, fields: String) -> Response {
        Response(
            status: .noContent,
            headers: [
                "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": methods,
                "Access-Control-Allow-Headers": fields, "Access-Control-Max-Age": "3600",
            ])
    }

    static func allowing(_ response: Response) -> Response {
        var response = response
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response
    }
}
