import Core
import Foundation

extension GradingScript {
    /// Its files with what says whose submission it is, in the words of the grader's format.
    func files(for submitter: Submitter) -> [SourceFile] {
        switch result {
        case .assay: return files
        case .inginious:
            guard let path = try? RelativePath(Self.aboutPath) else { return files }
            return files + [SourceFile(path: path, text: submitter.inputs)]
        case .gradescope:
            let date = Date.now.formatted(.iso8601)
            let email = submitter.metadata["email"]
            return files.map { file in
                guard file.path.string == Self.metadataPath else { return file }
                // Each is looked for with its field's name: inside a text of a submitter's, quotes are escaped.
                var text = String(decoding: file.contents, as: UTF8.self)
                    .replacing("\"name\": \"student\"", with: "\"name\": \(JSONText.quoted(submitter.name))")
                    .replacing("1970-01-01T00:00:00.000000Z", with: date)
                if let email {
                    text = text.replacing(
                        "\"email\": \"student@example.org\"", with: "\"email\": \(JSONText.quoted(email))")
                }
                text = text.replacing(
                    "\"previous_submissions\": []",
                    with: "\"previous_submissions\": \(submitter.previousSubmissions)")
                return SourceFile(path: file.path, text: text)
            }
        }
    }
}
