"""A real control plane on this machine: containerd, etcd, a kubelet, and kube-apiserver as the static
Pod that kubeadm writes. It runs inside the namespaces of isolation.py, with the standard paths."""

import base64
import hashlib
import http.client
import io
import json
import os
import re
import shutil
import signal
import ssl
import subprocess
import tarfile
import threading
import time

from isolation import ADDRESS

VERSION = "1.20.2"
PORT = 6443
SOCKET = "/run/containerd/containerd.sock"
MANIFESTS = "/etc/kubernetes/manifests"
MANIFEST = f"{MANIFESTS}/kube-apiserver.yaml"
POLICY = "/etc/kubernetes/audit/audit-policy.yaml"
LOGS = "/var/log/kubernetes/audit"
LOG = f"{LOGS}/audit.log"
BACKUPS = "/var/lib/kaudit/backups"
ADMIN = "/etc/kubernetes/admin.conf"
ETCD_PKI = "/etc/kubernetes/pki/etcd"
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
# What a scenario may leave behind, and the next one must not find.
TRACES = ("/etc/kubernetes/audit", "/etc/kubernetes/audit-policy.yaml", "/var/log/kubernetes",
          "/var/lib/kaudit")

START_LIMIT = 240  # seconds until something that starts is there, on a machine that does much else
POLL = 0.05

CONTAINERD = f"""version = 2
[grpc]
  address = "{SOCKET}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "k8s.gcr.io/pause:3.2"
  # runc could not lower the score where CAP_SYS_RESOURCE is missing.
  restrict_oom_score_adj = true
"""

KUBEADM = f"""apiVersion: kubeadm.k8s.io/v1beta2
kind: InitConfiguration
localAPIEndpoint: {{advertiseAddress: {ADDRESS}, bindPort: {PORT}}}
nodeRegistration: {{name: node1, criSocket: {SOCKET}}}
---
apiVersion: kubeadm.k8s.io/v1beta2
kind: ClusterConfiguration
kubernetesVersion: v{VERSION}
apiServer: {{certSANs: [127.0.0.1, localhost]}}
"""

# As kubeadm configures it, but for what a node without systemd, swap limits and a network lacks; and
# nothing is evicted or collected because this machine's disk is nearly full.
KUBELET = f"""apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
staticPodPath: {MANIFESTS}
cgroupDriver: cgroupfs
cgroupsPerQOS: false
enforceNodeAllocatable: []
failSwapOn: false
protectKernelDefaults: true
imageGCHighThresholdPercent: 100
evictionHard: {{memory.available: 1Mi, nodefs.available: 0%, nodefs.inodesFree: 0%, imagefs.available: 0%}}
authentication:
  anonymous: {{enabled: false}}
  webhook: {{enabled: true}}
  x509: {{clientCAFile: /etc/kubernetes/pki/ca.crt}}
authorization: {{mode: Webhook}}
"""


class Broken(Exception):
    """The node itself did not come up, or did not come back."""


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data.encode() if isinstance(data, str) else data)


def wait_for(condition, limit, what):
    """The first true value of condition(), which is asked every 50 ms."""
    deadline = time.monotonic() + limit
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise Broken(f"{what}: not within {limit} s")
        time.sleep(POLL)
    return value


# ---- processes -----------------------------------------------------------------------------------


class Process:
    """One process as /proc shows it; the start time tells it from a later one of the same number."""

    def __init__(self, pid):
        self.pid = int(pid)
        self.words = read(f"/proc/{pid}/cmdline").decode("utf-8", "replace").split("\0")[:-1]
        fields = read(f"/proc/{pid}/stat").decode("utf-8", "replace").rpartition(")")[2].split()
        self.state, self.started = fields[0], int(fields[19])  # clock ticks since boot

    def key(self):
        return self.pid, self.started

    def age(self):
        with open("/proc/uptime", encoding="ascii") as file:
            return float(file.read().split()[0]) - self.started / os.sysconf("SC_CLK_TCK")

    def flags(self, prefix="--audit-"):
        return [word for word in self.words if word.startswith(prefix)]


