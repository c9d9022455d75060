import Dispatch
import Glibc
import Synchronization

/// Signals as a stream; their usual effect is switched off from the moment this is made.
final class SignalStream: Sendable {
    let signals: AsyncStream<Int32>
    private let arrived: ArrivedSignals
    /// Held for as long as this lives; only its deinitialisation touches them again.
    nonisolated(unsafe) private let sources: [any DispatchSourceSignal]

    init(_ numbers: [Int32]) {
        for number in numbers { signal(number, SIG_IGN) }
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        signals = stream
        let arrived = ArrivedSignals()
        self.arrived = arrived
        sources = numbers.map { number in
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                arrived.numbers.withLock { _ = $0.insert(number) }
                continuation.yield(number)
            }
            source.resume()
            return source
        }
    }

    /// Whether one of `numbers` came, also where nobody reads the stream yet: a reader that is cancelled would end it.
    func hasArrived(_ numbers: Int32...) -> Bool {
        arrived.numbers.withLock { !$0.isDisjoint(with: numbers) }
    }
}

private final class ArrivedSignals: Sendable {
    let numbers = Mutex<Set<Int32>>([])
}
