import Core
import Foundation

extension GradingScript {
    /// Its files with what says whose submission it is, in the words of the grader's format.
    func files(for owner: Owner) -> [SourceFile] {
        let name = JSONText.quoted(owner.user ?? "student")
        switch result {
        case .assay: return files
        case .inginious:
            let about = "{\"username\":\(name),\"email\":\"\"}"
            return files + [Self.file(Self.aboutPath, about)].compactMap { $0 }
        case .gradescope:
            let date = Date.now.formatted(.iso8601)
            return files.map { file in
                guard file.path.string == Self.metadataPath else { return file }
                let text = String(decoding: file.contents, as: UTF8.self)
                    .replacing("\"name\": \"student\"", with: "\"name\": \(name)")
                    .replacing("1970-01-01T00:00:00.000000Z", with: date)
                return SourceFile(path: file.path, text: text)
            }
        }
    }

    private static func file(_ path: String, _ text: String) -> SourceFile? {
        (try? RelativePath(path)).map { SourceFile(path: $0, text: text) }
    }
}
