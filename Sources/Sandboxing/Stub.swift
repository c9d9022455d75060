package import Core
package import Logging
package struct NativeBackendConfiguration: Sendable { package init(launcherPath: String, poolSize: Int) {} }
package struct NativeBackend: SandboxBackend { package init(_ c: NativeBackendConfiguration, logger: Logger) {}
 package var name: BackendName { .native }
 package func probe() async -> BackendReport { fatalError() }
 package func makeSandbox(_ configuration: SandboxConfiguration) async throws(SandboxError) -> any Sandbox { fatalError() }
 package func shutdown() async {} }
