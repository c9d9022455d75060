package import Core

/// What every grader finds in its work directory: the module by which it runs the student's program.
package enum GraderSupport {
    /// Where it lies.
    static let directory = ".assay/lib"

    package static let files = [file("\(directory)/assay.py", PackageResources.assay_py)]

    package static let environment = ["PYTHONPATH": "/work/\(directory)"]

    /// The commands of INGInious graders, as programs and as modules.
    static let inginiousFiles: [SourceFile] = {
        var files = GraderSupport.files
        files.append(file("\(directory)/assay_inginious.py", PackageResources.inginious_py))
        for command in commands {
            let script = "#!/bin/sh\nexec /usr/bin/python3 /work/\(directory)/assay_inginious.py \(command) \"$@\"\n"
            files.append(file(".assay/bin/\(command)", Array(script.utf8), isExecutable: true))
        }
        let everything = Array("from assay_inginious import *\n".utf8)
        // The modules last: one of them has the name of a function.
        let names = ["feedback", "input", "lang", "rst", "run_student"]
        let modules = names.map { "import inginious.\($0)\n" }.joined()
        let package = everything + Array(modules.utf8)
        files.append(file("\(directory)/inginious/__init__.py", package))
        for module in names {
            files.append(file("\(directory)/inginious/\(module).py", everything))
        }
        return files
    }()

    static let inginiousEnvironment = [
        "PYTHONPATH": "/work/\(directory)", "PATH": "/work/.assay/bin:/usr/local/bin:/usr/bin:/bin",
    ]

    private static let commands = [
        "feedback-result", "feedback-grade", "feedback-msg", "feedback-msg-tpl", "feedback-custom", "feedback-state",
        "tag", "tag-set", "getinput", "parsetemplate", "rst-code", "rst-image", "rst-msgblock", "rst-indent", "archive",
        "run_student",
    ]

    static func file(_ path: String, _ contents: [UInt8], isExecutable: Bool = false) -> SourceFile {
        // The paths are our own and sound.
        SourceFile(path: try! RelativePath(path), contents: contents, isExecutable: isExecutable)
    }
}
