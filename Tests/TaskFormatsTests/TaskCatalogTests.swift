import Foundation
import TaskFormats
import Testing

@Suite struct TaskCatalogTests {
    func makeTask(_ path: String, _ yaml: String) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try yaml.write(toFile: path + "/task.yaml", atomically: false, encoding: .utf8)
    }

    @Test func oneBrokenTaskKeepsNoOtherOut() throws {
        try withTemporaryDirectory { directory in
            try makeTask(directory + "/sum", "{title: Sum, tests: [{}]}")
            try makeTask(directory + "/hello.2", "{title: Hello, tests: [{}, {}]}")
            try makeTask(directory + "/broken", "{title: Broken}")
            try makeTask(directory + "/two words", "{title: Two, tests: [{}]}")
            try makeTask(directory + "/.hidden", "{title: Hidden, tests: [{}]}")
            try FileManager.default.createDirectory(atPath: directory + "/empty", withIntermediateDirectories: true)
            try "".write(toFile: directory + "/README", atomically: false, encoding: .utf8)
            symlink("sum", directory + "/link")
            let catalog = try TaskCatalog(directory: directory)
            #expect(catalog.entries.map(\.id) == ["hello.2", "sum"])
            #expect(catalog.entries.map(\.title) == ["Hello", "Sum"])
            #expect(
                catalog.errors.map(\.description) == [
                    "\(directory)/broken/task.yaml:1: tests: is missing",
                    "\(directory)/empty/task.yaml: there is no such file",
                    "\(directory)/two words: a task's id has letters, digits, - _ and . only, and at most 128 of them",
                ])
            #expect(catalog.task("sum") == catalog.entries[1].task)
            #expect(catalog.task("broken") == nil)
            #expect(catalog.task("../sum") == nil)
        }
    }

    @Test func aMissingDirectoryIsAnError() {
        #expect(throws: TaskFormatError.self) { try TaskCatalog(directory: "/nowhere/at/all") }
    }

    @Test func ourExamplesLoad() throws {
        let catalog = try TaskCatalog(directory: checkout + "/Examples/native")
        #expect(catalog.errors.isEmpty)
        #expect(Set(catalog.entries.map(\.id)).isSuperset(of: ["area", "sum"]))
        for format in ["contest", "gradescope", "classroom", "inginious/course"] {
            let catalog = try TaskCatalog(directory: checkout + "/Examples/" + format)
            #expect(catalog.errors.isEmpty && !catalog.entries.isEmpty, "\(catalog.errors)")
        }
    }
}
