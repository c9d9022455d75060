import Foundation
import FoundationNetworking
import Testing

extension AssayServer {
    /// An answer with everything that came: tests of other services' interfaces look at header fields too.
    struct Exchange: Sendable {
        let status: Int
        /// By name in lower case.
        let headers: [String: String]
        let bytes: [UInt8]

        var text: String { String(decoding: bytes, as: UTF8.self) }
        /// `null` if it is none.
        var json: JSONValue { (try? JSONDecoder().decode(JSONValue.self, from: Data(bytes))) ?? .null }
        subscript(name: String) -> JSONValue { json[name] }
    }

    private static let session: URLSession = {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpMaximumConnectionsPerHost = 64
        configuration.timeoutIntervalForRequest = 600
        return URLSession(configuration: configuration)
    }()

    func send(
        _ method: String, _ path: String, _ body: JSONValue? = nil, headers: [String: String] = [:]
    ) async throws -> Exchange {
        try await send(
            method, path, text: body.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) },
            headers: headers)
    }

    func send(
        _ method: String, _ path: String, text: String?, headers: [String: String] = [:]
    ) async throws -> Exchange {
        var request = URLRequest(url: try #require(URL(string: url + path)))
        request.httpMethod = method
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        if let text {
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
            request.httpBody = Data(text.utf8)
        }
        let (data, answer) = try await Self.session.data(for: request)
        let response = try #require(answer as? HTTPURLResponse)
        var fields: [String: String] = [:]
        for (name, value) in response.allHeaderFields { fields["\(name)".lowercased()] = "\(value)" }
        return Exchange(status: response.statusCode, headers: fields, bytes: Array(data))
    }
}

extension JSONValue {
    static func whole(_ value: Int) -> JSONValue { .number(Double(value)) }

    /// Names of an object's fields.
    var keys: Set<String> { if case .object(let fields) = self { Set(fields.keys) } else { [] } }
}
