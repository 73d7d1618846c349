"""Killed at each system call of the write path: the old bytes or the new ones, nothing in between.

A first run under strace tells which system calls there are and how often; then every (name, number)
gets a run of its own, in which the kernel kills kaudit at the entry of that call. strace counts
`when=` for each name alone.
"""

import collections
import os
import re
import shutil
import time

from harness import ENABLED, PLAIN, Skip, equal, need_tool, test, testdata, text, true
from live_node import BACKUPS, MANIFEST, MANIFESTS, TIMES, LiveNode

SECONDS = 40  # for one test; a machine that needs longer tries as many as it can, spread evenly


def traced(case, *words, inject=()):
    strace = need_tool("strace")
    return case.run([strace, "-f", "-qq", "-o", case.path("trace"), *inject, case.binary, *words],
                    shown=words)


def calls_of(case, *words):
    """Names and counts of the system calls of one run that succeeds."""
    ran = traced(case, *words)
    if not os.path.exists(case.path("trace")) or b"ptrace" in ran.err:
        raise Skip(f"strace may not trace here: {text(ran.err).strip()}")
    ran.expect(0)
    counts = collections.Counter()
    for line in text(case.read("trace")).splitlines():
        called = re.match(r"(?:\d+ +)?(\w+)\(", line)
        if called:
            counts[called.group(1)] += 1
    return counts


def moments(counts):
    every = [(name, number) for name, count in sorted(counts.items()) for number in range(1, count + 1)
             if name not in ("execve", "exit_group")]
    true(len(every) > 30, f"the write path has more system calls than {counts}")
    for name in ("fsync", "renameat", "flock"):
        true(counts[name] > 0, f"no {name} in the trace: {counts}")
    return every


def kill_at(case, name, number, *words):
    """False when the run ended before that call."""
    inject = ("-e", f"trace={name}", "-e", f"inject={name}:signal=SIGKILL:when={number}")
    ran = traced(case, *words, inject=inject)
    true(ran.code in (0, -9, 137), f"{name} {number}: exit code {ran.code}: {text(ran.err)}")
    return ran.code != 0


def check_left(case, node, at, allowed):
    true(os.path.lexists(case.path(MANIFEST)), f"{at}: the manifest is gone")
    true(node.manifest() in allowed, f"{at}: the manifest is neither the old nor the new bytes")
    visible = [name for name in case.names(MANIFESTS) if not name.startswith(".")]
    equal(["kube-apiserver.yaml"], visible, f"{at}: what the kubelet would read")
    equal(0o600, case.mode(MANIFEST), f"{at}: mode")


def check_backups(case, at):
    """A changed manifest has its backup; every record that is there is whole."""
    if not os.path.isdir(case.path(BACKUPS)):
        return
    equal(0o700, case.mode(BACKUPS), f"{at}: mode of the backups")
    names = [name for name in case.names(BACKUPS) if not name.startswith(".")]
    for name in names:
        equal(0o600, case.mode(f"{BACKUPS}/{name}"), f"{at}: mode of {name}")
        if name.endswith(".json"):
            true(name.replace(".json", ".manifest") in names, f"{at}: a record without its backup")


def fresh(case, prepare):
    """A new node each time, because a kill leaves its traces."""
    shutil.rmtree(case.path("root"), ignore_errors=True)
    node = LiveNode(case)
    prepare(node)
    return node


def state(case):
    """All that the disk holds, without the times that differ from run to run."""
    seen = []
    for path, (mode, uid, gid, _, _, content) in sorted(case.snapshot("root").items()):
        seen.append((case.plain(path, TIMES), mode, uid, gid, case.plain(content or b"", TIMES)))
    return tuple(seen)


def each_moment(case, words, prepare, check):
    """`check(node, at, dead)` after each kill that leaves the disk in a state not seen before."""
    fresh(case, prepare)
    every = moments(calls_of(case, *words))
    end = time.monotonic() + SECONDS
    killed, skipped, checked = 0, 0, set()
    order = every[::3] + every[1::3] + every[2::3]  # what is left out at the end lies spread
    for name, number in order:
        if time.monotonic() > end:
            skipped += 1
            continue
        if not checked or state(case) != untouched:
            node = fresh(case, prepare)
            untouched = state(case)
        dead = kill_at(case, name, number, *words)
        killed += dead
        left = (dead, state(case))
        if left in checked:  # what follows depends on nothing else
            continue
        checked.add(left)
        check(node, f"killed at {name} number {number}", dead)
    true(len(checked) > 5, f"all kills left one of only {len(checked)} states")
    true(killed >= 0.9 * (len(every) - skipped), f"only {killed} of {len(every)} runs were killed")
    true(skipped < len(every) / 2, f"too slow: {skipped} of {len(every)} moments were not tried")


