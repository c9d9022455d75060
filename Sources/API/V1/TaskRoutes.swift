import Core
import Foundation
import Grading
import HTTPServer
import Logging
import TaskFormats

/// `/v1/tasks`: the catalogue. Who may submit sees what a task is; its archive, and what is in it, is for teachers.
struct TaskRoutes: Sendable {
    let context: GradingContext
    let uploads: UploadedTasks
    let access: Access
    let capacity: Capacity
    let logger: Logger

    /// Bytes of an archive.
    static let archiveLimit = 64 << 20

    func register(on router: inout Router) {
        router.on(.get, "/v1/tasks") { await answer($0, [.submit, .read], list) }
        router.on(.get, "/v1/tasks/{id}") { await answer($0, [.submit, .read], read) }
        router.on(.put, "/v1/tasks/{id}", bodyLimit: Self.archiveLimit) { await answer($0, [.teacher], put) }
        router.on(.delete, "/v1/tasks/{id}") { await answer($0, [.teacher], delete) }
        router.on(.get, "/v1/tasks/{id}/archive") { await answer($0, [.teacher], archive) }
        router.on(.post, "/v1/tasks/{id}/check") { await answer($0, [.teacher], check) }
    }

    private func answer(
        _ request: Request, _ roles: [Role], _ handler: (Request, Principal) async throws(Refusal) -> Response
    ) async -> Response {
        do { return try await handler(request, try await access.principal(of: request, any: roles)) } catch {
            return error.response
        }
    }

    // MARK: reading

    private func list(_ request: Request, _ principal: Principal) async throws(Refusal) -> Response {
        _ = try QueryParameters(request, allowing: [])
        let records: [UploadedTasks.Record]
        do { records = try await uploads.records() } catch { throw Refusal(.unavailable("\(error)")) }
        let uploaded = records.filter { principal.mayUse($0) }.compactMap(TaskWire.init)
        let names = Set(uploaded.map(\.id))
        let own = context.tasks.entries.filter { !names.contains($0.id) }
            .map { TaskWire(id: $0.id, title: $0.title, format: TaskFormat.native.rawValue) }
        return JSON.response(.ok, ["tasks": (uploaded + own).sorted { $0.id < $1.id }])
    }

    private func read(_ request: Request, _ principal: Principal) async throws(Refusal) -> Response {
        _ = try QueryParameters(request, allowing: [])
        let id = request.parameters["id"] ?? ""
        let record = try await record(id)
        if let record, principal.mayUse(record), var wire = TaskWire(record) {
            let task: GradingTask?
            do { task = try await uploads.task(id) } catch { throw Refusal(.unavailable("\(error)")) }
            guard let task else { throw Refusal(.unavailable("the task cannot be read")) }
            wire.describe(task)
            return JSON.response(.ok, wire)
        }
        guard let entry = context.tasks.entries.first(where: { $0.id == id }), record == nil else {
            throw Refusal(.noSuchTask)
        }
        var wire = TaskWire(id: id, title: entry.title, format: TaskFormat.native.rawValue)
        wire.describe(entry.task)
        return JSON.response(.ok, wire)
    }

    private func archive(_ request: Request, _ principal: Principal) async throws(Refusal) -> Response {
        let query = try QueryParameters(request, allowing: ["version"])
        let record = try await managed(request, principal)
        var version = record.current
        if let number = try query.integer("version", in: 1...Int.max) {
            version = record.versions.first { $0.number == number }
        }
        guard let version else { throw Refusal(.noSuchTask) }
        let found: [UInt8]?
        do { found = try await uploads.archive(version.archive) } catch { throw Refusal(.unavailable("\(error)")) }
        guard let bytes = found else { throw Refusal(.noSuchTask) }
        return Response(
            headers: [
                "Content-Type": "application/octet-stream", "Cache-Control": "private",
                "ETag": "\"\(version.archive)\"",
            ], body: .bytes(bytes))
    }

    // MARK: changing

