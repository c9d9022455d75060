extension Language {
    /// `outcome` as the language's runtime means it: a heap limit that the runtime keeps itself is the memory limit.
    package func interpreted(_ outcome: Outcome) -> Outcome {
        guard outOfMemory?.matches(outcome) == true else { return outcome }
        var outcome = outcome
        outcome.ending = .overMemory
        return outcome
    }
}
