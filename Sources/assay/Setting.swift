import Core
import Foundation
import Logging
import Sandboxing
import Storage

/// A property of `Configuration` that has a name in assay.yaml, in the environment and behind `--set`.
struct Setting: Sendable {
    /// Its name: `queue-bytes`; the environment calls it `ASSAY_QUEUE_BYTES`.
    let name: String
    /// What it means, its unit included.
    let help: String
    let read: @Sendable (Configuration) -> String
    /// Returns what was expected when the text is not that.
    let write: @Sendable (inout Configuration, String) -> String?

    var environmentName: String {
        "ASSAY_" + name.uppercased().replacingOccurrences(of: "-", with: "_").replacingOccurrences(of: ".", with: "_")
    }

    typealias Property<Value> = any WritableKeyPath<Configuration, Value> & Sendable

    static func text(_ name: String, _ property: Property<String>, _ help: String) -> Setting {
        Setting(name: name, help: help, read: { $0[keyPath: property] }) { configuration, text in
            configuration[keyPath: property] = text
            return nil
        }
    }

    static func number(_ name: String, _ property: Property<Int>, _ help: String) -> Setting {
        Setting(name: name, help: help, read: { "\($0[keyPath: property])" }) { configuration, text in
            guard let value = Int(text), value >= 0 else { return "a whole number" }
            configuration[keyPath: property] = value
            return nil
        }
    }

    static func bytes(_ name: String, _ property: Property<Int>, _ help: String) -> Setting {
        Setting(name: name, help: help, read: { "\($0[keyPath: property])" }) { configuration, text in
            guard let value = Quantity.bytes(text) else { return "a size such as 256 MiB" }
            configuration[keyPath: property] = value
            return nil
        }
    }

    static func time(_ name: String, _ property: Property<Duration>, _ help: String) -> Setting {
        Setting(name: name, help: help, read: { "\($0[keyPath: property].inSeconds)s" }) { configuration, text in
            guard let value = Quantity.duration(text), value > .zero else { return "a time such as 15s" }
            configuration[keyPath: property] = value
            return nil
        }
    }

    static func flag(_ name: String, _ property: Property<Bool>, _ help: String) -> Setting {
        Setting(name: name, help: help, read: { $0[keyPath: property] ? "on" : "off" }) { configuration, text in
            switch text.lowercased() {
            case "on", "true", "yes", "1": configuration[keyPath: property] = true
            case "off", "false", "no", "0": configuration[keyPath: property] = false
            default: return "on or off"
            }
            return nil
        }
    }

    /// What is shown in place of a secret.
    static let hidden = "(hidden)"

    /// Like `time`, with 0 for none.
    private static func span(_ name: String, _ property: Property<Duration>, _ help: String) -> Setting {
        Setting(name: name, help: help, read: { "\($0[keyPath: property].inSeconds)s" }) { configuration, text in
            guard let value = text == "0" ? .zero : Quantity.duration(text) else { return "a time such as 90d, or 0" }
            configuration[keyPath: property] = value
            return nil
        }
    }

    private static func choice<Value: RawRepresentable<String> & CaseIterable & Sendable>(
        _ name: String, _ property: Property<Value>, _ help: String
    ) -> Setting {
        let words = Value.allCases.map(\.rawValue).joined(separator: ", ")
        return Setting(name: name, help: "\(help): \(words)", read: { $0[keyPath: property].rawValue }) {
            configuration, text in
            guard let value = Value(rawValue: text) else { return "one of " + words }
            configuration[keyPath: property] = value
            return nil
        }
    }

    private static func weights(_ name: String, _ property: Property<[String: Int]>, _ help: String) -> Setting {
        Setting(
            name: name, help: help,
            read: { configuration in
                configuration[keyPath: property].sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
                    .joined(separator: ",")
            }
        ) { configuration, text in
            var weights: [String: Int] = [:]
            for part in text.split(separator: ",") {
                let pair = part.split(separator: "=").map { $0.trimmingCharacters(in: .whitespaces) }
                guard pair.count == 2, !pair[0].isEmpty, let weight = Int(pair[1]), Store.courseWeights.contains(weight)
                else { return "course=weight, weights from 1 to \(Store.courseWeights.upperBound)" }
                weights[pair[0]] = weight
            }
            configuration[keyPath: property] = weights
            return nil
        }
    }

