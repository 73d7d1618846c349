#!/usr/bin/env python3
"""Runs kaudit on a real control plane: run.py [BINARY] [-k WORD] [--list] [--check].

containerd, etcd, a kubelet and kube-apiserver 1.20.2 as kubeadm sets them up run on this machine, in
namespaces of their own, and nothing of them is left afterwards. Needs root and control groups;
installs Debian's packages that it needs, and builds Kubernetes once (KAUDIT_NODE_CACHE says where,
by default below ~/.cache). BINARY may come from KAUDIT_BIN.

The exit code is 1 if a scenario failed, or was skipped although a node runs here. Where none can
run, it is 0, and every scenario counts as skipped; where CI is set, only without root or control
groups. Logs of the node are in build/node afterwards, what kaudit said in all its runs is in kaudit.log
there.
"""

import argparse
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
import traceback

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)

import build_kubernetes  # noqa: E402
import isolation  # noqa: E402
import node as nodes  # noqa: E402
import scenarios  # noqa: E402,F401
import scene  # noqa: E402

LIMIT = 25 * 60  # seconds for all scenarios
NODES = 2  # at the same time: most of a scenario is waiting
KEPT = os.path.join(TOP, "build", "node")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary", nargs="?", default=os.environ.get("KAUDIT_BIN"))
    parser.add_argument("-k", dest="word", default="", help="only scenarios whose name or number is this")
    parser.add_argument("--list", action="store_true", help="only tell the scenarios")
    parser.add_argument("--check", action="store_true", help="only tell if no node can run here, and why")
    parser.add_argument("--inside", nargs=3, metavar=("NUMBER", "STATE", "BINARIES"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if not given.list and not given.check and (not given.binary or not os.access(given.binary, os.X_OK)):
        parser.error(f"no executable kaudit: {given.binary}")
    return given


def chosen(word):
    numbered = list(enumerate(scene.all_scenarios, 1))
    return [(number, one) for number, one in numbered if word in (str(number), "") or word in one.__name__]


class Results:
    """What came of each scenario, in a folder that all nodes see: a file with the result's word, empty
    while the scenario runs."""

    def __init__(self, folder):
        self.folder = folder

    def claim(self, number):
        """Whether it is the caller's to run."""
        try:
            os.close(os.open(f"{self.folder}/{number}", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
        except FileExistsError:
            return False
        return True

    def write(self, number, result):
        nodes.write(f"{self.folder}/{number}", result)

    def read(self, number):
        """Failed also if it never ended, because the node did not come up or the time was over."""
        path = f"{self.folder}/{number}"
        return (os.path.exists(path) and nodes.read(path).decode()) or "failed"


def close(results):
    count = {word: results.count(word) for word in ("passed", "failed", "skipped")}
    print("node: {passed} passed, {failed} failed, {skipped} skipped".format(**count), flush=True)
    return 1 if count["failed"] or count["skipped"] else 0


# ---- inside --------------------------------------------------------------------------------------


def reap_while(child):
    """The first process inside takes over what is orphaned in there, as init does."""
    while True:
        pid, status = os.wait()
        if pid == child:
            os._exit(abs(os.waitstatus_to_exitcode(status)))


def keep_logs(state, folder):
    os.makedirs(folder)
    for name in os.listdir(state):
        if name.endswith((".log", ".yaml")):
            shutil.copy(f"{state}/{name}", folder)


def run_one(number, function, node, binary):
    """What came of it: passed, failed or skipped."""
    s, begin, why = scene.Scene(node, binary), time.monotonic(), ""
    try:
        function(s)
        result = "passed"
    except scene.Skip as reason:
        result, why = "skipped", str(reason)
    except (scene.Failure, nodes.Broken) as failure:
        result, why = "failed", str(failure)
    except Exception:  # a broken scenario is a failed one, and the others still run
        result, why = "failed", traceback.format_exc()
    lines = [f"{result:8} {number:2} {function.__name__}: {function.title} "
             f"({time.monotonic() - begin:.0f} s)", *s.measured, *why.splitlines()]
    if result == "failed" and s.last and s.last.code is not None and s.last.said() not in why:
        lines += [f"{s.last}: exit code {s.last.code}", *s.last.said().splitlines()]
    print("\n            ".join(lines), flush=True)  # at once: another node may print too
    return result


def inside(given):
    """In the namespaces: brings a node up and runs the scenarios that no other node has begun."""
    number, state, binaries = given.inside
    isolation.enter(state, {"bin": binaries, "kept": KEPT, "tested": os.path.dirname(given.binary)})
    binary = shutil.copy(f"{state}/tested/{os.path.basename(given.binary)}", f"{state}/kaudit")
    child = os.fork()
    if child:
        reap_while(child)
    os.umask(0o022)
    results = Results(f"{state}/kept/results")
    node = nodes.Node(state, f"{state}/bin")
    begin = time.monotonic()
    try:
        node.up()
        print(f"node {number} is up after {time.monotonic() - begin:.0f} s", flush=True)
        for scenario, function in chosen(given.word):
            if results.claim(scenario):
                results.write(scenario, run_one(scenario, function, node, binary))
    except nodes.Broken as broken:
        print(f"node {number} did not come up: {broken}", flush=True)
    keep_logs(state, f"{state}/kept/{number}")
    return 0


# ---- outside -------------------------------------------------------------------------------------


def interrupted(*_):
    raise KeyboardInterrupt


def prepare():
    """The folder with Kubernetes' binaries. Raises Unable where no node can run, before anything is
    installed or built."""
    isolation.check()
    build_kubernetes.install("node")
    return build_kubernetes.binaries()


def outside(given):
    binaries = prepare()
    os.makedirs(os.path.dirname(KEPT), exist_ok=True)
    lock = os.open(os.path.dirname(KEPT), os.O_RDONLY)  # until this process ends
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise build_kubernetes.Missing(f"another run uses {KEPT}") from error
    shutil.rmtree(KEPT, ignore_errors=True)
    os.makedirs(f"{KEPT}/results")
    again = [sys.executable, os.path.abspath(__file__), os.path.abspath(given.binary), "-k", given.word]
    scenarios_to_run = chosen(given.word)

    def command(number):
        return lambda state: [*again, "--inside", str(number), state, binaries]
    try:
        isolation.run_inside([command(n + 1) for n in range(min(NODES, len(scenarios_to_run)))], LIMIT)
    except subprocess.TimeoutExpired:
        print(f"node: stopped after {LIMIT} s", flush=True)
    results = Results(f"{KEPT}/results")
    return close([results.read(number) for number, _ in scenarios_to_run])


def main():
    given = arguments()
    if given.list:
        for number, function in chosen(given.word):
            print(f"{number:2} {function.__name__}: {function.title}")
        return 0
    if given.inside:
        return inside(given)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupted)
    try:
        if given.check:
            isolation.check()
            return 0
        return outside(given)
    except isolation.Unable as reason:
        print(f"node: no control plane can run here: {reason}", flush=True)
        if not given.check:
            close(["skipped" for _ in chosen(given.word)])
        return 1 if reason.a_fault and os.environ.get("CI") else 0
    except build_kubernetes.Missing as reason:
        print(f"node: {reason}", flush=True)
    except subprocess.TimeoutExpired as timeout:
        print(f"node: {timeout.cmd[0]} took longer than {timeout.timeout:.0f} s", flush=True)
    except KeyboardInterrupt:
        print("node: interrupted", flush=True)
        return 130
    return close(["failed" for _ in chosen(given.word)])


if __name__ == "__main__":
    sys.exit(main())
