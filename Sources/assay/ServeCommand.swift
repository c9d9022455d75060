import API
import ArgumentParser
import Core
import Foundation
import Grading
import HTTPServer
import Logging
import Metrics
import Storage

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve the grading API.",
        discussion: """
            Needs root, or a launcher that has it, because sandboxes are made of namespaces and control groups. With --user
            the service gives root up as soon as its launcher runs; started as an ordinary user it takes the socket of a
            launcher that runs already (launcher-socket; as root: assay-launcher --listen PATH UID).
            Settings come from assay.yaml, then ASSAY_* of the environment, then flags; --print-config shows them all.
            """)

    @OptionGroup var options: ConfigurationOptions

    @Option(
        name: .long,
        help: """
            Where to serve HTTP: address:port (port 0 takes a free one), unix:/path or systemd; several with commas between \
            them (default 127.0.0.1:8080).
            """)
    var listen: String?

    @Option(name: .customLong("tls-listen"), help: "Where to serve HTTP through TLS, in the same forms.")
    var tlsListen: String?

    @Option(name: .customLong("tls-certificate"), help: "PEM file of the certificate and those above it.")
    var tlsCertificate: String?

    @Option(name: .customLong("tls-key"), help: "PEM file of the certificate's key.")
    var tlsKey: String?

    @Option(name: .long, help: "Directory where submissions are kept (default ./assay-data).")
    var data: String?

    @Option(name: .long, help: "PostgreSQL URL or SQLite file (default: assay.sqlite in the data directory).")
    var database: String?

    @Option(name: .long, help: "What this node does: all, api or worker; the last two share a PostgreSQL database.")
    var role: String?

    @Option(name: .long, help: "This node's name, unlike that of any other that shares the database.")
    var node: String?

    @Option(name: .long, help: "Directory of tasks.")
    var tasks: String?

    @Option(name: .long, help: "CPU slots (default: every CPU).")
    var slots: Int?

    @Option(name: .long, help: "The ordinary user to become once the launcher has taken over root's part.")
    var user: String?

    @Flag(name: .long, help: "Serve other machines although there are no tokens: everybody may do everything.")
    var insecure = false

    @Flag(name: .customLong("print-config"), help: "Print the configuration in force, as YAML, and exit.")
    var printConfig = false

    func run() async throws {
        let configuration = try options.load(flags: [
            ("listen", listen), ("tls.listen", tlsListen), ("tls.certificate", tlsCertificate), ("tls.key", tlsKey),
            ("data", data), ("database", database), ("role", role), ("node", node), ("tasks", tasks),
            ("slots", slots.map(String.init)),
        ])
        if printConfig {
            print(configuration.printed, terminator: "")
            return
        }
        // Before anything else is opened or started.
        if let user { try ServiceUser(named: user).begin(configuration) }
        let registry = PrometheusRegistry(descriptions: MetricDescriptions.all)
        MetricsSystem.bootstrap(registry)
        GradingMetrics.prepare()
        let logger = LogOutput.logger(configuration.logLevel)
        // Whatever cannot be served is told before anything is begun.
        _ = try configuration.serverConfiguration { _ in }
        DescriptorLimit.raise(forConnections: configuration.server.maximumConnections)
        let signals = SignalStream([SIGTERM, SIGINT, SIGHUP])
        let lock =
            try configuration.isDatabaseShared ? nil : DataDirectory(path: configuration.databaseDirectory)
        let store = try await configuration.openStore()
        try await Self.checkNode(configuration, store)
        try await Self.checkExposure(of: configuration.addresses, store, isInsecure: insecure)
        // One process has the name, so whatever runs under it was left by a process that is gone.
        let left = try await store.releaseAll(of: configuration.node)
        if left > 0 { logger.notice("took up what was left", metadata: ["submissions": "\(left)"]) }
        let pool = configuration.pool == 0 ? 2 * Node.slots(of: configuration) : configuration.pool
        let uploads = UploadedTasks(store: store)
        let node =
            configuration.role.grades
            ? try await Node.start(configuration, uploads: uploads, pool: pool, logger: logger)
            : try Node.front(configuration, uploads: uploads, logger: logger)
        try await serve(configuration, node, store, registry, signals, logger)
        await node.shutdown()
        await store.close()
        lock?.release()
    }

    private func serve(
        _ configuration: Configuration, _ node: Node, _ store: Store, _ registry: PrometheusRegistry,
        _ signals: SignalStream, _ logger: Logger
    ) async throws {
        let hub = ChangeHub()
        let submissions = Submissions(context: node.context, store: store, hub: hub)
        let access = Access(StoredTokens(store: store), limiter: configuration.tokenRate.limiter)
        var service = Service(
            submissions: submissions, context: node.context, access: access, store: store, hub: hub,
            capacity: node.capacity,
            registry: registry, description: Self.description(), version: Version.string,
            bodyLimit: configuration.bodyLimit, pages: try Installation.shareDirectory.map(Self.pages) ?? nil)
        service.crossOrigin = configuration.crossOrigin
        service.addressLimiter = configuration.addressRate.limiter
        service.servesClients = configuration.role.servesClients
        service.webhooks = try configuration.v1Webhooks(access)
        if configuration.role.servesClients { try await store.replaceWeights(configuration.courseWeights) }
        service.jobe = configuration.jobe ? jobe(configuration, submissions, access, node, store) : nil
        service.judge0 = configuration.judge0 ? judge0(configuration, submissions, access, node) : nil
        let scheduler = Scheduler(
            store: store, grader: Grader(context: node.context, logger: logger), capacity: node.capacity,
            configuration: configuration.scheduler, hub: hub, logger: logger)
        let dispatcher = WebhookDispatcher(
            store: store, submissions: submissions, v1: service.webhooks, judge0: service.judge0, logger: logger)
        let housekeeping = configuration.housekeeping(store, logger)
        let heartbeat = Heartbeat(
            store: store, context: node.context, capacity: node.capacity, description: node.description, logger: logger)
        try await heartbeat.join()
        let metrics = HTTPMetrics()
        let server = HTTPServer(
            configuration: try configuration.serverConfiguration { metrics.record($0) },
            responder: ServiceResponder(service), logger: logger)
        let events = store.events()
        guard try await hearsOfLanguages(configuration, heartbeat, signals, logger) else {
            return try await store.forgetNode(configuration.node)
        }
        try server.start()
        announce(server, node, logger)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await hub.run(events, of: store) }
            group.addTask { await heartbeat.run() }
            if configuration.role.servesClients {
                group.addTask { await hub.tellPlaces(of: submissions.forecast) }
                group.addTask { await dispatcher.run() }
                group.addTask { await housekeeping.run() }
            }
            if configuration.role.grades { group.addTask { await scheduler.run() } }
            group.addTask { await server.run() }
            group.addTask {
                await Self.signalToStop(signals, server, logger)
                // In this order: who waits learns that the server ends before their wait does, and answers so.
                server.beginDrain()
                hub.close()
                await server.shutdown()
            }
            // The signal's task and the server's end; what still works then is told to stop.
            await group.next()
            await group.next()
            group.cancelAll()
        }
    }

    /// A node that grades nothing accepts nothing before one that does was seen. `false` when it is told to stop
    /// meanwhile.
    private func hearsOfLanguages(
        _ configuration: Configuration, _ heartbeat: Heartbeat, _ signals: SignalStream, _ logger: Logger
    ) async throws -> Bool {
        guard !configuration.role.grades, try await !heartbeat.learn() else { return true }
        logger.notice("waiting for a node that grades")
        return try await heartbeat.waitForNodes { signals.hasArrived(SIGTERM, SIGINT) }
    }

    /// Refuses a part of the service that would have no other part, and a name that another node has.
    private static func checkNode(_ configuration: Configuration, _ store: Store) async throws {
        guard configuration.role == .all || configuration.isDatabaseShared else {
            throw ConfigurationError(
                source: "role",
                detail:
                    "\(configuration.role.rawValue) needs a database that other nodes share: --database postgres://…")
        }
        guard try await store.hold(name: configuration.node) else {
            throw ConfigurationError(
                source: "node", detail: "another node that shares the database is named '\(configuration.node)'")
        }
    }

    /// Refuses to serve other machines openly.
    private static func checkExposure(of addresses: [ListenAddress], _ store: Store, isInsecure: Bool) async throws {
        guard !isInsecure, try addresses.flatMap({ try $0.expected }).contains(where: \.isExposed),
            try await store.tokens().isEmpty
        else { return }
        throw ConfigurationError(
            source: "listen",
            detail: "other machines can reach this address, and there are no tokens: make one (assay token create NAME "
                + "--role admin), or say --insecure")
    }

    private static func pages(share: String) throws -> Pages? {
        let directory = share + "/Public"
        return FileManager.default.fileExists(atPath: directory) ? try Pages(directory: directory) : nil
    }

    private func jobe(
        _ configuration: Configuration, _ submissions: Submissions, _ access: Access, _ node: Node, _ store: Store
    ) -> Jobe {
        var own = Jobe.Configuration()
        own.longestCPUTime = configuration.jobeCPUTime
        own.patience = configuration.jobePatience
        own.bodyLimit = configuration.bodyLimit
        let files = StoredFileCache(store: store, limits: configuration.jobeFiles)
        return Jobe(
            submissions: submissions, context: node.context, access: access, files: files, configuration: own)
    }

    private func judge0(
        _ configuration: Configuration, _ submissions: Submissions, _ access: Access, _ node: Node
    ) -> Judge0 {
        var own = Judge0.Configuration()
        own.prefixes = configuration.judge0Prefixes
        own.allowsPrivateCallbacks = configuration.judge0PrivateCallbacks
        own.bodyLimit = configuration.bodyLimit
        own.serviceVersion = Version.string
        own.license = Self.license
        return Judge0(
            submissions: submissions, context: node.context, access: access, capacity: node.capacity,
            configuration: own)
    }

    private static let license = """
        Assay is free software under the Apache License, version 2.0: https://www.apache.org/licenses/LICENSE-2.0

        """

    private static func description() -> [UInt8] {
        guard let share = Installation.shareDirectory,
            let data = FileManager.default.contents(atPath: share + "/openapi.yaml")
        else { return [] }
        return Array(data)
    }
}

