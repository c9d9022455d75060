/// What a group of tests came to.
package struct GroupResult: Sendable, Hashable, Codable {
    package var name: String
    package var verdict: Verdict
    package var points: Double
    package var maximumPoints: Double
    package var visibility: TestVisibility

    package init(
        name: String, verdict: Verdict, points: Double, maximumPoints: Double, visibility: TestVisibility = .hidden
    ) {
        self.name = name
        self.verdict = verdict
        self.points = points
        self.maximumPoints = maximumPoints
        self.visibility = visibility
    }
}

/// What a grader says beyond verdict and score.
package struct GraderFeedback: Sendable, Hashable, Codable {
    package var text: String?
    package var format: Format
    /// By the id of a part of the task.
    package var problems: [String: Problem]
    package var tags: [String: Bool]
    /// Values of the grader's own, each as JSON.
    package var values: [String: String]
    /// Kept for the student's next submission.
    package var state: String?
    /// Files to download.
    package var artefacts: [SourceFile]
    /// What the grader printed, where students may see it.
    package var output: String?
    /// Values for teachers, each as JSON.
    package var privateValues: [String: String]?
    /// The result as the grader wrote it, for its later runs. Shown to nobody.
    package var original: String?

    package enum Format: String, Sendable, Hashable, Codable {
        case text, html, markdown, restructuredText = "rst", ansi
    }

    package struct Problem: Sendable, Hashable, Codable {
        package var isAccepted: Bool
        /// The grader's own word for it.
        package var result: String
        package var text: String

        package init(isAccepted: Bool, result: String, text: String) {
            self.isAccepted = isAccepted
            self.result = result
            self.text = text
        }
    }

    package init(
        text: String? = nil, format: Format = .text, problems: [String: Problem] = [:], tags: [String: Bool] = [:],
        values: [String: String] = [:], state: String? = nil, artefacts: [SourceFile] = []
    ) {
        self.text = text
        self.format = format
        self.problems = problems
        self.tags = tags
        self.values = values
        self.state = state
        self.artefacts = artefacts
    }
}
