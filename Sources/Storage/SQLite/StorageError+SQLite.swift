import Foundation
import GRDB

extension StorageError {
    init(_ error: any Error) {
        switch error {
        case let error as StorageError: self = error
        case let error as DatabaseError: self.init(error)
        case let error as CocoaError: self = .unavailable(error.localizedDescription)
        default: self = .refused("\(error)")
        }
    }

    init(opening path: String, _ error: any Error) {
        switch StorageError(error) {
        case .unavailable(let reason): self = .unavailable("\(path): \(reason)")
        case .corrupt(let reason): self = .corrupt("\(path): \(reason)")
        case let other: self = other
        }
    }

    private init(_ error: DatabaseError) {
        let reason = error.message ?? "\(error.resultCode)"
        switch error.resultCode {
        case .SQLITE_FULL: self = .unavailable("the disk is full")
        case .SQLITE_READONLY: self = .unavailable("the database is read-only")
        case .SQLITE_IOERR: self = .unavailable("input/output error (\(error.extendedResultCode.rawValue)): \(reason)")
        case .SQLITE_CANTOPEN: self = .unavailable("the file cannot be opened: \(reason)")
        case .SQLITE_BUSY, .SQLITE_LOCKED: self = .unavailable("another process holds the database: \(reason)")
        case .SQLITE_NOMEM, .SQLITE_PROTOCOL, .SQLITE_PERM, .SQLITE_INTERRUPT, .SQLITE_ABORT:
            self = .unavailable(reason)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_FORMAT: self = .corrupt(reason)
        default: self = .refused("\(reason) (\(error.extendedResultCode.rawValue))")
        }
    }
}