extension Configuration {
    var scheduler: SchedulerConfiguration {
        var scheduler = SchedulerConfiguration(node: node)
        scheduler.lease = lease
        scheduler.reserveAfter = reserveAfter
        scheduler.runningPerUser = runningPerUser > 0 ? runningPerUser : nil
        scheduler.runningPerCourse = runningPerCourse > 0 ? runningPerCourse : nil
        return scheduler
    }

    var queueLimits: QueueLimits {
        QueueLimits(
            submissions: queueSubmissions, bytes: queueBytes, perUser: queuePerUser > 0 ? queuePerUser : nil,
            perCourse: queuePerCourse > 0 ? queuePerCourse : nil)
    }

    /// `nil` where no secret is set.
    func v1Webhooks(_ access: Access) throws -> V1Webhooks? {
        guard !webhookSecret.isEmpty else { return nil }
        guard let webhooks = V1Webhooks(secret: webhookSecret, access: access, policy: webhooks) else {
            throw ConfigurationError(
                source: "webhook-secret",
                detail: "expected at least \(V1Webhooks.shortestSecret) bytes, in base 64 after whsec_")
        }
        return webhooks
    }

    func housekeeping(_ store: Store, _ logger: Logger) -> Housekeeping {
        var housekeeping = Housekeeping(store: store, logger: logger)
        housekeeping.retention = retention > .zero ? retention : nil
        housekeeping.keyRetention = keyRetention
        housekeeping.interval = tidyInterval
        return housekeeping
    }
}
