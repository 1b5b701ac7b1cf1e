"""asker.py SECONDS COUNT: asks a server on 127.0.0.1:53 that is deaf to ports 600-1022."""
import socket
import struct
import sys
import threading
import time


def serve(server):
    while True:
        query, client = server.recvfrom(4096)
        if client[1] > 1023:
            server.sendto(query[:2] + b"\x81\x80" + query[4:], client)


def main():
    seconds, count = float(sys.argv[1]), int(sys.argv[2])
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))
    threading.Thread(target=serve, args=(server,), daemon=True).start()
    clients = []
    for i in range(count):
        # Open until the end: a reply to a closed one would make an ICMP error.
        client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        client.bind(("127.0.0.1", 600 + 3 * i if i % 3 == 0 else 20000 + 200 * i))
        clients.append(client)
        question = b"\x03w%02d\x07example\x00\x00\x01\x00\x01" % (i % 100)
        client.sendto(struct.pack(">HHHHHH", i, 0x100, 1, 0, 0, 0) + question,
                      ("127.0.0.1", 53))
        time.sleep(seconds / count)
    # The last ones may be answered, and are given up.
    time.sleep(0.7)


main()
