import Core
import Foundation

/// Where this program and the files that come with it lie.
enum Installation {
    /// This executable's directory; the launcher lies beside it.
    static let executableDirectory = (executablePath as NSString).deletingLastPathComponent

    static let executablePath =
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "/usr/bin/assay"

    /// The directory of `Languages/`, `Public/` and `openapi.yaml`: `ASSAY_SHARE`, `../share/assay` of an installed
    /// program, or the checkout that it was built in.
    static let shareDirectory: String? = {
        var candidates: [String] = []
        if let named = ProcessInfo.processInfo.environment["ASSAY_SHARE"] { candidates.append(named) }
        candidates.append(executableDirectory + "/../share/assay")
        var directory = executableDirectory
        while directory != "/", directory.count > 1 {
            directory = (directory as NSString).deletingLastPathComponent
            candidates.append(directory)
        }
        return candidates.first { candidate in
            FileManager.default.fileExists(atPath: candidate + "/openapi.yaml")
                && FileManager.default.fileExists(atPath: candidate + "/Languages")
        }
    }()
}
