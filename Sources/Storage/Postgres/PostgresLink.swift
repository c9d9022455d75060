import CPostgreSQL
import Foundation

/// One connection to a PostgreSQL server, used from one thread, which it blocks, never for longer than
/// `answerTimeout`.
final class PostgresLink {
    /// How long the server may take to answer a statement. It gives up on its own a little before.
    static let answerTimeout = Duration.seconds(40)
    static let statementTimeout = Duration.seconds(30)
    /// How long a statement waits for a row that another transaction holds.
    static let lockTimeout = Duration.seconds(10)
    /// How long an open transaction of ours may do nothing before the server ends it and its locks.
    static let idleTimeout = Duration.seconds(60)
    /// Statements kept prepared. Ours are a few dozen; filters of lists combine to more.
    static let maximumPrepared = 200
    /// The oldest server that has all that we use: version 13.
    static let oldestServer: Int32 = 130_000
    /// Rows that a sum is spread over.
    static let shards: Int64 = 32
    private static let firstShardLock = 100

    private let connection: OpaquePointer
    /// The row of each sum that this connection changes: nobody else does, unless there are more connections than rows.
    private(set) var shard = 0
    private var prepared: [String: String] = [:]

    /// What applies unless the URL says otherwise. With several hosts in the URL, the one that can be written is used;
    /// a network that swallows packets is noticed within about 25 seconds.
    private static let defaults: KeyValuePairs = [
        "application_name": "assay", "connect_timeout": "5", "target_session_attrs": "read-write",
        "keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "3", "tcp_user_timeout": "15000",
    ]

    /// Connects to what `url` names (any connection string of libpq) before `deadline`.
    init(url: String, deadline: ContinuousClock.Instant) throws(PostgresError) {
        let keys = Self.defaults.map(\.key) + ["client_encoding", "dbname"]
        let values = Self.defaults.map(\.value) + ["UTF8", url]
        let started = withCStrings(keys) { keys in
            withCStrings(values) { values in PQconnectStartParams(keys, values, 1) }
        }
        guard let started else { throw .lost("no memory for a connection") }
        connection = started
        // libpq would print notices on standard error.
        PQsetNoticeProcessor(connection, { _, _ in }, nil)
        try connect(deadline: deadline)
        guard PQserverVersion(connection) >= Self.oldestServer else {
            throw .lost("the server has version \(PQserverVersion(connection) / 10_000), but 13 is needed")
        }
        PQsetnonblocking(connection, 1)
        try setUp()
    }

    deinit { PQfinish(connection) }

    private func connect(deadline: ContinuousClock.Instant) throws(PostgresError) {
        var events = Int16(POLLOUT)
        while true {
            guard PQstatus(connection) != CONNECTION_BAD else { throw lost() }
            try wait(for: events, until: deadline)
            switch PQconnectPoll(connection) {
            case PGRES_POLLING_OK: return
            case PGRES_POLLING_READING: events = Int16(POLLIN)
            case PGRES_POLLING_WRITING: events = Int16(POLLOUT)
            default: throw lost()
            }
        }
    }

    private func setUp() throws(PostgresError) {
        try execute(
            """
            SET statement_timeout = \(Milliseconds.of(Self.statementTimeout));
            SET lock_timeout = \(Milliseconds.of(Self.lockTimeout));
            SET idle_in_transaction_session_timeout = \(Milliseconds.of(Self.idleTimeout));
            SET default_transaction_isolation = 'read committed';
            SELECT set_config('synchronous_commit', 'on', false)
                WHERE current_setting('synchronous_commit') = 'off'
            """)
    }

    /// To be called where sums are changed. Two writers of one row would wait for each other's synchronisation of the
    /// disk.
    func takeShard() throws(PostgresError) {
        // The first number is the letters ASSA. The locks are held as long as the connection.
        let free = """
            SELECT CAST(number AS BIGINT) FROM generate_series(0, $1 - 1) AS number
            WHERE pg_try_advisory_lock(1095979841, CAST(\(Self.firstShardLock) + number AS INTEGER)) LIMIT 1
            """
        guard case .integer(let number) = try run(free, [.integer(Self.shards)]).first?.values.first else {
            shard = Int(Int64(processID) % Self.shards)
            return
        }
        shard = Int(number)
    }

    /// The server's process that serves this connection.
    var processID: Int32 { PQbackendPID(connection) }

    var socket: Int32 { PQsocket(connection) }

    /// Runs statements without arguments, together, in one round trip; gives the rows of the last.
    @discardableResult
    func execute(_ text: String) throws(PostgresError) -> [Row] {
        guard PQsendQuery(connection, text) == 1 else { throw lost() }
        return try results()
    }

    func run(_ text: String, _ arguments: [SQLValue]) throws(PostgresError) -> [Row] {
        var arguments = PostgresArguments(arguments)
        let name = try prepare(text, types: arguments.types)
        try send(text, preparedAs: name, &arguments)
        return try results()
    }

