import Testing

@Suite struct SandboxingTests {}
