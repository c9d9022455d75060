import ArgumentParser
import Core
import Foundation
import Grading
import TaskFormats

/// Tasks that commands read from this machine's disk.
enum LocalTask {
    static func load(_ path: String) throws -> TaskPackage {
        do {
            let name = URL(fileURLWithPath: path).lastPathComponent
            return try TaskPackage.load(FileTree(path: path), name: name)
        } catch let error as TaskFormatError {
            throw Failure(description: error.description)
        } catch let error as ArchiveError {
            throw Failure(description: "\(path): \(error)")
        }
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The languages that `packages` and their programs need.
    static func languages(of packages: [TaskPackage], _ configuration: Configuration) throws -> [Language] {
        var names: Set<String> = []
        for package in packages {
            names.formUnion(package.solutions.compactMap(\.language))
            names.formUnion(package.inputValidators.map(\.language))
            guard case .plan(let plan) = package.task.judging else { continue }
            names.formUnion(plan.programs.map(\.language))
        }
        return try Node.languages(of: configuration).filter { language in
            names.contains(language.name) || language.aliases.contains(where: names.contains)
        }
    }
}
