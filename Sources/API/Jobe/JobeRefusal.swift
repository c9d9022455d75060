import HTTPServer

/// An error answer as Jobe gives it: the message alone, as a JSON string.
struct JobeRefusal: DialectRefusal, Sendable, Equatable {
    let status: Status
    let message: String
    var headers: Headers = [:]

    init(_ status: Status, _ message: String) {
        self.status = status
        self.message = message
    }

    var response: Response { JSON.response(status, message) }
}
