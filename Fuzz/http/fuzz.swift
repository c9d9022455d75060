/// libFuzzer's entry. What must hold for every input, beside that nothing crashes:
/// - a request cut anywhere is the same request;
/// - what is accepted is unambiguous: its path stays below the root, its fields hold no line ends, its length is sane;
/// - a chunked body cut anywhere is the same body, and no longer than its bytes.
/// The first byte of the input says where it is cut; the rest is what a client sends.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    guard let first = input.first else { return 0 }
    let bytes = Array(input.dropFirst())
    let cut = bytes.isEmpty ? 0 : Int(first) % (bytes.count + 1)

    let whole = outcome(bytes, cuts: [])
    precondition(outcome(bytes, cuts: [cut]) == whole, "a cut changes the request")
    if bytes.count < 512 {
        precondition(outcome(bytes, cuts: Array(bytes.indices)) == whole, "bytes one by one change the request")
    }
    decodeChunks(bytes, cut)
    return 0
}

private enum Outcome: Equatable {
    case head(length: Int, method: String, path: String, fields: [String], framing: BodyFraming)
    case fault(Int)
    case incomplete
}

private func outcome(_ bytes: [UInt8], cuts: [Int]) -> Outcome {
    var parser = HeadParser(limits: HeadParser.Limits(requestLine: 1024, headerBytes: 4096, headerCount: 32))
    do throws(RequestFault) {
        for end in cuts + [bytes.count] {
            guard let length = try parser.parse(bytes.span.extracting(0..<end)) else { continue }
            precondition(length <= end)
            let head = try RequestHead(parser, of: bytes.span.extracting(0..<length))
            check(head)
            return .head(
                length: length, method: head.method.name, path: head.target.path,
                fields: head.headers.fields.map { "\($0.name):\($0.value)" }, framing: head.framing)
        }
        return .incomplete
    } catch {
        precondition((400..<600).contains(error.status.code))
        return .fault(error.status.code)
    }
}

private func check(_ head: RequestHead) {
    let path = head.target.path
    precondition(path == "*" || path.hasPrefix("/"), "a path without its slash")
    precondition(!path.utf8.contains { $0 < 0x20 || $0 == 0x7f }, "a control character in the path")
    precondition(!path.split(separator: "/").contains { $0 == ".." || $0 == "." }, "a path that leaves")
    for field in head.headers.fields {
        precondition(!field.name.isEmpty && field.name.utf8.allSatisfy { $0.isTokenByte }, "a field's name")
        precondition(!field.value.utf8.contains { ($0 < 0x20 && $0 != 0x09) || $0 == 0x7f }, "a field's value")
    }
    let lengths = head.headers.values(of: "Content-Length")
    let codings = head.headers.values(of: "Transfer-Encoding")
    precondition(lengths.count + codings.count <= 1, "two ways to tell the body's end")
    if case .length(let length) = head.framing {
        precondition(length > 0 && lengths.count == 1, "a length from nowhere")
        precondition(length == .max || Int(lengths[0]) == length, "a length read otherwise")
    }
    precondition((head.framing == .chunked) == (codings.count == 1), "chunks from nowhere")
}

private func decodeChunks(_ bytes: [UInt8], _ cut: Int) {
    func decode(_ ends: [Int]) -> (output: [UInt8], used: Int, fault: Int?, isFinished: Bool) {
        var decoder = ChunkedDecoder(trailerLimit: 1024)
        var output: [UInt8] = []
        var used = 0
        do throws(RequestFault) {
            for end in ends { used += try decoder.decode(bytes.span.extracting(used..<end), into: &output) }
            return (output, used, nil, decoder.isFinished)
        } catch {
            return (output, 0, error.status.code, false)
        }
    }
    let whole = decode([bytes.count])
    precondition(whole.output.count <= bytes.count, "more data than bytes")
    let cutInTwo = decode([cut, bytes.count])
    precondition(cutInTwo.fault == whole.fault && cutInTwo.isFinished == whole.isFinished, "a cut changes the chunks")
    precondition(whole.fault != nil || (cutInTwo.output == whole.output && cutInTwo.used == whole.used), "a cut changes data")
}
