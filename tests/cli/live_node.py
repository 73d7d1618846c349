"""A control-plane node in a directory, for --root: the manifest, the kubelet's configuration, and
every directory that the manifest's hostPath volumes name."""

import json
import os

from harness import ENABLED, PLAIN, equal, need_root

MANIFESTS = "root/etc/kubernetes/manifests"
MANIFEST = MANIFESTS + "/kube-apiserver.yaml"
SHOWN = MANIFEST.removeprefix("root")
POLICY = "root/etc/kubernetes/audit/audit-policy.yaml"
LOGS = "root/var/log/kubernetes/audit"
BACKUPS = "root/var/lib/kaudit/backups"
KUBELET = "root/var/lib/kubelet/config.yaml"
POLICY_BYTES = b"apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: Metadata\n"

# Backup names begin with a time; records and reports name one to the nanosecond. Paths of the node
# stand here without the root; one test looks at how they are shown.
TIMES = [(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{9}Z-[0-9a-f]{16}", "NAME"),
         (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", "TIME")]
MASKS = [(r"DIR/root(?=/)", ""), *TIMES]


class LiveNode:
    def __init__(self, case, manifest=PLAIN):
        need_root()  # the log directory that kaudit makes belongs to the API server's user
        self.case = case
        for directory in ("etc/ssl/certs", "etc/pki/ca-trust", "etc/pki/tls/certs",
                          "etc/kubernetes/pki", "var/log"):
            os.makedirs(case.path("root/" + directory), exist_ok=True)
        case.write(MANIFEST, manifest)
        case.write(KUBELET, "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n"
                            "staticPodPath: /etc/kubernetes/manifests\n")
        case.write(POLICY, POLICY_BYTES)

    def kaudit(self, command, *words, **more):
        return self.case.kaudit(command, "--root=root", *words, **more)

    def enable(self, *words, **more):
        return self.kaudit("enable", *words, **more)

    def rollback(self, *words, **more):
        return self.kaudit("rollback", *words, **more)

    def manifest(self):
        return self.case.read(MANIFEST)

    def records(self):
        """Oldest first."""
        if not os.path.isdir(self.case.path(BACKUPS)):
            return []
        return [json.loads(self.case.read(f"{BACKUPS}/{name}"))
                for name in self.case.names(BACKUPS) if name.endswith(".json")]

    def states(self):
        return [record["state"] for record in self.records()]

    def backups(self):
        """The kept bytes, oldest first."""
        return [self.case.read(f"{BACKUPS}/{name}") for name in self.case.names(BACKUPS)
                if name.endswith(".manifest")]

    def refuses(self, message, *words, command="enable", hint=None, place=True):
        """Exit code 2 with exactly this, and nothing at all written."""
        prefix = SHOWN if place else "kaudit"
        err = f"{prefix}: error: {message}\n"
        if hint:
            err += f"  hint: {hint}\n"
        with self.case.untouched():
            return self.kaudit(command, *words).expect(2, out="", err=err, masks=MASKS)

    def is_enabled(self):
        equal(ENABLED, self.manifest(), "the live manifest")

    def is_plain(self):
        equal(PLAIN, self.manifest(), "the live manifest")
