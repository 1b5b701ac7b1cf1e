"""DNS messages as far as matching needs them: RFC 1035, 6891, 5001, 7871, 7873, 8914."""
import struct

from packet import CUT_QUESTION, ENDLESS, NO_QUESTION, Bytes, Message, Options, Verdict

HEADER = 12
OPT = 41


def read_message(p):
    """(verdict, message without addresses) of the bytes of a message, or a Verdict."""
    p.need(HEADER, "dns_cut", "dns_malformed")
    ident, flags, questions, answers = struct.unpack(">HHHH", p.data[:8])
    verdict, question = "dns", NO_QUESTION
    if questions:
        try:
            question = read_question(p)
        except Verdict as trouble:
            if trouble.name == "dns_malformed":
                raise
            verdict, question = "dns_cut", CUT_QUESTION
    low, options = flags & 15, Options()
    found = find_opt(p.data)
    if found:
        low |= found[0] >> 24 << 4
        options = read_options(found[1])
    return verdict, Message("", 0, "", 0, ident, flags >> 15, flags >> 11 & 15, flags >> 9 & 1,
                            low, answers, question, None, None, options)


def read_labels(p, cut="dns_cut", malformed="dns_malformed"):
    """(labels in lower case, where the name ends): labels only, at most 255 octets in all."""
    at, labels, octets = HEADER, [], 1
    while True:
        p.need(at + 1, cut, malformed)
        length = p.u8(at)
        if length == 0:
            return tuple(labels), at + 1
        octets += 1 + length
        if length > 63 or octets > 255:
            raise Verdict(malformed)
        p.need(at + 1 + length, cut, malformed)
        labels.append(p.data[at + 1:at + 1 + length].lower())     # bytes.lower(): ASCII only
        at += 1 + length


def read_question(p):
    labels, at = read_labels(p)
    p.need(at + 4, "dns_cut", "dns_malformed")
    return labels, p.u16(at), p.u16(at + 2)


def find_opt(data):
    """(TTL, captured options) of the additional section's OPT; None when it cannot be found."""
    counts = struct.unpack(">HHHH", data[4:12])
    at = HEADER

    def skip_name(at):
        while data[at]:
            if data[at] >= 0xC0:
                return at + 2
            if data[at] > 63:
                raise IndexError
            at += 1 + data[at]
        return at + 1

    try:
        for _ in range(counts[0]):
            at = skip_name(at) + 4
        for place in range(sum(counts[1:])):
            at = skip_name(at)
            kind, _class, ttl, length = struct.unpack(">HHIH", data[at:at + 10])
            if kind == OPT and place >= counts[1] + counts[2]:
                return ttl, data[at + 10:at + 10 + length]
            at += 10 + length
    except (IndexError, struct.error):
        pass
    return None


def read_options(data):
    options = Options()
    while len(data) >= 4:
        code, length = struct.unpack(">HH", data[:4])
        value = data[4:4 + length]
        if len(value) < length:
            break
        if code == 3 and options.nsid is None:
            options.nsid = value
        elif code == 8:
            options.has_client_subnet = True
        elif code == 10:
            options.has_cookie = True
        elif code == 15 and length >= 2:
            options.ede.append(struct.unpack(">H", value[:2])[0])
        data = data[4 + length:]
    return options


def read_quoted(error, data):
    """Fills in what an ICMP quote shows of the message."""
    if len(data) >= 2:
        error.ident = struct.unpack(">H", data[:2])[0]
    if len(data) >= 3:
        error.qr = data[2] >> 7
    if len(data) >= HEADER:
        if data[4:6] == b"\0\0":
            error.question = NO_QUESTION
        else:
            try:
                error.question = read_question(Bytes(data, ENDLESS))
            except Verdict:
                pass


def begins_like_a_message(payload, is_reply):
    """Does this payload of a TCP segment look like the beginning of a message?"""
    if len(payload) < 19:
        return False
    length, _ident, flags, questions = struct.unpack(">HHHH", payload[:8])
    if length < 17 or flags >> 15 != is_reply or flags >> 11 & 15 > 6 or questions != 1:
        return False
    try:
        read_labels(Bytes(payload[2:], ENDLESS))
    except Verdict:
        return False
    return True
