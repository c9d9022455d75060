import Dispatch
import Glibc

/// Signals as a stream; their usual effect is switched off from the moment this is made.
final class SignalStream: Sendable {
    let signals: AsyncStream<Int32>
    /// Held for as long as this lives; only its deinitialisation touches them again.
    nonisolated(unsafe) private let sources: [any DispatchSourceSignal]

    init(_ numbers: [Int32]) {
        for number in numbers { signal(number, SIG_IGN) }
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        signals = stream
        sources = numbers.map { number in
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield(number) }
            source.resume()
            return source
        }
    }
}
