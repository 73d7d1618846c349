"""The vocabulary of the tests of the built binary.

A test is a function with @test and one argument, its Case: a directory of its own, in which kaudit
runs. Outputs are compared whole; the directory's path stands as DIR in what is expected, and what
differs from run to run is named by a pattern in `masks`.
"""

import contextlib
import difflib
import os
import re
import shutil
import stat
import subprocess
import tempfile

TESTDATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "testdata")
TIMEOUT = 30  # seconds; kaudit waits at most 10 for a lock
NOBODY = 65534

all_tests = []


class Mode(int):
    """Permission bits that print as one writes them."""

    def __repr__(self):
        return f"0o{int(self):o}"


class Skip(Exception):
    """The test cannot run here; its text says what is missing."""


class Failure(Exception):
    """What was expected, and what came."""


def test(function):
    all_tests.append(function)
    return function


def text(data):
    return data if isinstance(data, str) else data.decode("utf-8", "backslashreplace")


def testdata(*names):
    with open(os.path.join(TESTDATA, *names), "rb") as file:
        return file.read()


PLAIN = testdata("kubeadm", "1.31", "plain.yaml")
ENABLED = testdata("kubeadm", "1.31", "enabled.yaml")


def difference(want, got):
    lines = difflib.unified_diff(
        text(want).splitlines(), text(got).splitlines(), "expected", "got", lineterm="", n=2)
    return "\n".join(lines) or f"expected {want!r}\n     got {got!r}"


def equal(want, got, what):
    if want == got:
        return
    if isinstance(want, (str, bytes)) and isinstance(got, (str, bytes)):
        raise Failure(f"{what}:\n{difference(want, got)}")
    if isinstance(want, tuple) and isinstance(got, tuple) and len(want) == len(got):
        for one, other in zip(want, got):  # the first part that differs, not whole manifests
            equal(one, other, what)
    if isinstance(got, Mode):
        want = Mode(want)
    raise Failure(f"{what}: expected {want!r}, got {got!r}")


def true(condition, what):
    if not condition:
        raise Failure(what)


def need_root():
    if os.geteuid() != 0:
        raise Skip("needs root")


def need_tool(name):
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if not found:
        raise Skip(f"{name} is not installed")
    return found


class Ran:
    """One finished run: exit code, both streams, and a comparison of all three."""

    def __init__(self, case, words, code, out, err):
        self.case, self.words, self.code, self.out, self.err = case, words, code, out, err

    def expect(self, code, out=None, err=None, masks=()):
        """`out` and `err` are whole streams; None is for streams that another test looks at."""
        command = "kaudit " + " ".join(self.words)
        if self.code != code:
            raise Failure(f"{command}: exit code {self.code}, expected {code}\n"
                          f"{text(self.out)[:2000]}{text(self.err)[:4000]}")
        for name, want, got in (("stdout", out, self.out), ("stderr", err, self.err)):
            if want is None:
                continue
            if isinstance(want, str):
                got = self.case.plain(got, masks)
            equal(want, got, f"{command}: {name}")
        return self


class Case:
    def __init__(self, binary, directory):
        self.binary, self.dir = binary, directory

    # ---- files; names are relative to the test's directory --------------------------------------

    def path(self, name=""):
        return os.path.join(self.dir, name) if name else self.dir

    def write(self, name, data=PLAIN, mode=0o600):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data.encode() if isinstance(data, str) else data)
        os.chmod(path, mode)
        return name

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def mode(self, name):
        return Mode(stat.S_IMODE(os.lstat(self.path(name)).st_mode))

    def names(self, name=""):
        return sorted(os.listdir(self.path(name)))

    def snapshot(self, name=""):
        """Everything about everything below: a rewrite with equal bytes shows in inode and mtime."""
        seen = {}
        for directory, below, files in os.walk(self.path(name)):
            for path in [directory] + [os.path.join(directory, f) for f in below + files]:
                status = os.lstat(path)
                content = None
                if stat.S_ISREG(status.st_mode):
                    with open(path, "rb") as file:
                        content = file.read()
                elif stat.S_ISLNK(status.st_mode):
                    content = os.readlink(path)
                seen[path] = (status.st_mode, status.st_uid, status.st_gid, status.st_ino,
                              status.st_mtime_ns, content)
        return seen

    @contextlib.contextmanager
    def untouched(self, name=""):
        before = self.snapshot(name)
        yield
        after = self.snapshot(name)
        changed = sorted(path for path in before.keys() | after.keys()
                         if before.get(path) != after.get(path))
        true(not changed, "nothing should have been written, but this changed: " +
             ", ".join(os.path.relpath(path, self.dir) for path in changed))

    # ---- running --------------------------------------------------------------------------------

    def plain(self, data, masks=()):
        out = text(data).replace(self.dir, "DIR")
        for pattern, word in masks:
            out = re.sub(pattern, word, out)
        return out

    def environment(self, **changes):
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C", "TERM": "xterm"}
        environment.update(changes)
        return {name: value for name, value in environment.items() if value is not None}

    def run(self, command, stdin=b"", env=None, shown=None, **more):
        done = subprocess.run(command, input=stdin, capture_output=True, cwd=self.dir,
                              env=self.environment() if env is None else env, timeout=TIMEOUT, check=False, **more)
        return Ran(self, shown or command, done.returncode, done.stdout, done.stderr)

    def kaudit(self, *words, **more):
        return self.run([self.binary, *words], shown=words, **more)

    def kaudit_as_nobody(self, *words, **more):
        need_root()
        setpriv = need_tool("setpriv")
        command = [setpriv, f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
                   "--inh-caps=-all", self.binary, *words]
        return self.run(command, shown=words, **more)


def run_test(function, binary):
    directory = os.path.realpath(tempfile.mkdtemp(prefix="kaudit-test-"))
    os.chmod(directory, 0o755)
    try:
        function(Case(binary, directory))
    finally:
        shutil.rmtree(directory, ignore_errors=True)