def processes(name):
    """Living processes with this program, the youngest last."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            process = Process(pid)
        except (OSError, IndexError):
            continue  # it ended meanwhile
        if process.words and os.path.basename(process.words[0]) == name and process.state != "Z":
            found.append(process)
    return sorted(found, key=lambda process: (process.started, process.pid))


def api_servers():
    return processes("kube-apiserver")


# ---- images without a registry -------------------------------------------------------------------


def write_image(archive, name, entry, binary):
    """A docker-archive with one layer with one static binary."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        tar.add(binary, arcname=entry.lstrip("/"))
    layer = layer.getvalue()
    config = json.dumps({
        "architecture": "amd64", "os": "linux", "config": {"Entrypoint": [entry]},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(layer).hexdigest()]}}).encode()
    config_name = hashlib.sha256(config).hexdigest() + ".json"
    manifest = json.dumps([{"Config": config_name, "RepoTags": [name], "Layers": ["layer.tar"]}]).encode()
    with tarfile.open(archive, "w") as tar:
        for file, data in ((config_name, config), ("layer.tar", layer), ("manifest.json", manifest)):
            entry = tarfile.TarInfo(file)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))


# ---- asking the API server -----------------------------------------------------------------------


def anonymous():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def ready(context, timeout=1.0):
    connection = http.client.HTTPSConnection(ADDRESS, PORT, timeout=timeout, context=context)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class Watch(threading.Thread):
    """Asks /readyz all the time, so that a scenario can say how long nobody was ready."""

    def __init__(self):
        super().__init__(daemon=True)
        self.context = anonymous()
        self.answers = []  # (when it was asked, ready)

    def run(self):
        while True:
            asked = time.monotonic()
            self.answers.append((asked, ready(self.context)))
            time.sleep(max(0.0, POLL - (time.monotonic() - asked)))

    def without(self, begin, end):
        """Seconds between two moments in which the last answer was not a good one."""
        seconds, bad_since = 0.0, None
        for when, good in list(self.answers):
            if when < begin or when > end:
                continue
            if good and bad_since is not None:
                seconds, bad_since = seconds + when - bad_since, None
            elif not good and bad_since is None:
                bad_since = when
        return seconds + (end - bad_since if bad_since is not None else 0.0)


# ---- the node ------------------------------------------------------------------------------------


