import Core

extension Store {
    /// Weights that a course can have.
    package static let courseWeights = 1...1000

    /// Gives a course `weight` times the share of one with weight 1, which every course has at first. Values outside
    /// `courseWeights` become the nearest inside.
    package func setWeight(_ weight: Int, of course: String) async throws(StorageError) {
        try await database.write { (connection) throws(StorageError) -> Void in
            try Self.setWeight(weight, of: course, with: connection)
        }
    }

    /// Gives each course of `weights` its weight, and every other course the weight 1.
    package func replaceWeights(_ weights: [String: Int]) async throws(StorageError) {
        try await database.write { (connection) throws(StorageError) -> Void in
            try connection.run("DELETE FROM courses")
            for (course, weight) in weights.sorted(by: { $0.key < $1.key }) {
                try Self.setWeight(weight, of: course, with: connection)
            }
        }
    }

    private static func setWeight(
        _ weight: Int, of course: String, with connection: any Connection
    ) throws(StorageError) {
        let weight = min(max(weight, courseWeights.lowerBound), courseWeights.upperBound)
        try connection.run(
            """
            INSERT INTO courses (course, weight) VALUES (\(course), \(weight))
            ON CONFLICT (course) DO UPDATE SET weight = excluded.weight
            """)
    }
}