    private func put(_ request: Request, _ principal: Principal) async throws(Refusal) -> Response {
        let query = try QueryParameters(request, allowing: ["course"])
        let id = request.parameters["id"] ?? ""
        guard UploadedTasks.isID(id) else {
            throw Refusal(.malformed([.init(field: "id", detail: "letters, digits, - _ and . only")]))
        }
        let before = try await record(id)
        let course = try query.identifier("course") ?? before?.course
        guard principal.covers(course), before.map({ principal.covers($0.course) }) ?? true else {
            throw Refusal(.otherCourse)
        }
        guard !request.isForm else { throw Refusal(.archiveExpected) }
        let archive = request.body
        let package: TaskPackage
        do { package = try UploadedTasks.read(archive, name: id) } catch { throw Refusal(.invalidTask("\(error)")) }
        let kept: (record: UploadedTasks.Record, isNew: Bool)
        do {
            kept = try await uploads.put(id, archive: archive, package: package, course: course, timeLimit: nil)
        } catch { throw Refusal(.unavailable("\(error)")) }
        guard var wire = TaskWire(kept.record) else { throw Refusal(.noSuchTask) }
        wire.describe(package.task)
        wire.warnings = package.warnings
        if package.timeRule != nil, kept.record.current?.timeLimit == nil {
            wire.warnings?.append(
                "the time limit follows from the solutions: it is provisional until the task is checked")
        }
        return JSON.response(kept.isNew ? .created : .ok, wire, headers: ["Location": "/v1/tasks/\(id)"])
    }

    private func delete(_ request: Request, _ principal: Principal) async throws(Refusal) -> Response {
        _ = try QueryParameters(request, allowing: [])
        let record = try await managed(request, principal)
        let isRemoved: Bool
        do { isRemoved = try await uploads.remove(record.id) } catch { throw Refusal(.unavailable("\(error)")) }
        guard isRemoved else { throw Refusal(.noSuchTask) }
        return Response(status: .noContent)
    }

    private func check(_ request: Request, _ principal: Principal) async throws(Refusal) -> Response {
        _ = try QueryParameters(request, allowing: [])
        let record = try await managed(request, principal)
        let package: TaskPackage
        do {
            guard let found = try await uploads.package(record.id) else { throw Refusal(.noSuchTask) }
            package = found
        } catch let refusal as Refusal { throw refusal } catch { throw Refusal(.unavailable("\(error)")) }
        // It takes a slot like a submission, so that checking does not slow the submissions that are being graded.
        let demand = ResourceDemand(cpus: 1, memory: TaskCheck.memory(of: package.task))
        guard capacity.total.cpus > 0 else {
            throw Refusal(.unavailable("this node grades nothing; ask one that does"))
        }
        guard let share = capacity.take(demand) else {
            throw Refusal(.unavailable("every slot is busy; try again"))
        }
        defer { capacity.giveBack(share) }
        do {
            let result = try await TaskCheck(context: context, logger: logger, cpus: share.cpus).run(package)
            if package.timeRule != nil, let limit = result.task.limits.cpuTime, let archive = record.current?.archive {
                try await uploads.setTimeLimit(limit, of: record.id, archive: archive)
            }
            return JSON.response(.ok, TaskCheckWire(result))
        } catch { throw Refusal(.unavailable("\(error)")) }
    }

    /// The task of the path, if it was uploaded and is one of the teacher's courses.
    private func managed(_ request: Request, _ principal: Principal) async throws(Refusal) -> UploadedTasks.Record {
        guard let record = try await record(request.parameters["id"] ?? ""), principal.covers(record.course) else {
            throw Refusal(.noSuchTask)
        }
        return record
    }

    private func record(_ id: String) async throws(Refusal) -> UploadedTasks.Record? {
        do { return try await uploads.record(id) } catch { throw Refusal(.unavailable("\(error)")) }
    }
}

extension Principal {
    /// Tasks of no course are for everybody.
    fileprivate func mayUse(_ record: UploadedTasks.Record) -> Bool { record.course == nil || covers(record.course) }
}

extension Request {
    /// A page in a browser can send forms and plain text to anywhere without asking.
    fileprivate var isForm: Bool {
        let type = (headers["Content-Type"] ?? "").lowercased()
        return ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"].contains {
            type.hasPrefix($0)
        }
    }
}

extension Problem {
    static let noSuchTask = Problem(
        .notFound, "no-such-task", title: "There is no such task",
        detail: "No uploaded task has this id, or it belongs to another course.")

    static let archiveExpected = Problem(
        .unsupportedMediaType, "unsupported-media-type", title: "The body must be an archive",
        detail: "Send a zip or tar.gz file with Content-Type: application/octet-stream (curl -T does).")

    static func invalidTask(_ reason: String) -> Problem {
        Problem(.unprocessableContent, "invalid-task", title: "The task cannot be used", detail: reason)
    }
}
