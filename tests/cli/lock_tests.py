"""Two at once: one waits, and refuses by name after ten seconds."""

import fcntl
import os
import subprocess
import threading
import time

from harness import ENABLED, PLAIN, Skip, equal, need_tool, test, text, true
from live_node import MANIFEST, MANIFESTS, LiveNode


class Held:
    """The lock of a directory, as another kaudit would hold it."""

    def __init__(self, path):
        self.fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(self.fd, fcntl.LOCK_EX)

    def release(self):
        os.close(self.fd)


def own_name():
    with open("/proc/self/comm", encoding="utf-8") as file:
        return file.read().strip()


@test
def after_ten_seconds_the_holder_is_named(case):
    node = LiveNode(case)
    held = Held(case.path(MANIFESTS))
    begin = time.monotonic()
    with case.untouched():
        node.enable().expect(2, out="", err=(
            f"kaudit: error: process {os.getpid()} ({own_name()}) has locked "
            "DIR/root/etc/kubernetes/manifests for more than 10 s\n"
            "  hint: wait until it has ended, then run this again\n"))
    seconds = time.monotonic() - begin
    held.release()
    true(9.5 < seconds < 15, f"it waited {seconds:.1f} s")
    node.enable().expect(0)


@test
def a_lock_that_is_released_is_waited_for(case):
    node = LiveNode(case)
    for command in ("enable", "rollback"):
        held = Held(case.path(MANIFESTS))
        before = node.manifest()
        released = threading.Timer(0.7, held.release)
        released.start()
        begin = time.monotonic()
        node.kaudit(command).expect(0)
        true(time.monotonic() - begin >= 0.6, f"{command} did not wait for the lock")
        released.join()
        true(node.manifest() != before, f"{command} did nothing")


@test
def a_dry_run_does_not_wait(case):
    node = LiveNode(case)
    held = Held(case.path(MANIFESTS))
    begin = time.monotonic()
    node.enable("--dry-run").expect(0)
    node.enable("-o", "-").expect(0)
    true(time.monotonic() - begin < 2, "a run that writes nothing waited for the lock")
    held.release()


@test
def many_at_once_do_one_change_each(case):
    node = LiveNode(case)
    command = [case.binary, "enable", "--root=root"]
    running = [subprocess.Popen([*command, f"--audit-log-maxage={n}"], cwd=case.dir,
                                env=case.environment(), stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE) for n in range(1, 9)]
    said = [process.communicate(timeout=30)[1] for process in running]
    equal([0] * 8, [process.returncode for process in running], text(b"".join(said)))
    last = [n for n in range(1, 9)
            if node.manifest() == ENABLED.replace(b"maxage=30", f"maxage={n}".encode())]
    equal(1, len(last), "the manifest is the result of one of them")
    equal(["done"] * 8, node.states(), "one record a change")
    equal(["kube-apiserver.yaml"], case.names(MANIFESTS), "files beside the manifest")
    for _ in range(8):
        node.rollback().expect(0)
    node.is_plain()


@test
def a_lock_on_another_directory_does_not_matter(case):
    node = LiveNode(case)
    held = Held(case.path("root/etc/kubernetes"))
    begin = time.monotonic()
    node.enable().expect(0)
    true(time.monotonic() - begin < 2, "it waited for a lock of another directory")
    held.release()


@test
def a_change_by_somebody_else_meanwhile_is_not_overwritten(case):
    """strace holds kaudit between writing its new file and renaming it; the manifest changes then."""
    strace = need_tool("strace")
    node = LiveNode(case)
    foreign = PLAIN.replace(b"v1.31.3", b"v1.31.4")
    process = subprocess.Popen(
        [strace, "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync", "-e",
         "inject=fsync:delay_exit=300000", case.binary, "enable", "--root=root"],
        cwd=case.dir, env=case.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    end = time.monotonic() + 20
    while time.monotonic() < end and process.poll() is None:
        if ".kube-apiserver.yaml.kaudit-new" in case.names(MANIFESTS):
            break
        time.sleep(0.01)
    seen = ".kube-apiserver.yaml.kaudit-new" in case.names(MANIFESTS)
    case.write(MANIFEST, foreign)
    out, err = process.communicate(timeout=30)
    if not seen:
        raise Skip(f"strace did not hold it: {text(err)}")
    equal((2, b""), (process.returncode, out), f"exit code and stdout:\n{text(err)}")
    equal("DIR/root/etc/kubernetes/manifests/kube-apiserver.yaml: error: DIR/root/etc/kubernetes/manifests/"
          "kube-apiserver.yaml was changed by somebody else while kaudit worked on it\n"
          "  hint: nothing was written; run this again\n", case.plain(err), "stderr")
    equal(foreign, node.manifest(), "the manifest")
    equal(["kube-apiserver.yaml"], case.names(MANIFESTS), "files beside the manifest")
    equal([], node.records(), "backup records")
    true(not os.path.exists(case.path("root/var/log/kubernetes")), "the log directory stayed")
