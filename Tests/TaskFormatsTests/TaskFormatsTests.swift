import Testing

@Suite struct TaskFormatsTests {}
