import Testing

@Suite struct GradingTests {}