    private static func backendNames(_ name: String, _ property: Property<[BackendName]>, _ help: String) -> Setting {
        Setting(
            name: name, help: help, read: { $0[keyPath: property].map(\.rawValue).joined(separator: ",") }
        ) { configuration, text in
            let names = text.split { $0 == "," || $0 == " " }.map { BackendName(rawValue: String($0)) }
            guard names.allSatisfy(Node.knownBackends.contains) else {
                return "names of backends: " + Node.knownBackends.map(\.rawValue).joined(separator: ", ")
            }
            configuration[keyPath: property] = names
            return nil
        }
    }

    /// All of them, in the order in which they are shown.
    static let all: [Setting] = http + general

    /// Everything but how HTTP is served.
    private static let general: [Setting] = [
        text("data", \.data, "directory where submissions are kept"),
        Setting(
            name: "database",
            help: "PostgreSQL URL, which several nodes may share, or SQLite file; empty is assay.sqlite in data",
            read: { $0.databaseWithoutPassword }
        ) { configuration, text in
            configuration.database = text
            return nil
        },
        Setting(
            name: "role", help: "what this node does: all, api (takes submissions) or worker (grades them)",
            read: { $0.role.rawValue }
        ) { configuration, text in
            guard let role = NodeRole(rawValue: text) else { return "all, api or worker" }
            configuration.role = role
            return nil
        },
        text("node", \.node, "this node's name, unlike that of any other that shares the database"),
        Setting(
            name: "backend", help: "backend for submissions that name none", read: { $0.backend.rawValue }
        ) { configuration, text in
            configuration.backend = BackendName(rawValue: text)
            return nil
        },
        backendNames("backends", \.backends, "backends to offer beside it; separated by commas"),
        backendNames(
            "backend-fallback", \.backendFallback,
            "backends that take its place, in this order, where it is unavailable; separated by commas"),
        choice("storage", \.storage, "how sandboxes get their roots, where the backend can"),
        choice("sandbox-chooser", \.sandboxChooser, "who may choose the backend and storage of a submission"),
        text("sandbox-directory", \.sandboxDirectory, "short path where sandboxes of other backends lie"),
        text("launcher-socket", \.launcherSocket, "where a launcher listens that runs already; empty starts one"),
        text("docker-socket", \.dockerSocket, "socket of Docker's engine"),
        text("podman-socket", \.podmanSocket, "socket of Podman's engine"),
        text("podman-rootless-socket", \.podmanRootlessSocket, "socket of the Podman of a user who is not root"),
        text("kata-runtime", \.kataRuntime, "what the engine calls Kata's runtime"),
        Setting(name: "kata-engine", help: "engine of the backend kata: docker or podman") {
            $0.kataEngine.rawValue
        } write: { configuration, text in
            guard [BackendName.docker.rawValue, BackendName.podman.rawValue].contains(text) else {
                return "docker or podman"
            }
            configuration.kataEngine = BackendName(rawValue: text)
            return nil
        },
        text("engine-runtime", \.engineRuntime, "OCI runtime of the backends docker and podman; empty is their own"),
        text("kernel-directory", \.kernelDirectory, "where Scripts/guest-kernel unpacked the kernel of machines"),
        bytes("machine-memory", \.machineMemory, "memory of each virtual machine"),
        flag("kvm", \.usesKVM, "whether virtual machines use KVM"),
        number("slots", \.slots, "CPU slots; 0 takes every CPU"),
        bytes("memory", \.memory, "memory that submissions may occupy together; 0 takes 3/4 of what is free at start"),
        number("reserved-cpus", \.reservedCPUs, "CPUs left to the service itself when slots is 0"),
        bytes(
            "reserved-memory", \.reservedMemory,
            "memory left to the service itself when memory is 0; 0 takes a quarter of what is free at start"),
        number("pool", \.pool, "most sandboxes kept ready; 0 takes two per slot"),
        number("pool-minimum", \.poolMinimum, "sandboxes kept ready when nothing runs; 0 takes one per slot"),
        bytes("warm-memory", \.warmMemory, "memory of runtimes that started ahead, together; 0 starts none ahead"),
        Setting(
            name: "image", help: "what programs find as their root: host, dir:/path, or the name of an image",
            read: { $0.image.description }
        ) { configuration, text in
            guard let image = ImageReference(text) else { return "host, dir:/path, or the name of an image" }
            configuration.image = image
            return nil
        },
        text("images", \.images, "directory of images that have names; empty takes images in the data directory"),
        Setting(
            name: "egress",
            help: "where programs may connect to if their task asks for it: 192.0.2.0/24:443, with commas between them",
            read: { $0.egress.joined(separator: ",") }
        ) { configuration, text in
            let destinations = text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            guard destinations.allSatisfy({ EgressDestination($0) != nil }) else {
                return "destinations such as 192.0.2.0/24:443 or 192.0.2.1:*"
            }
            configuration.egress = destinations
            return nil
        },
        bytes("egress-rate", \.egressRate, "bytes per second of such a program in each direction; 0 is unlimited"),
        Setting(
            name: "egress-resolvers",
            help: "up to three addresses that such programs ask for names; empty takes the host's",
            read: { $0.egressResolvers.joined(separator: ",") }
        ) { configuration, text in
            let addresses = text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            guard addresses.count <= EgressConfiguration.maximumResolvers,
                addresses.allSatisfy({ IPv4Address.number($0) != nil })
            else { return "up to three addresses of IPv4" }
            configuration.egressResolvers = addresses
            return nil
        },
        flag("setup.network", \.setUp.hasNetwork, "whether setup.sh of an autograder shares this host's network"),
        time("setup.cpu-time", \.setUp.cpuTime, "most CPU time of a setup.sh"),
        time("setup.wall-time", \.setUp.wallTime, "most wall time of a setup.sh"),
        bytes("setup.memory", \.setUp.memory, "most memory of a setup.sh, beside what it writes"),
        bytes("setup.size", \.setUp.size, "most bytes that a setup.sh may write"),
        number("setup.processes", \.setUp.processes, "most processes and threads of a setup.sh"),
        bytes("layers-size", \.layerCapacity, "bytes of what all setup.sh made that are kept"),
        Setting(
            name: "native.accept-unenforced",
            help: "limits that programs run without where they cannot be enforced, as without root: memory, processes, "
                + "cpu-time, with commas between them; empty refuses such programs",
            read: { configuration in
                UnenforcedLimit.allCases.filter(configuration.accepted.contains).map(\.rawValue).joined(separator: ",")
            }
        ) { configuration, text in
            let limits = text.split { $0 == "," || $0 == " " }.map { UnenforcedLimit(rawValue: String($0)) }
            guard !limits.contains(nil) else {
                return "limits: " + UnenforcedLimit.allCases.map(\.rawValue).joined(separator: ", ")
            }
            configuration.accepted = Set(limits.compactMap(\.self))
            return nil
        },
        text("cgroup", \.cgroup, "cgroup that holds all sandboxes; each service on a machine needs its own"),
        Setting(
            name: "uid-base",
            help: "first host user id of the sandboxes; each service on a machine needs its own range",
            read: { "\($0.userIDBase)" }
        ) { configuration, text in
            guard let value = UInt32(text), value >= 1000 else { return "a user id from 1000 on" }
            configuration.userIDBase = Int(value)
            return nil
        },
        Setting(
            name: "binds", help: "host paths, beyond the usual ones, that programs can read; separated by colons",
            read: { $0.binds.joined(separator: ":") }
        ) { configuration, text in
            let paths = text.split(separator: ":").map(String.init)
            guard paths.allSatisfy({ $0.hasPrefix("/") }) else { return "absolute paths separated by colons" }
            configuration.binds = paths
            return nil
        },
        number("queue-submissions", \.queueSubmissions, "submissions that may wait"),
        bytes("queue-bytes", \.queueBytes, "bytes of the submissions that may wait"),
        number(
            "queue-per-user", \.queuePerUser, "submissions of one user in one course that may wait; 0 sets no bound"),
        number("queue-per-course", \.queuePerCourse, "submissions of one course that may wait; 0 sets no bound"),
        number("running-per-user", \.runningPerUser, "submissions of one user in one course that run; 0 sets no bound"),
        number("running-per-course", \.runningPerCourse, "submissions of one course that run; 0 sets no bound"),
        weights(
            "course-weights", \.courseWeights,
            "shares of courses, as course=weight with commas between them; others have 1"),
        time(
            "reserve-after", \.reserveAfter,
            "how long smaller submissions may pass a large one before the node keeps itself free for it"),
        span("retention", \.retention, "how long submissions are kept after their end; 0 is for ever"),
        time("key-retention", \.keyRetention, "how long idempotency keys are remembered"),
        time("tidy-interval", \.tidyInterval, "between two looks for what is to be forgotten"),
        Setting(
            name: "webhook-secret", help: "what webhooks are signed with, 16 bytes or more; empty sends none",
            read: { $0.webhookSecret.isEmpty ? "" : hidden }
        ) { configuration, text in
            // What was printed is not the secret.
            guard text != hidden else { return "the secret itself" }
            configuration.webhookSecret = text
            return nil
        },
        number("webhook-attempts", \.webhooks.attempts, "attempts to deliver a webhook"),
        time("webhook-pause", \.webhooks.firstPause, "pause before the second attempt; it doubles with each"),
        time("webhook-timeout", \.webhooks.timeout, "how long an attempt may take"),
        flag(
            "webhook-private", \.webhooks.allowsPrivate,
            "whether webhooks may go to this machine and its networks"),
        bytes("body-limit", \.bodyLimit, "bytes of the body of a submission"),
        bytes("source-limit", \.sourceLimit, "bytes of a submission's files together"),
        time("lease", \.lease, "how long a claim is valid without renewal"),
        time("drain", \.drain, "how long a stopping service waits for requests under way"),
        text("languages", \.languages, "directory of language files; empty takes the installed ones"),
        text("tasks", \.tasks, "directory of tasks; empty is none"),
        time("ceiling.cpu-time", \.ceiling.cpuTime, "most CPU time of a run"),
        time("ceiling.wall-time", \.ceiling.wallTime, "most wall time of a run"),
        bytes("ceiling.memory", \.ceiling.memory, "most memory of a run"),
        bytes("ceiling.stack", \.ceiling.stack, "largest stack of a process"),
        number("ceiling.processes", \.ceiling.processes, "most processes and threads of a run"),
        number("ceiling.open-files", \.ceiling.openFiles, "most open files of a process"),
        bytes("ceiling.file-size", \.ceiling.fileSize, "largest file that a run may write"),
        bytes("ceiling.work-size", \.ceiling.workSize, "largest work directory"),
        number("ceiling.work-files", \.ceiling.workFiles, "most files in a work directory"),
        bytes("ceiling.output", \.ceiling.output, "most standard output, and as much standard error"),
        number("ceiling.cpus", \.ceiling.cpus, "most CPUs of a run"),
        flag("jobe", \.jobe, "whether Jobe's interface is served, below /jobe"),
        time("jobe-cpu-time", \.jobeCPUTime, "most CPU time of a run through Jobe's interface"),
        time(
            "jobe-patience", \.jobePatience, "how long a run of Jobe's waits for a place before the answer is overload"),
        bytes("jobe-files.bytes", \.jobeFiles.bytes, "bytes of Jobe's file cache"),
        bytes("jobe-files.file-bytes", \.jobeFiles.fileBytes, "bytes of one file in it"),
        time("jobe-files.age", \.jobeFiles.age, "how long a file stays in it without being used"),
        flag("judge0", \.judge0, "whether Judge0's interface is served"),
        Setting(
            name: "judge0-prefix",
            help: "where Judge0's interface is served: paths with commas between them; / is the root",
            read: { $0.judge0Prefixes.map { $0.isEmpty ? "/" : $0 }.joined(separator: ",") }
        ) { configuration, text in
            let paths = text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            guard !paths.isEmpty, paths.allSatisfy({ $0.hasPrefix("/") && !$0.contains("{") }) else {
                return "paths such as /judge0"
            }
            configuration.judge0Prefixes = paths.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
            return nil
        },
        flag(
            "judge0-private-callbacks", \.judge0PrivateCallbacks,
            "whether Judge0's callbacks may go to this machine and its networks"),
        Setting(name: "log-level", help: "trace, debug, info, notice, warning, error or critical") {
            $0.logLevel.rawValue
        } write: { configuration, text in
            guard let level = Logger.Level(rawValue: text) else { return "a log level such as info" }
            configuration.logLevel = level
            return nil
        },
    ]

    static func named(_ name: String) -> Setting? { all.first { $0.name == name } }
}
