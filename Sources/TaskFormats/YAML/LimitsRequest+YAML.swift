import Core

extension LimitsRequest {
    /// Reads the fields of `limits:`, times and sizes with their units.
    init(_ value: YAMLValue) throws(TaskFormatError) {
        self.init()
        var fields = try value.fields()
        func time(_ name: String) throws(TaskFormatError) -> Duration? {
            guard let field = fields.take(name) else { return nil }
            let time = try field.duration()
            guard time > .zero else { throw field.error("must be greater than zero") }
            return time
        }
        func size(_ name: String) throws(TaskFormatError) -> Int? { try fields.take(name)?.bytes() }
        func count(_ name: String) throws(TaskFormatError) -> Int? {
            guard let field = fields.take(name) else { return nil }
            let count = try field.integer()
            guard count > 0 else { throw field.error("must be greater than zero") }
            return count
        }
        cpuTime = try time("cpu")
        wallTime = try time("wall")
        memory = try size("memory")
        addressSpace = try size("address_space")
        stack = try size("stack")
        processes = try count("processes")
        openFiles = try count("open_files")
        fileSize = try size("file_size")
        workSize = try size("work_size")
        workFiles = try count("work_files")
        output = try size("output")
        cpus = try count("cpus")
        try fields.finish()
    }
}
