/// A programming language as an operator describes it in a file of `Languages/`.
package struct Language: Sendable, Hashable, Codable {
    /// How requests name it: lower case (`cpp`).
    package var name: String
    /// How people read it (`C++`).
    package var title: String
    /// Other names that requests may use.
    package var aliases: [String]
    /// File-name endings by which `assay run` recognises it, without the dot.
    package var extensions: [String]
    /// The source file's name when a submission has just one or names no other.
    package var entryFile: RelativePath
    /// Prints the version; the language is available when this succeeds in a sandbox.
    package var versionCommand: [String]
    /// Finds the version in what `versionCommand` printed: the first group of this expression.
    package var versionPattern: String
    /// The Debian package that provides it.
    package var package: String
    /// Compiles, or only looks for syntax errors; `nil` for a language that does neither. A template for `expand`.
    package var compile: [String]?
    /// Runs the program. A template for `expand`; the submission's arguments follow it.
    package var run: [String]
    /// What stands for `{compiler_options}` in `compile`, unless a submission brings its own.
    package var compilerOptions: [String]
    /// What stands for `{linker_options}` in `compile`, unless a submission brings its own.
    package var linkerOptions: [String]
    /// What stands for `{interpreter_options}` in `run`, unless a submission brings its own.
    package var interpreterOptions: [String]
    /// How the program ends when its runtime, not the kernel, found that memory was used up.
    package var outOfMemory: OutOfMemorySign?
    /// Environment of both, on top of `Command.defaultEnvironment`.
    package var environment: [String: String]
    /// What the program gets by default, on top of `Limits.default`.
    package var limits: LimitsRequest
    /// What the compiler gets, on top of `Language.compileLimits`.
    package var compileLimits: LimitsRequest
    /// How its runtime is started before there is a program for it; `nil` for a language where that is not worth it.
    package var warm: WarmPreparation?
    /// The same of its compiler.
    package var warmCompiler: WarmPreparation?
    /// What its compiler and programs run in; `nil` is the configuration's.
    package var sandbox: SandboxChoice?
    /// What its compiler and its programs find as their root; `nil` is the configuration's.
    package var image: ImageReference?

    package init(
        name: String, title: String, aliases: [String] = [], extensions: [String], entryFile: RelativePath,
        versionCommand: [String], versionPattern: String = "([0-9]+(\\.[0-9]+)*)", package: String,
        compile: [String]? = nil, run: [String], compilerOptions: [String] = [], linkerOptions: [String] = [],
        interpreterOptions: [String] = [], outOfMemory: OutOfMemorySign? = nil, environment: [String: String] = [:],
        limits: LimitsRequest = LimitsRequest(), compileLimits: LimitsRequest = LimitsRequest(),
        image: ImageReference? = nil, sandbox: SandboxChoice? = nil, warm: WarmPreparation? = nil,
        warmCompiler: WarmPreparation? = nil
    ) {
        self.name = name
        self.title = title
        self.aliases = aliases
        self.extensions = extensions
        self.entryFile = entryFile
        self.versionCommand = versionCommand
        self.versionPattern = versionPattern
        self.package = package
        self.compile = compile
        self.run = run
        self.outOfMemory = outOfMemory
        self.compilerOptions = compilerOptions
        self.linkerOptions = linkerOptions
        self.interpreterOptions = interpreterOptions
        self.environment = environment
        self.limits = limits
        self.compileLimits = compileLimits
        self.sandbox = sandbox
        self.image = image
        self.warm = warm
        self.warmCompiler = warmCompiler
    }

    /// A compiler's limits when its language file says nothing.
    package static let compileLimits = Limits(
        cpuTime: .seconds(30), wallTime: .seconds(60), memory: 1 << 30, stack: 256 << 20, processes: 256,
        openFiles: 1024, fileSize: 256 << 20, workSize: 512 << 20, workFiles: 20_000, output: 256 << 10)
}
