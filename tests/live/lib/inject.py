"""System calls that another process is made to do, through ptrace: x86-64 only.

A thread is stopped, wherever it waits; it does one call with our numbers, and goes on as if
nothing had been.
"""
import ctypes
import os
import platform
import signal
import time

PTRACE_PEEKDATA, PTRACE_POKEDATA, PTRACE_CONT, PTRACE_SINGLESTEP = 2, 5, 7, 9
PTRACE_GETREGS, PTRACE_SETREGS = 12, 13
PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT = 17, 0x4206, 0x4207
WALL = 0x40000000
SYSCALL = b"\x0f\x05"
# Below what the x86-64 ABI lets a function use under its stack pointer.
RED_ZONE = 1024
STACK_BYTES = 4096
TRIES_MAX = 100

NUMBERS = {"open": 2, "getpid": 39, "socket": 41, "execve": 59, "ptrace": 101, "setresuid": 117,
           "openat": 257, "unshare": 272, "write": 1, "sendto": 44, "unlinkat": 263,
           "renameat2": 316, "io_uring_setup": 425}

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
        self.gate = 0

    def wait(self):
        _, status = os.waitpid(self.tid, WALL)
        if os.WIFEXITED(status) or os.WIFSIGNALED(status):
            raise OSError(f"thread {self.tid} has ended with {status:#x}")
        return status

    def __enter__(self):
        ptrace(PTRACE_SEIZE, self.tid)
        self.gate = self.stop()
        return self

    def __exit__(self, *_):
        try:
            ptrace(PTRACE_SETREGS, self.tid, 0, ctypes.addressof(self.saved))
            ptrace(PTRACE_DETACH, self.tid)
        except OSError:
            pass

    def stop(self):
        """Stops it in a system call: behind its instruction there is one that we can use."""
        for _ in range(TRIES_MAX):
            ptrace(PTRACE_INTERRUPT, self.tid)
            self.wait()
            ptrace(PTRACE_GETREGS, self.tid, 0, ctypes.addressof(self.saved))
            if self.peek(self.saved.rip - 2)[:2] == SYSCALL:
                return self.saved.rip - 2
            ptrace(PTRACE_CONT, self.tid)
            time.sleep(0.02)
        raise OSError(f"thread {self.tid} never waits in a system call")

    def peek(self, address):
        """Eight bytes of its memory.  /proc/PID/mem would need more rights."""
        word = ctypes.c_long()
        if libc.syscall(ctypes.c_long(NUMBERS["ptrace"]), ctypes.c_long(PTRACE_PEEKDATA),
                        ctypes.c_long(self.tid), ctypes.c_void_p(address),
                        ctypes.byref(word)) < 0:
            raise OSError(ctypes.get_errno(), "ptrace: peek")
        return bytes(word)

    def put(self, offset, data):
        """Bytes on its stack, where nothing lies; their address."""
        at = self.saved.rsp - RED_ZONE - STACK_BYTES + offset
        for i in range(0, len(data), 8):
            word = int.from_bytes(data[i:i + 8].ljust(8, b"\0"), "little")
            ptrace(PTRACE_POKEDATA, self.tid, at + i, word)
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
