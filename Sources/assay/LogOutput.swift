import Logging

/// Log messages go to standard error, one line each.
enum LogOutput {
    static func logger(_ level: Logger.Level) -> Logger {
        var logger = Logger(label: "assay") { label in StreamLogHandler.standardError(label: label) }
        logger.logLevel = level
        return logger
    }
}