@test
def killed_while_enabling(case):
    def check(node, at, dead):
        check_left(case, node, at, (PLAIN, ENABLED))
        check_backups(case, at)
        new = node.manifest() == ENABLED
        true(new or "done" not in node.states(), f"{at}: a change is recorded as done before it is")
        if new:
            equal([PLAIN], node.backups(), f"{at}: the backup of a changed manifest")
        if new and dead and node.states() == ["pending"]:
            said = text(node.enable().expect(0).err)
            true("was interrupted" in said, f"{at}: the pending record is not mentioned:\n{said}")
        node.enable().expect(0)
        node.is_enabled()
        equal(["kube-apiserver.yaml"], [n for n in case.names(MANIFESTS)], f"{at}: left by the next run")
        node.rollback().expect(0)
        if node.manifest() != PLAIN:  # the first one dropped a change that never came
            node.rollback().expect(0)
        node.is_plain()

    each_moment(case, ["enable", "--root=root"], lambda node: None, check)


@test
def killed_while_rolling_back(case):
    def prepare(node):
        node.enable().expect(0)

    def check(node, at, dead):
        check_left(case, node, at, (PLAIN, ENABLED))
        check_backups(case, at)
        true(not dead or len(node.backups()) == 1, f"{at}: the backup went away")
        ran = node.rollback()
        true(ran.code == 0 or node.states() == ["rolled-back"], f"{at}: {text(ran.err)}")
        node.is_plain()
        node.enable().expect(0)
        node.is_enabled()

    each_moment(case, ["rollback", "--root=root"], prepare, check)


@test
def killed_while_writing_an_output_file(case):
    """-o FILE over an existing file: the old content or the new one."""
    case.write("m.yaml")
    words = ["enable", "--manifest=m.yaml", "-o", "o.yaml"]
    case.write("o.yaml", "old\n")
    counts = calls_of(case, *words)
    for name in ("write", "fsync", "renameat", "openat", "fchmod", "close"):
        for number in range(1, counts[name] + 1):
            case.write("o.yaml", "old\n")
            kill_at(case, name, number, *words)
            true(case.read("o.yaml") in (b"old\n", ENABLED), f"killed at {name} number {number}")
            equal(PLAIN, case.read("m.yaml"), "the manifest")
            for left in case.names():
                true(left in ("m.yaml", "o.yaml", "trace") or left.startswith("."), f"left: {left}")
                if left.startswith("."):
                    os.remove(case.path(left))


@test
def killed_while_changing_a_manifest_of_another_release(case):
    """The same for a bigger change, with old backups there, so that one is removed at the end."""
    release = testdata("kubeadm", "1.34", "plain.yaml")

    def prepare(node):
        case.write(MANIFEST, release)
        shutil.copytree(case.path("kept"), case.path(BACKUPS))
        case.write(MANIFEST, case.read("before"))

    node = LiveNode(case)
    case.write(MANIFEST, release)
    for days in range(1, 12):
        node.enable(f"--audit-log-maxage={days}").expect(0)
    shutil.copytree(case.path(BACKUPS), case.path("kept"))
    case.write("before", node.manifest())
    node.enable("--audit-log-maxage=99").expect(0)
    case.write("after", node.manifest())

    def check(node, at, dead):
        check_left(case, node, at, (case.read("before"), case.read("after")))
        true(len(node.backups()) in (10, 11), f"{at}: {len(node.backups())} backups")
        node.enable("--audit-log-maxage=99").expect(0)
        equal(case.read("after"), node.manifest(), f"{at}: the next enable")
        node.rollback().expect(0)
        if node.manifest() == case.read("after"):
            node.rollback().expect(0)
        equal(case.read("before"), node.manifest(), f"{at}: the next rollback")

    words = ["enable", "--root=root", "--audit-log-maxage=99"]
    fresh(case, prepare)
    counts = calls_of(case, *words)
    for name in ("unlinkat", "renameat", "fsync", "mkdirat"):
        for number in range(1, counts[name] + 1):
            node = fresh(case, prepare)
            check(node, f"killed at {name} number {number}", kill_at(case, name, number, *words))
