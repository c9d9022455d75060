import Testing

@Suite struct CoreTests {}
