#!/usr/bin/env python3
"""serve.py READY ADDRESS... - a DNS server over TCP that misbehaves on demand.

The first label of the question says how:

    close     reads the query and ends the connection in order
    half      sends half of the reply, then ends the connection
    reset     reads the query and resets the connection
    silent    never answers
    late      answers after 6.5 s
    bytes     answers an octet a segment
    turnN     waits for N queries, answers the last one first
    togetherN waits for N queries, answers them all in one write

Everything else is answered at once.  The file READY is made when it listens.
"""
import asyncio
import re
import socket
import struct
import sys

LATE = 6.5


def answer(query):
    """A reply with one A record, whatever was asked."""
    at = 12
    while query[at]:
        at += 1 + query[at]
    question = query[12:at + 5]
    wire = query[:2] + struct.pack("!5H", 0x8500, 1, 1, 0, 0) + question
    wire += struct.pack("!3HIH4B", 0xc00c, 1, 1, 60, 4, 192, 0, 2, 80)
    return struct.pack("!H", len(wire)) + wire


def label(query):
    return query[13:13 + query[12]].decode("ascii", "replace").lower()


async def write_slowly(writer, wire):
    for n in range(len(wire)):
        writer.write(wire[n:n + 1])
        await writer.drain()
        await asyncio.sleep(0.0007)


async def serve(reader, writer):
    held = []
    try:
        while True:
            size = struct.unpack("!H", await reader.readexactly(2))[0]
            query = await reader.readexactly(size)
            how, count = re.fullmatch(r"(\D*)(\d*)", label(query)).groups()
            wire = answer(query)
            if how == "reset":
                writer.transport.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
                return
            if how in ("close", "half"):
                writer.write(wire[:len(wire) // 2] if how == "half" else b"")
                break
            if how == "silent":
                continue
            if how == "late":
                await asyncio.sleep(LATE)
            if how == "bytes":
                await write_slowly(writer, wire)
                continue
            held.append(wire)
            if how in ("turn", "together") and len(held) < int(count):
                continue
            if how == "turn":
                for one in reversed(held):
                    writer.write(one)
                    await writer.drain()
                    await asyncio.sleep(0.001)
            else:
                writer.write(b"".join(held))
            held = []
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    try:
        writer.close()
        await writer.wait_closed()
    except ConnectionError:
        pass


async def main():
    ready, *addresses = sys.argv[1:]
    servers = [await asyncio.start_server(serve, address, 53) for address in addresses]
    with open(ready, "w", encoding="ascii"):
        pass
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    asyncio.run(main())
