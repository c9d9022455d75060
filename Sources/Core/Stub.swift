extension Language {
    package func expand(_ command: [String], entry: RelativePath, files: [RelativePath], limits: Limits) -> [String] {
        command
    }
}
