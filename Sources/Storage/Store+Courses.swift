import Core

extension Store {
    /// Weights that a course can have.
    package static let courseWeights = 1...1000

    /// Gives a course `weight` times the share of one with weight 1, which every course has at first. Values outside
    /// `courseWeights` become the nearest inside.
    package func setWeight(_ weight: Int, of course: String) async throws(StorageError) {
        let weight = min(max(weight, Self.courseWeights.lowerBound), Self.courseWeights.upperBound)
        try await database.write { (connection) throws(StorageError) -> Void in
            try connection.run(
                """
                INSERT INTO courses (course, weight) VALUES (\(course), \(weight))
                ON CONFLICT (course) DO UPDATE SET weight = excluded.weight
                """)
        }
    }
}
