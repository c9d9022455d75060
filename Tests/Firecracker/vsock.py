"""A socket device for a machine of QEMU's: what Firecracker has within, as a device outside (vhost-user).

Connections that the guest makes to port P of the host go to the Unix socket PATH_P. Nothing else is offered: the guest
of Assay makes one connection, and no host connects to it.
"""

import array
import mmap
import os
import selectors
import socket
import struct

# vhost-user's requests.
GET_FEATURES, SET_FEATURES, SET_OWNER, SET_MEM_TABLE = 1, 2, 3, 5
SET_VRING_NUM, SET_VRING_ADDR, SET_VRING_BASE, GET_VRING_BASE, SET_VRING_KICK, SET_VRING_CALL = 8, 9, 10, 11, 12, 13
GET_PROTOCOL_FEATURES, SET_PROTOCOL_FEATURES, SET_VRING_ENABLE, GET_CONFIG = 15, 16, 18, 24
FEATURES = 1 << 32 | 1 << 30  # virtio 1, and vhost-user's own features, of which:
PROTOCOL_FEATURES = 1 << 9  # the configuration is asked for
NO_DESCRIPTOR = 1 << 8

RECEIVE, TRANSMIT = 0, 1
DESCRIPTOR_NEXT, DESCRIPTOR_WRITE = 1, 2

# virtio-vsock's packets.
HEADER = struct.Struct("<QQIIIHHIII")
STREAM, HOST = 1, 2
REQUEST, RESPONSE, RESET, SHUTDOWN, DATA, CREDIT_UPDATE, CREDIT_REQUEST = 1, 2, 3, 4, 5, 6, 7
BUFFER = 256 << 10
PIECE = 32 << 10


class Memory:
    """The guest's memory, by its own addresses and by QEMU's."""

    def __init__(self):
        self.regions = []

    def set(self, payload, descriptors):
        count, _ = struct.unpack_from("<II", payload)
        self.regions = []
        for index in range(count):
            guest, size, user, offset = struct.unpack_from("<QQQQ", payload, 8 + 32 * index)
            view = mmap.mmap(descriptors[index], size + offset)
            os.close(descriptors[index])
            self.regions.append((guest, user, size, offset, view))

    def of_guest(self, address):
        for guest, _, size, offset, view in self.regions:
            if guest <= address < guest + size:
                return view, address - guest + offset
        raise ValueError(f"the guest has no address {address:#x}")

    def of_user(self, address):
        for _, user, size, offset, view in self.regions:
            if user <= address < user + size:
                return view, address - user + offset
        raise ValueError(f"QEMU has no address {address:#x}")


class Ring:
    """One virtqueue."""

    def __init__(self, memory):
        self.memory, self.size, self.next = memory, 0, 0
        self.descriptors = self.used = self.available = None
        self.kick = self.call = None

    def set_addresses(self, descriptors, used, available):
        self.descriptors = self.memory.of_user(descriptors)
        self.used = self.memory.of_user(used)
        self.available = self.memory.of_user(available)

    @property
    def has_next(self):
        if self.available is None or self.kick is None:
            return False
        view, at = self.available
        return struct.unpack_from("<H", view, at + 2)[0] != self.next

    def take(self):
        """The next chain of buffers: its number, and (memory, offset, size, is written) of each."""
        view, at = self.available
        head, = struct.unpack_from("<H", view, at + 4 + 2 * (self.next % self.size))
        self.next = (self.next + 1) & 0xffff
        parts, index = [], head
        while True:
            view, at = self.descriptors
            address, size, flags, following = struct.unpack_from("<QIHH", view, at + 16 * index)
            parts.append((*self.memory.of_guest(address), size, bool(flags & DESCRIPTOR_WRITE)))
            if not flags & DESCRIPTOR_NEXT:
                return head, parts
            index = following

    def give_back(self, head, size):
        view, at = self.used
        index, = struct.unpack_from("<H", view, at + 2)
        struct.pack_into("<II", view, at + 4 + 8 * (index % self.size), head, size)
        struct.pack_into("<H", view, at + 2, (index + 1) & 0xffff)

    def interrupt(self):
        if self.call is not None:
            os.write(self.call, struct.pack("<Q", 1))


class Connection:
    def __init__(self, stream, guest_port, host_port):
        self.stream, self.guest_port, self.host_port = stream, guest_port, host_port
        self.sent = self.received = self.guest_room = self.guest_consumed = 0

    @property
    def room(self):
        return self.guest_room - (self.sent - self.guest_consumed & 0xffffffff)


