import Testing

@testable import HTTPServer

/// The parsers as values over bytes, without a socket: at every way to cut a request in two they come to the same.
@Suite struct ParserTests {
    private enum Outcome: Hashable {
        case head(String, String, [String], Int)
        case fault(Int)
        case incomplete
    }

    private func parse(_ pieces: [ArraySlice<UInt8>]) -> Outcome {
        var parser = HeadParser(
            limits: HeadParser.Limits(requestLine: 200, headerBytes: 400, headerCount: 10))
        var bytes: [UInt8] = []
        do throws(RequestFault) {
            for piece in pieces {
                bytes += piece
                guard let length = try parser.parse(bytes.span) else { continue }
                let head = try RequestHead(parser, of: bytes.span.extracting(0..<length))
                return .head(head.method.name, head.target.path, head.headers.fields.map { "\($0): \($1)" }, length)
            }
            return .incomplete
        } catch {
            return .fault(error.status.code)
        }
    }

    @Test func cutsMakeNoDifference() {
        for wireCase in WireCase.all where wireCase.bytes.count < 600 {
            let bytes = wireCase.bytes[...]
            let whole = parse([bytes])
            for cut in bytes.indices {
                #expect(parse([bytes[..<cut], bytes[cut...]]) == whole, "\(wireCase) at \(cut)")
            }
            #expect(parse(bytes.indices.map { bytes[$0...$0] }) == whole, "\(wireCase)")
        }
    }

    @Test func chunksDecodeTheSameInAnyPieces() throws {
        let bytes = Array("5;a=b\r\nhello\r\n1\r\n \r\n00005\r\nworld\r\n0\r\nA: b\r\n\r\nnext".utf8)
        for cut in bytes.indices {
            var decoder = ChunkedDecoder(trailerLimit: 100)
            var output: [UInt8] = []
            var used = 0
            for end in [cut, bytes.count] {
                used += try decoder.decode(bytes.span.extracting(used..<end), into: &output)
            }
            #expect(decoder.isFinished)
            #expect(String(decoding: output, as: UTF8.self) == "hello world")
            #expect(used == bytes.count - 4)
        }
    }

    @Test func chunksStopAtTheLimitAndGoOn() throws {
        let bytes = Array("b\r\nhello world\r\n0\r\n\r\n".utf8)
        var decoder = ChunkedDecoder(trailerLimit: 100)
        var output: [UInt8] = []
        var used = try decoder.decode(bytes.span, into: &output, limit: 5)
        #expect(String(decoding: output, as: UTF8.self) == "hello")
        output = []
        used += try decoder.decode(bytes.span.extracting(used..<bytes.count), into: &output, limit: 100)
        #expect(String(decoding: output, as: UTF8.self) == " world")
        #expect(used == bytes.count)
    }
}
