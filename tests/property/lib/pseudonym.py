"""A second implementation of pseudonyms, plain and slow: AES, Crypto-PAn, labels, suffixes.

Written from FIPS 197, from the paper on Crypto-PAn, and from docs/decisions/0020-pseudonyms.md.
"""
import hashlib
import hmac
import ipaddress
import re

SUFFIXES = "/usr/share/publicsuffix/public_suffix_list.dat"
ALPHABET = b"abcdefghijklmnopqrstuvwxyz0123456789"
ROUNDS = 10
SPECIAL = set("""alt example invalid local localhost onion test corp home internal intranet lan
    localdomain private arpa home.arpa in-addr.arpa ip6.arpa ipv4only.arpa resolver.arpa bind
    authors.bind hostname.bind version.bind server id.server version.server""".split())
REGISTRY = set("ac co com edu go gob gov gub info mil ne net nom or org sch".split())

# What is not replaced at all, and blocks whose addresses are replaced among themselves.
STAYS = [ipaddress.ip_network(n) for n in (
    "0.0.0.0/32", "255.255.255.255/32", "127.0.0.0/8", "::/128", "::1/128")]
MULTICAST = [ipaddress.ip_network(n) for n in ("224.0.0.0/4", "ff00::/8")]
BLOCKS = [ipaddress.ip_network(n) for n in (
    "169.254.0.0/16", "233.0.0.0/8", "234.0.0.0/8", "::/64", "fe80::/64", "fe80::/10",
    "ff02::1:ff00:0/104", "ff30::/12", "ff70::/12")]
HOLDS_IP4 = [ipaddress.ip_network(n) for n in ("::ffff:0:0/96", "64:ff9b::/96")]


def _sbox():
    """The S-box from its definition: inverses in GF(2^8), then the affine map."""
    box, p, q = [0] * 256, 1, 1
    while True:
        p ^= (p << 1) & 0xff ^ (0x1b if p & 0x80 else 0)
        q ^= q << 1
        q ^= q << 2
        q ^= q << 4
        q &= 0xff
        if q & 0x80:
            q ^= 0x09
        turned = 0
        for shift in range(5):
            turned ^= (q << shift | q >> (8 - shift)) & 0xff
        box[p] = turned ^ 0x63
        if p == 1:
            break
    box[0] = 0x63
    return box


SBOX = _sbox()


def _double(x):
    return (x << 1) & 0xff ^ (0x1b if x & 0x80 else 0)


class Aes:
    """AES-128, one block at a time."""

    def __init__(self, key):
        words, turn = [list(key[i:i + 4]) for i in range(0, 16, 4)], 1
        for i in range(4, 44):
            word = list(words[i - 1])
            if i % 4 == 0:
                word = [SBOX[b] for b in word[1:] + word[:1]]
                word[0] ^= turn
                turn = _double(turn)
            words.append([a ^ b for a, b in zip(word, words[i - 4])])
        self.keys = [sum(words[i:i + 4], []) for i in range(0, 44, 4)]
        self.known = {}

    def __call__(self, block):
        if block not in self.known:
            self.known[block] = self.encipher(block)
        return self.known[block]

    def encipher(self, block):
        state = [a ^ b for a, b in zip(block, self.keys[0])]
        for number, key in enumerate(self.keys[1:], 1):
            state = [SBOX[state[(i + 4 * (i % 4)) % 16]] for i in range(16)]
            if number < 10:
                mixed = []
                for at in range(0, 16, 4):
                    column = state[at:at + 4]
                    every = column[0] ^ column[1] ^ column[2] ^ column[3]
                    mixed += [column[i] ^ every ^ _double(column[i] ^ column[(i + 1) % 4])
                              for i in range(4)]
                state = mixed
            state = [a ^ b for a, b in zip(state, key)]
        return bytes(state)


