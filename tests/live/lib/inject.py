"""System calls that another process is made to do, through ptrace: x86-64 only.

A thread is stopped, wherever it waits; it does one call with our numbers, and goes on as if
nothing had been.
"""
import ctypes
import os
import platform
import signal

PTRACE_CONT, PTRACE_SINGLESTEP, PTRACE_GETREGS, PTRACE_SETREGS = 7, 9, 12, 13
PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT = 17, 0x4206, 0x4207
WALL = 0x40000000
SYSCALL = b"\x0f\x05"
# Below what the x86-64 ABI lets a function use under its stack pointer.
RED_ZONE = 1024

NUMBERS = {"open": 2, "socket": 41, "connect": 42, "execve": 59, "ptrace": 101, "setuid": 105,
           "openat": 257, "mount": 165, "clone": 56, "kill": 62, "init_module": 175,
           "setresuid": 117, "unshare": 272, "bpf": 321, "getpid": 39}

libc = ctypes.CDLL(None, use_errno=True)


class Registers(ctypes.Structure):
    """struct user_regs_struct."""
    _fields_ = [(name, ctypes.c_ulonglong) for name in (
        "r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10", "r9", "r8", "rax", "rcx", "rdx",
        "rsi", "rdi", "orig_rax", "rip", "cs", "eflags", "rsp", "ss", "fs_base", "gs_base",
        "ds", "es", "fs", "gs")]


def is_possible():
    return platform.machine() == "x86_64"


def ptrace(request, tid, address=0, data=0):
    libc.ptrace.restype = ctypes.c_long
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    if libc.ptrace(request, tid, address, data) == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"ptrace {request:#x}: {os.strerror(number)}")


class Thread:
    """A stopped thread.  Use with `with`."""

    def __init__(self, pid, tid):
        self.pid, self.tid = pid, tid
        self.saved = Registers()

    def wait(self):
        _, status = os.waitpid(self.tid, WALL)
        if os.WIFEXITED(status) or os.WIFSIGNALED(status):
            raise OSError(f"thread {self.tid} has ended with {status:#x}")
        return status

    def __enter__(self):
        ptrace(PTRACE_SEIZE, self.tid)
        ptrace(PTRACE_INTERRUPT, self.tid)
        self.wait()
        ptrace(PTRACE_GETREGS, self.tid, 0, ctypes.addressof(self.saved))
        self.gate = self.find_gate()
        return self

    def __exit__(self, *_):
        try:
            ptrace(PTRACE_SETREGS, self.tid, 0, ctypes.addressof(self.saved))
            ptrace(PTRACE_DETACH, self.tid)
        except OSError:
            pass

    def find_gate(self):
        """Where a `syscall` instruction lies: behind us mostly, else anywhere in its code."""
        with open(f"/proc/{self.pid}/mem", "rb", buffering=0) as memory:
            memory.seek(self.saved.rip - 2)
            if memory.read(2) == SYSCALL:
                return self.saved.rip - 2
            with open(f"/proc/{self.pid}/maps", encoding="ascii", errors="replace") as maps:
                for line in maps:
                    span, access, *_ = line.split()
                    if "x" not in access or "vsyscall" in line:
                        continue
                    first, last = (int(end, 16) for end in span.split("-"))
                    memory.seek(first)
                    at = memory.read(last - first).find(SYSCALL)
                    if at >= 0:
                        return first + at
        raise OSError("no system call in its code")

    def put(self, offset, data):
        """Bytes on its stack, where nothing lies; their address."""
        at = self.saved.rsp - RED_ZONE - 4096 + offset
        with open(f"/proc/{self.pid}/mem", "r+b", buffering=0) as memory:
            memory.seek(at)
            memory.write(data)
        return at

    def call(self, name, *arguments):
        """What a system call gave: 0 and more, or a negative errno.  Bytes are put into its memory."""
        values, offset = [], 0
        for argument in arguments:
            if isinstance(argument, bytes):
                values.append(self.put(offset, argument + b"\0"))
                offset += (len(argument) + 16) & ~15
            else:
                values.append(argument & (2 ** 64 - 1))
        values += [0] * (6 - len(values))
        now = Registers.from_buffer_copy(self.saved)
        now.rax, now.orig_rax, now.rip = NUMBERS[name], 2 ** 64 - 1, self.gate
        now.rdi, now.rsi, now.rdx, now.r10, now.r8, now.r9 = values
        ptrace(PTRACE_SETREGS, self.tid, 0, ctypes.addressof(now))
        while True:
            ptrace(PTRACE_SINGLESTEP, self.tid)
            if os.WSTOPSIG(self.wait()) == signal.SIGTRAP:
                break
        ptrace(PTRACE_GETREGS, self.tid, 0, ctypes.addressof(now))
        return ctypes.c_longlong(now.rax).value


def threads(pid):
    return sorted(int(name) for name in os.listdir(f"/proc/{pid}/task"))