class VsockDevice:
    def __init__(self, control, guest_cid, path):
        self.control, self.guest_cid, self.path = control, guest_cid, path
        self.memory = Memory()
        self.rings = [Ring(self.memory), Ring(self.memory)]
        self.connections, self.replies = {}, []
        self.selector = selectors.DefaultSelector()
        self.selector.register(control, selectors.EVENT_READ, self.hear_control)
        self.is_open = True

    def run(self):
        """Serves until QEMU ends."""
        while self.is_open:
            self.choose_streams()
            for key, _ in self.selector.select():
                key.data()
            if self.is_open:
                self.transmit()
                self.receive()

    # What the guest and the host send.

    def choose_streams(self):
        """Streams are read only while the guest can take something."""
        can_take = self.rings[RECEIVE].has_next and not self.replies
        registered = {key.fileobj for key in self.selector.get_map().values()}
        for connection in self.connections.values():
            wanted = can_take and connection.room > 0
            if wanted and connection.stream not in registered:
                self.selector.register(connection.stream, selectors.EVENT_READ, lambda c=connection: self.forward(c))
            elif not wanted and connection.stream in registered:
                self.selector.unregister(connection.stream)

    def forward(self, connection):
        if not self.rings[RECEIVE].has_next or connection.guest_port not in self.connections:
            return
        head, parts = self.rings[RECEIVE].take()
        capacity = sum(size for _, _, size, is_written in parts if is_written) - HEADER.size
        try:
            data = connection.stream.recv(min(capacity, connection.room, PIECE))
        except ConnectionError:
            data = b""
        if not data:
            self.close(connection)
        connection.sent = connection.sent + len(data) & 0xffffffff
        self.fill(head, parts, self.header(connection, DATA if data else RESET, len(data)) + data)
        self.rings[RECEIVE].interrupt()

    def receive(self):
        ring = self.rings[RECEIVE]
        was_filled = False
        while self.replies and ring.has_next:
            head, parts = ring.take()
            self.fill(head, parts, self.replies.pop(0))
            was_filled = True
        if was_filled:
            ring.interrupt()

    def fill(self, head, parts, packet):
        offset = 0
        for view, at, size, _ in parts:
            piece = packet[offset:offset + size]
            view[at:at + len(piece)] = piece
            offset += len(piece)
        self.rings[RECEIVE].give_back(head, len(packet))

    def transmit(self):
        ring = self.rings[TRANSMIT]
        was_used = False
        while ring.has_next:
            head, parts = ring.take()
            packet = b"".join(view[at:at + size] for view, at, size, _ in parts)
            ring.give_back(head, 0)
            self.handle(HEADER.unpack_from(packet), packet[HEADER.size:])
            was_used = True
        if was_used:
            ring.interrupt()

    def handle(self, header, data):
        _, _, guest_port, host_port, size, kind, operation, _, room, consumed = header
        connection = self.connections.get(guest_port)
        if operation == REQUEST and kind == STREAM:
            connection = self.open(guest_port, host_port)
            self.replies.append(self.header(connection, RESPONSE if guest_port in self.connections else RESET))
        elif connection is None:
            if operation != RESET:
                self.replies.append(self.header(Connection(None, guest_port, host_port), RESET))
            return
        connection.guest_room, connection.guest_consumed = room, consumed
        if operation == DATA:
            try:
                connection.stream.sendall(data[:size])
            except OSError:
                self.close(connection)
                self.replies.append(self.header(connection, RESET))
                return
            connection.received = connection.received + size & 0xffffffff
            self.replies.append(self.header(connection, CREDIT_UPDATE))
        elif operation == CREDIT_REQUEST:
            self.replies.append(self.header(connection, CREDIT_UPDATE))
        elif operation in (SHUTDOWN, RESET):
            self.close(connection)
            if operation == SHUTDOWN:
                self.replies.append(self.header(connection, RESET))

    def open(self, guest_port, host_port):
        stream = socket.socket(socket.AF_UNIX)
        connection = Connection(stream, guest_port, host_port)
        try:
            stream.connect(f"{self.path}_{host_port}")
            self.connections[guest_port] = connection
        except OSError as error:
            print(f"vsock: {self.path}_{host_port}: {error}", flush=True)
        return connection

    def close(self, connection):
        if self.connections.pop(connection.guest_port, None) is None:
            return
        try:
            self.selector.unregister(connection.stream)
        except KeyError:
            pass
        connection.stream.close()

    def header(self, connection, operation, size=0):
        return HEADER.pack(
            HOST, self.guest_cid, connection.host_port, connection.guest_port, size, STREAM, operation, 0, BUFFER,
            connection.received)

    # What QEMU says.

    def hear_control(self):
        message, ancillary, _, _ = self.control.recvmsg(12, socket.CMSG_SPACE(8 * 4))
        if len(message) < 12:
            self.is_open = False
            return
        descriptors = array.array("i")
        for _, _, data in ancillary:
            descriptors.frombytes(data)
        request, _, size = struct.unpack("<III", message)
        payload = self.control.recv(size, socket.MSG_WAITALL) if size else b""
        answer = self.answer(request, payload, descriptors)
        if answer is not None:
            self.control.sendall(struct.pack("<III", request, 1 | 4, len(answer)) + answer)

    def answer(self, request, payload, descriptors):
        if request == GET_FEATURES:
            return struct.pack("<Q", FEATURES)
        if request == GET_PROTOCOL_FEATURES:
            return struct.pack("<Q", PROTOCOL_FEATURES)
        if request == GET_CONFIG:
            offset, size, flags = struct.unpack_from("<III", payload)
            value = struct.pack("<Q", self.guest_cid)[offset:offset + size].ljust(size, b"\0")
            return struct.pack("<III", offset, size, flags) + value
        if request == SET_MEM_TABLE:
            self.memory.set(payload, descriptors)
        elif request in (SET_VRING_NUM, SET_VRING_BASE, GET_VRING_BASE):
            index, value = struct.unpack_from("<II", payload)
            if request == SET_VRING_NUM:
                self.rings[index].size = value
            elif request == SET_VRING_BASE:
                self.rings[index].next = value
            else:
                return struct.pack("<II", index, self.rings[index].next)
        elif request == SET_VRING_ADDR:
            index, _, tables, used, available, _ = struct.unpack_from("<IIQQQQ", payload)
            self.rings[index].set_addresses(tables, used, available)
        elif request in (SET_VRING_KICK, SET_VRING_CALL):
            self.set_event(request, struct.unpack("<Q", payload)[0], descriptors)
        return None

    def set_event(self, request, value, descriptors):
        ring = self.rings[value & 0xff]
        event = None if value & NO_DESCRIPTOR else descriptors[0]
        if request == SET_VRING_CALL:
            ring.call = event
            return
        if ring.kick is not None:
            self.selector.unregister(ring.kick)
        ring.kick = event
        if event is not None:
            os.set_blocking(event, False)
            self.selector.register(event, selectors.EVENT_READ, lambda: os.read(event, 8))
