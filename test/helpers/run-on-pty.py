"""Runs a command on a terminal of its own and passes bytes both ways: see pty.ts."""

import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios

options = json.loads(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    size = struct.pack("HHHH", options["rows"], options["columns"], 0, 0)
    fcntl.ioctl(0, termios.TIOCSWINSZ, size)
    os.chdir(options["cwd"])
    command = options["command"]
    os.execve(command[0], command, options["env"])

sources = [terminal, 0]
while True:
    ready, _, _ = select.select(sources, [], [])
    if terminal in ready:
        try:
            seen = os.read(terminal, 65536)
        except OSError:  # Linux: the command has ended.
            seen = b""
        if not seen:
            break
        os.write(1, seen)
    if 0 in ready:
        typed = os.read(0, 65536)
        if typed:
            os.write(terminal, typed)
        else:
            sources.remove(0)
_, status = os.waitpid(pid, 0)
sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
