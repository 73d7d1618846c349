"""The vocabulary of the scenarios.

A scenario is a function with @scenario and one argument, its Scene: the node, the kaudit under test,
and what is asked of both. It starts by saying which state it needs (s.plain(), s.enabled() ...).
"""

import json
import os
import re
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, "..", "cli"))

import node as nodes  # noqa: E402
from harness import Failure, Skip, equal, text, true  # noqa: E402,F401
from node import LOG, LOGS, MANIFEST, POLICY, api_servers, read, wait_for, write  # noqa: E402

LIMIT = 9 * 60  # seconds for one run of kaudit: both of its waits are 4 minutes, and then some
all_scenarios = []

METADATA = """apiVersion: audit.k8s.io/v1
kind: Policy
rules:
- level: Metadata
"""
# kube-apiserver refuses the fourth rule: levels are spelt with a capital.
REFUSED = """apiVersion: audit.k8s.io/v1
kind: Policy
rules:
- level: None
  nonResourceURLs: ["/healthz*"]
- level: None
  users: ["system:kube-scheduler"]
- level: Request
  resources: [{group: apps}]
- level: metadata
"""
REFUSED_FIELD = "rules[3].level"


def scenario(title):
    def add(function):
        function.title = title
        all_scenarios.append(function)
        return function
    return add


class Run:
    """One run of kaudit, while it lasts and afterwards."""

    def __init__(self, scene, words, pipe=None):
        """What kaudit says goes to two files, or both to `pipe`; then nothing is said here."""
        self.words = words
        self.files = [f"{scene.node.state}/kaudit.{name}" for name in ("out", "err")]
        self.transcript = f"{scene.node.state}/kaudit.log"  # of all runs, for a person
        self.code = self.out = self.err = None
        self.cpu = 0.0
        manifest = os.stat(MANIFEST).st_ino
        with open(self.files[0], "wb") as out, open(self.files[1], "wb") as err:
            self.begin = self.end = time.monotonic()
            self.child = subprocess.Popen([scene.binary, *words], stdin=subprocess.DEVNULL,
                                          stdout=pipe or out, stderr=pipe or err,
                                          env={"PATH": nodes.PATH, "LANG": "C"})

        self.replaced_after = None  # seconds from the start until the manifest was another file
        threading.Thread(target=self.see_replaced, args=(manifest,), daemon=True).start()

    def see_replaced(self, before):
        while self.code is None and self.replaced_after is None:
            if os.path.exists(MANIFEST) and os.stat(MANIFEST).st_ino != before:
                self.replaced_after = time.monotonic() - self.begin
            time.sleep(0.002)

    def done(self):
        """Whether it has ended; then code, out, err and cpu hold."""
        if self.code is None:
            # wait4 instead of Popen.poll: it also tells the processor time.
            pid, status, usage = os.wait4(self.child.pid, os.WNOHANG)
            if pid:
                self.end = time.monotonic()
                self.child.returncode = self.code = os.waitstatus_to_exitcode(status)
                self.cpu = usage.ru_utime + usage.ru_stime
                self.out, self.err = (read(file).decode("utf-8", "replace") for file in self.files)
                with open(self.transcript, "a", encoding="utf-8") as log:
                    log.write(f"$ {self}\n{self.out}{self.err}"
                              f"-> {self.code} after {self.seconds():.2f} s\n\n")
        return self.code is not None

    def until(self, condition, what, limit=120):
        """Waits for something while kaudit still runs."""
        def there():
            if self.done():
                raise Failure(f"{self}: ended before {what}\n{self.said()}")
            return condition()
        return wait_for(there, limit, what)

    def signal(self, number):
        self.child.send_signal(number)

    def wait(self, limit=LIMIT):
        try:
            wait_for(self.done, limit, str(self))
        finally:
            if not self.done():
                self.child.kill()
                wait_for(self.done, 10, "the end of kaudit")
        return self

    def seconds(self):
        return self.end - self.begin

    def said(self):
        return f"{self.out}{self.err}"[-6000:]

    def expect(self, code, *words):
        """The exit code, and words (patterns) that standard output or error has."""
        true(self.code == code, f"{self}: exit code {self.code}, expected {code}\n{self.said()}")
        for word in words:
            true(re.search(word, self.out + self.err), f"{self}: nothing like {word!r} in\n{self.said()}")
        return self

    def __str__(self):
        return "kaudit " + " ".join(self.words)