    /// Runs statements one after another in one round trip; gives the rows of the last. After one that fails, none of
    /// the others is run.
    func run(_ statements: [SQL]) throws(PostgresError) -> [Row] {
        if statements.count == 1 { return try run(statements[0].text, statements[0].arguments) }
        var calls: [(text: String, name: String?, arguments: PostgresArguments)] = []
        for statement in statements {
            let arguments = PostgresArguments(statement.arguments)
            calls.append((statement.text, try prepare(statement.text, types: arguments.types), arguments))
        }
        guard PQenterPipelineMode(connection) == 1 else { throw lost() }
        for index in calls.indices {
            try send(calls[index].text, preparedAs: calls[index].name, &calls[index].arguments)
        }
        guard PQpipelineSync(connection) == 1 else { throw lost() }
        let rows: [Row]
        do throws(PostgresError) {
            rows = try results()
        } catch {
            if !error.isLoss, PQexitPipelineMode(connection) != 1 { throw lost() }
            throw error
        }
        guard PQexitPipelineMode(connection) == 1 else { throw lost() }
        return rows
    }

    private func send(
        _ text: String, preparedAs name: String?, _ arguments: inout PostgresArguments
    ) throws(PostgresError) {
        let (count, types) = (Int32(arguments.count), arguments.types)
        let sent = arguments.withPointers { values, lengths, formats in
            if let name { return PQsendQueryPrepared(connection, name, count, values, lengths, formats, 1) }
            return PQsendQueryParams(connection, text, count, types, values, lengths, formats, 1)
        }
        guard sent == 1 else { throw lost() }
    }

    /// The name under which `text` is prepared; `nil` when enough others are. Known by text and types: a `NULL` has
    /// no type, and the same text with a number in its place is another statement to the server.
    private func prepare(_ text: String, types: [Oid]) throws(PostgresError) -> String? {
        let key = text + types.reduce(into: "") { $0 += ",\($1)" }
        if let name = prepared[key] { return name }
        guard prepared.count < Self.maximumPrepared else { return nil }
        let name = "s\(prepared.count)"
        guard PQsendPrepare(connection, name, text, Int32(types.count), types) == 1 else { throw lost() }
        _ = try results()
        prepared[key] = name
        return name
    }

    /// What was told on the channels that this connection listens to: who told it, and what.
    func notifications() throws(PostgresError) -> [(processID: Int32, payload: String)] {
        guard PQconsumeInput(connection) == 1 else { throw lost() }
        var list: [(processID: Int32, payload: String)] = []
        while let notification = PQnotifies(connection) {
            list.append((notification.pointee.be_pid, String(cString: notification.pointee.extra)))
            PQfreemem(notification)
        }
        return list
    }

    /// Sends what is to be sent and takes every answer; the last one's rows are the result.
    private func results() throws(PostgresError) -> [Row] {
        let deadline = ContinuousClock.now + Self.answerTimeout
        while true {
            let left = PQflush(connection)
            guard left >= 0 else { throw lost() }
            if left == 0 { break }
            // The server may be waiting for us to read before it reads on.
            try wait(for: Int16(POLLIN | POLLOUT), until: deadline)
            guard PQconsumeInput(connection) == 1 else { throw lost() }
        }
        let isPipeline = PQpipelineStatus(connection) != PQ_PIPELINE_OFF
        var (rows, failure): ([Row], PostgresError?) = ([], nil)
        reading: while true {
            while PQisBusy(connection) == 1 {
                try wait(for: Int16(POLLIN), until: deadline)
                guard PQconsumeInput(connection) == 1 else { throw lost() }
            }
            guard let result = PQgetResult(connection) else {
                // In a pipeline, the end of one statement's results.
                if isPipeline, PQstatus(connection) != CONNECTION_BAD { continue }
                break
            }
            defer { PQclear(result) }
            switch PQresultStatus(result) {
            case PGRES_PIPELINE_SYNC: break reading
            case PGRES_PIPELINE_ABORTED: break
            case PGRES_TUPLES_OK: rows = try PostgresResult(result).rows()
            case PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: rows = []
            default: failure = failure ?? PostgresResult(result).error
            }
        }
        if PQstatus(connection) == CONNECTION_BAD { throw lost() }
        if let failure { throw failure }
        return rows
    }

    private func wait(for events: Int16, until deadline: ContinuousClock.Instant) throws(PostgresError) {
        while true {
            let left = ContinuousClock.now.duration(to: deadline) / .milliseconds(1)
            guard left > 0 else { throw .lost("the server does not answer") }
            var descriptor = pollfd(fd: socket, events: events, revents: 0)
            let ready = poll(&descriptor, 1, Int32(min(left.rounded(.up), 60_000)))
            if ready > 0 { return }
            guard ready == 0 || errno == EINTR else { throw .lost("poll: \(String(cString: strerror(errno)))") }
        }
    }

    private func lost() -> PostgresError {
        let reason = String(cString: PQerrorMessage(connection)).trimmingCharacters(in: .whitespacesAndNewlines)
        return .lost(reason.isEmpty ? "the connection is broken" : reason)
    }
}

/// Calls `body` with the strings and a null at the end.
private func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
    let copies = strings.map { strdup($0) }
    defer { copies.forEach { free($0) } }
    return (copies.map { UnsafePointer($0) } + [nil]).withUnsafeBufferPointer { body($0.baseAddress!) }
}
