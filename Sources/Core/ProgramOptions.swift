/// How one submission's program is built and started, where that differs from its language's own way. A front-end that
/// lets its users choose compiler flags says so here; the language file says where in its commands they go.
package struct ProgramOptions: Sendable, Hashable, Codable {
    /// In place of the language's `compilerOptions`; `nil` keeps those.
    package var compiler: [String]?
    /// In place of the language's `linkerOptions`; `nil` keeps those.
    package var linker: [String]?
    /// In place of the language's `interpreterOptions`; `nil` keeps those.
    package var interpreter: [String]?
    /// What the program starts from, for a language that runs a class or module rather than a file; `nil` takes the
    /// entry file's name without its ending.
    package var main: String?
    /// Whether only the entry file is compiled, though other files lie beside it that look like sources: they may be
    /// meant for inclusion.
    package var compilesEntryOnly: Bool
    /// Whether standard error goes where standard output goes.
    package var joinsErrorOutput: Bool

    package init(
        compiler: [String]? = nil, linker: [String]? = nil, interpreter: [String]? = nil, main: String? = nil,
        compilesEntryOnly: Bool = false, joinsErrorOutput: Bool = false
    ) {
        self.compiler = compiler
        self.linker = linker
        self.interpreter = interpreter
        self.main = main
        self.compilesEntryOnly = compilesEntryOnly
        self.joinsErrorOutput = joinsErrorOutput
    }
}

/// What a front-end needs to answer for a submission in its own terms later. Nobody else reads it.
package struct FrontEndNotes: Sendable, Hashable, Codable {
    /// The front-end that took the submission; it alone understands `content`.
    package var frontEnd: String
    package var content: [UInt8]

    package init(frontEnd: String, content: [UInt8]) {
        self.frontEnd = frontEnd
        self.content = content
    }
}
