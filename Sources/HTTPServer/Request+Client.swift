extension Request {
    /// What limits by address count its client by: an IPv4 address, or the /64 of an IPv6 address, of which a client may
    /// have many. `nil` for a Unix socket.
    package var clientGroup: String? {
        guard let address = AddressRange.address(remoteAddress) else { return nil }
        return address.high == 0 && address.low >> 32 == 0xffff
            ? String(address.low & 0xffff_ffff, radix: 16) : String(address.high, radix: 16) + "/64"
    }
}
