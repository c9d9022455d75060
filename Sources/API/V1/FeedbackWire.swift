import Core
import Foundation

struct GroupResultWire: Sendable, Encodable {
    let result: GroupResult

    private enum CodingKeys: String, CodingKey {
        case name, verdict, points, visibility
        case maximumPoints = "maximum_points"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(result.name, forKey: .name)
        try container.encode(result.verdict, forKey: .verdict)
        try container.encode(result.points, forKey: .points)
        try container.encode(result.maximumPoints, forKey: .maximumPoints)
        try container.encode(result.visibility, forKey: .visibility)
    }
}

/// What a grader said. Its own values are texts that hold JSON, for they may be anything.
struct FeedbackWire: Sendable, Encodable {
    let text: String?
    let format: String
    let problems: [String: Problem]
    let tags: [String: Bool]
    let values: [String: String]
    let state: String?
    let output: String?
    let privateValues: [String: String]?
    let artefacts: [Artefact]

    private enum CodingKeys: String, CodingKey {
        case text, format, problems, tags, values, state, output, artefacts
        case privateValues = "private_values"
    }

    struct Problem: Sendable, Encodable {
        let accepted: Bool
        let result: String
        let text: String
    }

    struct Artefact: Sendable, Encodable {
        let path: String
        let base64: String
    }

    init(_ feedback: GraderFeedback) {
        text = feedback.text
        format = feedback.format.rawValue
        problems = feedback.problems.mapValues { Problem(accepted: $0.isAccepted, result: $0.result, text: $0.text) }
        tags = feedback.tags
        values = feedback.values
        state = feedback.state
        output = feedback.output
        privateValues = feedback.privateValues
        artefacts = feedback.artefacts.map {
            Artefact(path: $0.path.string, base64: Data($0.contents).base64EncodedString())
        }
    }
}
