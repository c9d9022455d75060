import Core
import Foundation
import HTTPServer
import Logging

extension ServeCommand {
    /// Returns when a signal says that the service shall stop. SIGHUP has certificate and key read again; in a terminal
    /// it says that the terminal is gone, and stops the service too.
    static func signalToStop(_ signals: SignalStream, _ server: HTTPServer, _ logger: Logger) async {
        for await signal in signals.signals {
            if signal == SIGHUP, isatty(STDIN_FILENO) == 0 {
                reloadCertificates(server, logger)
                continue
            }
            logger.notice("stopping", metadata: ["signal": "\(signal)"])
            return
        }
    }

    private static func reloadCertificates(_ server: HTTPServer, _ logger: Logger) {
        do {
            try server.reloadCertificates()
            logger.notice("certificate and key were read again")
        } catch {
            logger.error("certificate and key stay as they were", metadata: ["reason": "\(error)"])
        }
    }

    /// Says where the service listens and what it can do.
    func announce(_ server: HTTPServer, _ node: Node, _ logger: Logger) {
        let languages = node.context.languages.entries.filter {
            if case .available = $0.availability { true } else { false }
        }
        let secure = Set(server.boundTLSAddresses)
        let urls = server.boundAddresses.map { address in
            if case .unix = address { return "\(address)" }
            return "\(secure.contains(address) ? "https" : "http")://\(address)"
        }
        for url in urls { print("Assay \(Version.string) listens on \(url)") }
        print("\(node.capacity.total.cpus) slots; languages: \(languages.map(\.language.name).joined(separator: ", "))")
        for backend in node.backends.reports.values {
            if case .unavailable(let reason, let remedy) = backend.availability {
                print("WARNING: backend \(backend.name) is not available: \(reason). \(remedy)")
            }
        }
        if let url = urls.first, node.configuration.role.servesClients {
            let target =
                url.hasPrefix("unix:") ? "--unix-socket \(url.dropFirst("unix:".count)) 'http://localhost" : "'\(url)"
            print(
                """
                Try:
                  curl -s --json '{"language":"python3","files":{"main.py":"print(6*7)"}}' \
                \(target)/v1/submissions?wait=10s'
                """)
        }
        fflush(nil)
    }
}