class Node:
    def __init__(self, state, binaries):
        self.state, self.binaries = state, binaries
        self.daemons = {}
        self.plain = b""  # the manifest as kubeadm wrote it
        self.context = anonymous()
        self.watch = Watch()

    # ---- starting --------------------------------------------------------------------------------

    def start(self, name, *command, env=None):
        with open(f"{self.state}/{name}.log", "ab") as log:
            self.daemons[name] = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                env={"PATH": PATH, "HOME": self.state} | (env or {}))

    def stop(self, name, how=signal.SIGTERM):
        daemon = self.daemons.pop(name)
        daemon.send_signal(how)
        daemon.wait(30)

    def alive(self, name):
        if (code := self.daemons[name].poll()) is not None:
            log = read(f"{self.state}/{name}.log").decode("utf-8", "replace").splitlines()
            raise Broken(f"{name} ended with {code}:\n" + "\n".join(log[-20:]))
        return True

    def run(self, *command, limit=120, check=True, **more):
        environment = {"PATH": PATH, "HOME": self.state, "KUBECONFIG": ADMIN}
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=limit, check=False, env=environment, **more)
        if check and done.returncode != 0:
            raise Broken(f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def up(self):
        write(f"{self.state}/containerd.toml", CONTAINERD)
        self.start_containerd()
        self.write_control_plane()
        self.start("etcd", "etcd", "--data-dir=/var/lib/etcd/data", "--unsafe-no-fsync",
                   "--listen-client-urls=https://127.0.0.1:2379",
                   "--advertise-client-urls=https://127.0.0.1:2379",
                   "--listen-peer-urls=http://127.0.0.1:2380", f"--cert-file={ETCD_PKI}/server.crt",
                   f"--key-file={ETCD_PKI}/server.key", "--client-cert-auth",
                   f"--trusted-ca-file={ETCD_PKI}/ca.crt")
        self.load_images()
        self.start_kubelet()
        self.wait_ready()
        self.watch.start()

    def write_control_plane(self):
        write(f"{self.state}/kubeadm.yaml", KUBEADM)
        for phase in ("certs all", "kubeconfig all", "control-plane apiserver"):
            self.run(f"{self.binaries}/kubeadm", "init", "phase", *phase.split(),
                     f"--config={self.state}/kubeadm.yaml")
        self.plain = read(MANIFEST)
        write("/var/lib/kubelet/config.yaml", KUBELET)

    def load_images(self):
        compiler = shutil.which("cc") or "gcc"
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pause.c")
        self.run(compiler, "-O2", "-static", "-o", f"{self.state}/pause", source)
        write_image(f"{self.state}/pause.tar", "k8s.gcr.io/pause:3.2", "/pause", f"{self.state}/pause")
        write_image(f"{self.state}/kube-apiserver.tar", f"k8s.gcr.io/kube-apiserver:v{VERSION}",
                    "/usr/local/bin/kube-apiserver", f"{self.binaries}/kube-apiserver")
        wait_for(lambda: self.alive("containerd") and os.path.exists(SOCKET), START_LIMIT,
                 "containerd's socket")
        for name in ("pause", "kube-apiserver"):
            archive = f"{self.state}/{name}.tar"
            self.run("ctr", "-a", SOCKET, "-n", "k8s.io", "images", "import", archive)
            os.remove(archive)

    def start_containerd(self):
        self.start("containerd", "containerd", "-c", f"{self.state}/containerd.toml")

    def start_kubelet(self):
        log = f"{self.state}/kubelet.log"
        self.kubelet_log = os.path.getsize(log) if os.path.exists(log) else 0  # where this one's begins
        self.start("kubelet", f"{self.binaries}/kubelet", "--config=/var/lib/kubelet/config.yaml",
                   "--kubeconfig=/etc/kubernetes/kubelet.conf", "--hostname-override=node1",
                   f"--node-ip={ADDRESS}", "--container-runtime=remote",
                   f"--container-runtime-endpoint=unix://{SOCKET}",
                   f"--volume-plugin-dir={self.state}/volume-plugins", "--v=2")

    # ---- states ----------------------------------------------------------------------------------

    def ready(self):
        return ready(self.context)

    def wait_kubelet(self):
        """Until the kubelet has the API server's list of Pods. Before, it skips deletions ("sources
        aren't ready yet"), and a manifest that changes twice then can leave the node without a Pod."""
        def there():
            with open(f"{self.state}/kubelet.log", "rb") as log:
                log.seek(self.kubelet_log)
                return b'SyncLoop (ADD, "api")' in log.read()
        wait_for(there, START_LIMIT, "the kubelet's list of Pods")

    def put(self, manifest, name="kube-apiserver.yaml"):
        """As an editor should do it: the kubelet never sees half a file."""
        write(f"{MANIFESTS}/.{name}.test", manifest)
        os.rename(f"{MANIFESTS}/.{name}.test", f"{MANIFESTS}/{name}")

    def wait_ready(self, limit=START_LIMIT, other_than=()):
        """Until an API server that is not one of `other_than` is the youngest, and one is ready."""
        def there():
            for name in self.daemons:
                self.alive(name)
            servers = api_servers()
            return servers and servers[-1].key() not in other_than and self.ready() and servers[-1]
        return wait_for(there, limit, "a ready API server")

    def empty(self):
        """No Pod, no API server, no kubelet, no trace of an earlier scenario."""
        for name in os.listdir(MANIFESTS):
            os.remove(f"{MANIFESTS}/{name}")
        self.stop("kubelet", signal.SIGKILL)
        self.remove_pods()
        for path in TRACES:
            if os.path.isdir(path) and not os.path.ismount(path):
                shutil.rmtree(path)
            elif os.path.isdir(path):
                for name in os.listdir(path):
                    below = os.path.join(path, name)
                    shutil.rmtree(below) if os.path.isdir(below) else os.remove(below)
            elif os.path.lexists(path):
                os.remove(path)

    def remove_pods(self):
        """Ends all containers, and containerd with them: its CRI plugin remembers what ctr deletes."""
        tool = ("ctr", "-a", SOCKET, "-n", "k8s.io")
        if tasks := self.run(*tool, "tasks", "ls", "-q").stdout.split():
            self.run(*tool, "tasks", "rm", "-f", *tasks, check=False)
        if containers := self.run(*tool, "containers", "ls", "-q").stdout.split():
            self.run(*tool, "containers", "rm", *containers, check=False)
        self.stop("containerd")
        for name in os.listdir("/var/log/pods"):
            shutil.rmtree(f"/var/log/pods/{name}")
        self.start_containerd()

    def fresh(self, manifest=None, before=lambda: None):
        """The good state from which a scenario starts: a kubeadm node with this manifest, by default
        the one without auditing; `before` makes the files that it needs."""
        manifest = self.plain if manifest is None else manifest
        self.empty()
        before()
        self.put(manifest)
        # A new kubelet: CrashLoopBackOff lives in its memory, and sticks to the Pod's UID.
        self.start_kubelet()
        server = self.wait_ready()
        self.wait_kubelet()
        return server
