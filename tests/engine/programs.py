"""Programs that run in a process of their own, for a limited time, at whose end every thread is shown."""

import subprocess
import sys
import textwrap

HEAD = """
import faulthandler
faulthandler.dump_traceback_later({limit}, exit=True)
import ravine
from ravine import _core
"""


def run(program, limit=60, arguments=()):
    """What the program prints. A deadlock, a crash or an exception fails the test with what it wrote."""
    text = textwrap.dedent(HEAD.format(limit=limit)) + textwrap.dedent(program)
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", text, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=limit + 20,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout
