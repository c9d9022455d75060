import Core
import HTTPServer

/// An error answer of an interface that is another service's.
protocol DialectRefusal: Error {
    init(_ status: Status, _ message: String)

    var response: Response { get }

    /// What else the answer says, such as when to ask again.
    var headers: Headers { get set }
}

extension Access {
    /// Answers a request of such an interface from those who have one of `roles`. It may be called from pages of other
    /// origins, so every answer may be read by them.
    func answer<Fault: DialectRefusal>(
        _ request: Request, _ roles: [Role],
        _ handler: (Request, Principal) async throws(Fault) -> Response
    ) async -> Response {
        do throws(Fault) {
            let principal: Principal
            do throws(Refusal) { principal = try await self.principal(of: request, any: roles) } catch {
                var fault = Fault(Status(error.problem.status), error.problem.detail ?? error.problem.title)
                fault.headers = error.headers
                throw fault
            }
            return CrossOrigin.allowing(try await handler(request, principal))
        } catch {
            var response = error.response
            for field in error.headers.fields { response.headers[field.name] = field.value }
            return CrossOrigin.allowing(response)
        }
    }
}
