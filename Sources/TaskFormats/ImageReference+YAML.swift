import Core

extension ImageReference {
    /// Reads `image: host`, `image: dir:/path` or `image: NAME`.
    init(_ value: YAMLValue) throws(TaskFormatError) {
        guard let reference = ImageReference(try value.text()) else {
            throw value.error("expected host, dir:/path or an image's name")
        }
        self = reference
    }
}
