package import Core

/// Which images there are, and who may name which.
package struct ImagePolicy: Sendable {
    /// Where images that have a name lie.
    package var directory: String
    /// For programs of languages whose files name no image.
    package var standard: ImageReference

    package init(directory: String = "", standard: ImageReference = .host) {
        self.directory = directory
        self.standard = standard
    }

    /// A language file is the operator's: it may name any directory.
    package func image(of language: Language) -> SandboxImage {
        (language.image ?? standard).image(in: directory)
    }

    /// Of programs whose language is not known.
    var standardImage: SandboxImage { standard.image(in: directory) }

    /// A task may be anybody's: it may only name images of the service, or every file of the host could be read.
    func image(of task: ImageReference) throws(SubmissionProblem) -> SandboxImage {
        let image = task.image(in: directory)
        guard case .directory(let path) = image else { return image }
        guard !directory.isEmpty, path.hasPrefix(directory + "/") else {
            throw SubmissionProblem(.task, "the task's image \(task) is none of those that this service keeps")
        }
        return image
    }
}
