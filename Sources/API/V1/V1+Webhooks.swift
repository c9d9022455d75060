import Core
import Grading
import HTTPServer
import Storage

/// Webhook deliveries that were given up.
extension V1 {
    func deadDeliveries(_ request: Request, _ principal: Principal) async throws(Refusal) -> Response {
        let query = try QueryParameters(request, allowing: ["limit"])
        let limit = try query.integer("limit", in: 1...Self.largestPage) ?? Self.defaultPage
        do {
            let dead = try await submissions.deadDeliveries(limit: limit)
            return JSON.response(.ok, DeadDeliveriesWire(deliveries: dead.map(DeadDeliveryWire.init)))
        } catch { throw Refusal(error) }
    }

    func retryDeliveries(_ request: Request, _ principal: Principal) async throws(Refusal) -> Response {
        _ = try QueryParameters(request, allowing: [])
        guard let id = SubmissionID(request.parameters["id"] ?? "") else { throw Refusal(.noSuchSubmission) }
        do {
            guard try await submissions.retryDeliveries(of: id) > 0 else {
                throw Refusal(
                    Problem(
                        .notFound, "no-such-delivery", title: "No delivery was given up for this submission"))
            }
            return Response(status: .noContent)
        } catch { throw Refusal(any: error) }
    }
}

struct DeadDeliveriesWire: Sendable, Encodable {
    let deliveries: [DeadDeliveryWire]
}

struct DeadDeliveryWire: Sendable, Encodable {
    let submission: SubmissionID
    let url: String
    let attempts: Int
    let error: String?

    init(_ delivery: WebhookDelivery) {
        submission = delivery.submission
        url = delivery.url
        attempts = delivery.attempt
        error = delivery.lastError
    }
}