def load_suffixes():
    """The rules of ICANN's domains, or None without the list."""
    try:
        with open(SUFFIXES, encoding="utf-8") as file:
            text = file.read()
    except OSError:
        return None
    text = text.split("===BEGIN ICANN DOMAINS===")[1].split("===END ICANN DOMAINS===")[0]
    return {line.strip().encode("idna" if not line.startswith(("*", "!")) else "utf-8").decode()
            for line in text.splitlines() if line.strip() and not line.startswith("//")}


class Pseudonyms:
    """What the program does, for a key and what is kept."""

    def __init__(self, key, addresses=(), names=()):
        self.key, self.aes = key, Aes(key[:16])
        self.pad = self.aes(key[16:])
        self.names = Aes(hmac.new(key, b"dnsgap names 1", hashlib.sha256).digest()[:16])
        self.kept = [ipaddress.ip_network(a, strict=False) for a in addresses]
        self.kept_names = [n.lower().rstrip(".").split(".") for n in names]
        self.rules = load_suffixes()

    # ---- addresses ----

    def cryptopan(self, value, width, first, last):
        """Turns the bits [first, last) of a number of `width` bits."""
        pad = int.from_bytes(self.pad, "big")
        whole = value << (128 - width)
        turned = 0
        for bit in range(first, last):
            mask = ((1 << bit) - 1) << (128 - bit)
            block = (whole & mask) | (pad & ~mask & ((1 << 128) - 1))
            turned |= (self.aes(block.to_bytes(16, "big"))[0] >> 7) << (width - 1 - bit)
        return value ^ turned

    def block(self, value, width, bits):
        """The block that the first `bits` bits belong to; None when they stay."""
        address = (ipaddress.IPv4Address if width == 32 else ipaddress.IPv6Address)(value)

        def inside(network):
            return network.version == address.version and network.prefixlen <= bits \
                and address in network
        if any(inside(n) for n in self.kept + STAYS):
            return None
        for network in HOLDS_IP4 + BLOCKS:
            if inside(network):
                return network
        if any(inside(n) for n in MULTICAST):
            return None
        return ipaddress.ip_network("0.0.0.0/0" if width == 32 else "::/0")

    def replace(self, value, width, bits):
        own = self.block(value, width, bits)
        if own is None:
            return value
        while True:
            if own in HOLDS_IP4:
                low = self.replace(value & 0xffffffff, 32, bits - 96)
                value = value >> 32 << 32 | low
            else:
                value = self.cryptopan(value, width, own.prefixlen, bits)
            if self.block(value, width, bits) == own:
                return value

    def address(self, text):
        address = ipaddress.ip_address(text)
        width = address.max_prefixlen
        return str(type(address)(self.replace(int(address), width, width)))

    # ---- names ----

    def mac(self, purpose, data):
        block = self.names(bytes([purpose]) + len(data).to_bytes(4, "big") + bytes(11))
        return self.absorb(block, data)

    def absorb(self, block, data):
        for at in range(0, len(data), 16):
            part = data[at:at + 16].ljust(16, b"\0")
            block = self.names(bytes(a ^ b for a, b in zip(block, part)))
        return block

    def words(self, block):
        while True:
            yield int.from_bytes(block[:8], "big")
            yield int.from_bytes(block[8:], "big")
            block = self.names(block)

    def digits(self, block, count):
        made = []
        for word in self.words(block):
            for _ in range(10):
                made.append(word % 36)
                word //= 36
            if len(made) >= count:
                return made[:count]

    def begin(self, tweak, purpose, length):
        return self.names(bytes([tweak[0] ^ purpose, tweak[1] ^ length]) + tweak[2:])

    def permute(self, tweak, digits):
        count = len(digits)
        if count == 1:
            words, order = self.words(self.begin(tweak, 0xfe, 1)), list(range(36))
            for i in range(35, 0, -1):
                other = next(words) % (i + 1)
                order[i], order[other] = order[other], order[i]
            return [order[digits[0]]]
        left, right = digits[:count // 2], digits[count // 2:]
        for number in range(1, ROUNDS + 1):
            start = self.begin(tweak, number, count)
            if number % 2 == 1:
                made = self.digits(self.absorb(start, bytes(right)), len(left))
                left = [(a + b) % 36 for a, b in zip(left, made)]
            else:
                made = self.digits(self.absorb(start, bytes(left)), len(right))
                right = [(a + b) % 36 for a, b in zip(right, made)]
        return left + right

    def label(self, label, parent):
        """Of a folded label and its parent's wire form: the pseudonym, and if it is one-to-one."""
        tweak = self.mac(1, parent)
        if not re.fullmatch(rb"[a-z0-9_-]+", label):
            block = self.absorb(self.begin(tweak, 0xfd, len(label)), label)
            return bytes(ALPHABET[d] for d in self.digits(block, len(label))), False
        digits = [ALPHABET.index(c) for c in label if c in ALPHABET]
        if not digits:
            return label, False
        made = iter(self.permute(tweak, digits))
        return bytes(ALPHABET[next(made)] if c in ALPHABET else c for c in label), True

    def is_suffix(self, labels):
        # As libpsl has it, where all names below are suffixes (*.ck), so is the one above them.
        if "*." + ".".join(labels) in self.rules:
            return True
        for at, whole in enumerate([labels] + [["*"] + labels[1:]]):
            name = ".".join(whole)
            if "!" + ".".join(labels) in self.rules:
                return False
            if name in self.rules:
                return at == 0 or labels[0] in REGISTRY
        return False

    def stays(self, labels):
        text = [label.decode("latin-1") for label in labels]
        if any(kept[-len(text):] == text for kept in self.kept_names):
            return True
        if not all(re.fullmatch(r"[a-z0-9-]+", label) for label in text):
            return False
        return ".".join(text) in SPECIAL or self.is_suffix(text)

    def numbers(self, labels):
        """How many labels before in-addr.arpa or ip6.arpa are an address's, and their new text."""
        is_ip4 = labels[-2:] == [b"in-addr", b"arpa"]
        if not is_ip4 and labels[-2:] != [b"ip6", b"arpa"]:
            return 0, []
        pattern = rb"0|[1-9][0-9]{0,2}" if is_ip4 else rb"[0-9a-f]"
        most, size, base, width = (4, 8, 10, 32) if is_ip4 else (32, 4, 16, 128)
        value = count = 0
        for label in reversed(labels[:-2]):
            if count == most or not re.fullmatch(pattern, label) or int(label, base) >= 1 << size:
                break
            count += 1
            value |= int(label, base) << (width - size * count)
        if count == 0:
            return 0, []
        value = self.replace(value, width, size * count)
        return count, [b"%d" % n if is_ip4 else b"%x" % n
                       for n in (value >> (width - size * i) & ((1 << size) - 1)
                                 for i in range(count, 0, -1))]

    def name(self, labels, has_addresses=True):
        """Of labels (bytes), the pseudonym's labels."""
        folded = [label.lower() for label in labels]
        text = [label.decode("latin-1") for label in folded]
        if any(text[-len(kept):] == kept for kept in self.kept_names):
            return labels
        count, made = self.numbers(folded) if has_addresses else (0, [])
        made += labels[-2:] if count else []
        parent_stays = count == 0
        for at in range(len(labels) - len(made) - 1, -1, -1):
            label, rest = folded[at], folded[at + 1:]
            parent = wire(rest)
            if re.fullmatch(rb"_[a-z0-9-]{1,15}", label):
                parent_stays, new = False, labels[at]
            elif parent_stays and self.stays([label] + rest):
                new = labels[at]
            else:
                new, is_one_to_one = self.label(label, parent)
                while is_one_to_one and parent_stays and self.stays([new] + rest):
                    new, is_one_to_one = self.label(new, parent)
                parent_stays = False
            made.insert(0, new)
        made = [bytes(n - 32 if 65 <= o <= 90 and 97 <= n <= 122 else n for n, o in zip(new, old))
                if len(new) == len(old) else new for new, old in zip(made, labels)]
        if len(wire(made)) > 255:
            return self.name(labels, False)
        return made

    def octets(self, data):
        return bytes(ALPHABET[d] for d in self.digits(self.mac(2, data), len(data)))


def wire(labels):
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