class Scene:
    def __init__(self, node, binary):
        self.node, self.binary = node, binary
        self.measured = []
        self.last = None

    # ---- states to start from --------------------------------------------------------------------

    def plain(self, manifest=None):
        """A node without auditing; its API server."""
        return self.node.fresh(manifest)

    def enabled(self, *options):
        """A node with auditing at Metadata, as kaudit turns it on; its API server."""
        return self.node.fresh(self.enabled_manifest(*options), before=self.write_policy)

    def enabled_manifest(self, *options):
        done = subprocess.run([self.binary, "enable", "--manifest=-", *options], input=self.node.plain,
                              capture_output=True, timeout=30, check=False)
        equal(0, done.returncode, f"kaudit enable --manifest=-: exit code\n{text(done.stderr)}")
        return done.stdout

    @staticmethod
    def write_policy(policy=METADATA):
        write(POLICY, policy)
        os.makedirs(LOGS, 0o700, exist_ok=True)

    # ---- kaudit ----------------------------------------------------------------------------------

    def has(self, command, option):
        done = subprocess.run([self.binary, *command.split(), "--help"], capture_output=True, text=True,
                              timeout=30, check=False)
        return done.returncode == 0 and option in done.stdout + done.stderr

    def needs(self, command, option):
        """Skips the scenario while kaudit has no such thing."""
        if not self.has(command, option):
            raise Skip(f"this kaudit has no '{command} {option}'")

    def start(self, *words, **more):
        self.last = Run(self, words, **more)
        return self.last

    def kaudit(self, *words):
        return self.start(*words).wait()

    def findings(self, *words):
        run = self.kaudit("check", "--format=json", *words)
        return run, json.loads(run.out)["findings"]

    # ---- the API server --------------------------------------------------------------------------

    def restarted(self, old, limit=nodes.START_LIMIT):
        """The ready API server that has taken the place of `old` and stays. The first one may end on
        the port that the old one, whose good answers are still heard, has not left yet."""
        def stays():
            new = self.node.wait_ready(limit, other_than=[old.key()])
            time.sleep(3)
            servers = api_servers()
            return servers and servers[-1].key() == new.key() and self.node.ready() and new
        return wait_for(stays, limit, "an API server that stays")

    def healthy(self, what="afterwards"):
        true(self.node.ready(), f"{what} the API server is not ready")
        return api_servers()[-1]

    def is_plain(self):
        equal(self.node.plain, read(MANIFEST), "the manifest")

    def without_auditing(self):
        """The manifest is as kubeadm wrote it, and so is what runs."""
        self.is_plain()
        equal([], self.healthy().flags(), "audit flags of the running API server")

    def manifest_changed(self, before):
        return lambda: read(MANIFEST) != before

    # ---- requests and events ---------------------------------------------------------------------

    def kubectl(self, *words):
        return self.node.run(f"{self.node.binaries}/kubectl", *words).stdout

    @staticmethod
    def logs():
        """Names of the log and its rotated files."""
        names = os.listdir(LOGS) if os.path.isdir(LOGS) else []
        return sorted(name for name in names if name.startswith("audit"))

    def events(self):
        found = []
        for name in self.logs():
            for line in read(f"{LOGS}/{name}").splitlines():
                try:
                    found.append(json.loads(line))
                except ValueError:
                    pass  # the line that is being written
        return found

    def event_of(self, condition, what):
        def there():
            return next((event for event in self.events()
                         if event.get("stage") == "ResponseComplete" and condition(event)), None)
        return wait_for(there, 10, f"an event of {what} in {LOG}")

    # ---- figures ---------------------------------------------------------------------------------

    def measure(self, run):
        """Prints how long nobody was ready during the run, and what kaudit itself took: the time until
        the manifest was replaced (what follows is the kubelet's and the API server's), and all its
        processor time."""
        without = self.node.watch.without(run.begin, run.end)
        self.measured.append(
            f"{without:.2f} s without a ready API server; kaudit replaced the manifest after "
            f"{run.replaced_after * 1000:.0f} ms, and used {run.cpu * 1000:.0f} ms of processor time in "
            f"{run.seconds():.0f} s")
