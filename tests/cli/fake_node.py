#!/usr/bin/env python3
"""A control-plane node of its own for one test: fake_node.py SPEC, below `unshare -mnpf`.

SPEC is a JSON file: {"kaudit": BINARY, "manifest": TEXT, "policy": TEXT, "kubelet": {…}, "steps":
[…]}. Mounts empty file systems over /etc and /var of its own mount namespace, so that kaudit works
on "/" and harms nothing; plays the kubelet and the API server as far as kaudit can see them:
processes of these names, a TLS server on port 6443, container logs, audit events. Prints one JSON
object: what each step gave and how things are at the end.

The kubelet here restarts the API server when the manifest's bytes change, refuses a hostPath of
type File that is no file, and backs off a second after each exit. Its options: "linger", seconds
that an old process lives on beside the new one; "deaf", it does nothing at all. The API server
writes no events while there is a file /etc/mute.
"""

import ctypes
import fcntl
import hashlib
import json
import os
import pty
import re
import signal
import socket
import ssl
import struct
import subprocess
import sys
import termios
import threading
import time

MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml"
POLICY = "/etc/kubernetes/audit/audit-policy.yaml"
PKI = "/etc/kubernetes/pki"
PODS = "/var/log/pods"
# What this process is called does not tell where Python is.
PYTHON = os.path.realpath("/proc/self/exe")


# ---- the API server --------------------------------------------------------------------------------


def api_server(flags):
    """Runs as a process named kube-apiserver; its output is what the container's log gets."""
    values = dict(flag[2:].split("=", 1) for flag in flags if "=" in flag)
    policy, log = values.get("audit-policy-file"), values.get("audit-log-path")

    def fail(error):
        print("Error: " + error, flush=True)
        sys.exit(1)

    if policy:
        try:
            with open(policy, encoding="utf-8") as file:
                text = file.read()
        except OSError as error:
            fail(f"loading audit policy file: failed to read file path {policy!r}: {error.strerror}")
        if "level: metadata" in text:
            fail('loading audit policy file: rules[0].level: Unsupported value: "metadata": '
                 'supported values: "None", "Metadata", "Request", "RequestResponse"')
    if values.get("audit-log-mode") == "batch":  # stands for what nobody foresees
        time.sleep(0.3)
        fail("etcd is in a bad mood")
    if policy and log:
        os.makedirs(os.path.dirname(log), exist_ok=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PKI + "/apiserver.crt", PKI + "/apiserver.key")
    try:
        listener = socket.create_server(("127.0.0.1", 6443))
    except OSError:
        fail("failed to create listener: failed to listen on 0.0.0.0:6443: listen tcp "
             "0.0.0.0:6443: bind: address already in use")
    ready_at = time.monotonic() + 0.5
    while True:
        connection, _ = listener.accept()
        try:
            with connection, context.wrap_socket(connection, server_side=True) as stream:
                stream.settimeout(2)
                path = stream.recv(4096).split(b" ")[1].decode()
                status = 403 if path != "/readyz" else 200 if time.monotonic() > ready_at else 500
                if policy and log and not os.path.exists("/etc/mute"):
                    with open(log, "a", encoding="utf-8") as file:
                        file.write(json.dumps({"kind": "Event", "level": "Metadata",
                                               "requestURI": path}, separators=(",", ":")) + "\n")
                stream.sendall(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status)
        except (OSError, IndexError):
            pass


# ---- the kubelet -----------------------------------------------------------------------------------


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def read_manifest():
    try:
        return read(MANIFEST)
    except OSError:
        return ""


def mounts_are_fine(text):
    files = re.findall(r"path: (\S+)\n\s+type: File\n", text)
    return all(os.path.isfile(path) for path in files)


class Kubelet:
    def __init__(self, options):
        self.options = options
        self.text, self.child, self.old = None, None, []
        self.starts = 0
        self.not_before = 0

    def run(self):
        while True:
            text = read_manifest()
            if text != self.text and not (self.text and self.options.get("deaf")):
                self.replace(text)
            if self.child and self.child.poll() is not None:
                self.child, self.not_before = None, time.monotonic() + 1
            for process, until in list(self.old):
                if time.monotonic() >= until:
                    process.kill()
                    process.wait()
                    self.old.remove((process, until))
            linger_over = not self.old or self.options.get("linger")
            if (not self.child and linger_over and time.monotonic() >= self.not_before
                    and mounts_are_fine(self.text)):
                self.start()
            time.sleep(0.02)

    def replace(self, text):
        if self.child:
            self.old.append((self.child, time.monotonic() + self.options.get("linger", 0.2)))
        self.text, self.child, self.starts, self.not_before = text, None, 0, 0

    def start(self):
        flags = re.findall(r"^\s*- (--\S+)$", self.text, re.M)
        uid = hashlib.md5(self.text.encode()).hexdigest()
        directory = f"{PODS}/kube-system_kube-apiserver-node1_{uid}/kube-apiserver"
        os.makedirs(directory, exist_ok=True)
        while os.path.exists(f"{directory}/{self.starts}.log"):
            self.starts += 1
        log = open(f"{directory}/{self.starts}.log", "wb")  # noqa: SIM115
        self.child = subprocess.Popen(
            ["kube-apiserver", "-u", __file__, "api-server", *flags], executable=PYTHON,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
        threading.Thread(target=self.copy_log, args=(self.child.stdout, log), daemon=True).start()

    @staticmethod
    def copy_log(output, log):
        for line in output:
            log.write(b"2026-11-23T07:00:00.123456789Z stderr F " + line)
            log.flush()


# ---- the node --------------------------------------------------------------------------------------


def mount(kind, target):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(kind.encode(), target.encode(), kind.encode(), 0, None) != 0:
        raise OSError(ctypes.get_errno(), f"cannot mount {kind} on {target}")


def bring_up_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        request = struct.pack("16sH14s", b"lo", 0x1, b"")  # SIOCSIFFLAGS, IFF_UP
        fcntl.ioctl(s, 0x8914, request)


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def make_certificate():
    with open("/etc/openssl.cnf", "w", encoding="utf-8") as file:
        file.write("[req]\ndistinguished_name=d\n[d]\n")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-nodes", "-keyout", PKI + "/apiserver.key", "-out", PKI + "/apiserver.crt",
                    "-days", "2", "-subj", "/CN=kube-apiserver", "-config", "/etc/openssl.cnf"],
                   check=True, capture_output=True)


def api_servers():
    found = []
    for name in sorted(os.listdir("/proc")):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/cmdline", "rb") as file:
                argv = file.read().decode().split("\0")[:-1]
        except OSError:
            continue
        if argv and argv[0] == "kube-apiserver":
            found.append({"pid": int(name),
                          "audit": [word for word in argv if word.startswith("--audit-")]})
    return found


def is_ready():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with socket.create_connection(("127.0.0.1", 6443), timeout=5) as plain:
            with context.wrap_socket(plain) as stream:
                stream.sendall(b"GET /readyz HTTP/1.1\r\n\r\n")
                return b" 200 " in stream.recv(4096)
    except OSError:
        return False


def run_on_terminal(spec, step):
    """What a terminal of 60 columns shows, as `err`."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", 25, 60, 0, 0))
    process = subprocess.Popen([spec["kaudit"], *step["kaudit"]], stdin=slave, stdout=slave,
                               stderr=slave, env={"TERM": "xterm"})
    os.close(slave)
    shown = b""
    try:
        while more := os.read(master, 65536):
            shown += more
    except OSError:  # kaudit has ended
        pass
    return {"code": process.wait(), "err": shown.decode(), "manifest": read_manifest()}


def run_kaudit(spec, step):
    if step.get("terminal"):
        return run_on_terminal(spec, step)
    before = read_manifest()
    process = subprocess.Popen([spec["kaudit"], *step["kaudit"]], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    begin = time.monotonic()
    if step.get("signals"):  # their seconds count from the write
        while read_manifest() == before and process.poll() is None:
            time.sleep(0.01)
        begin = time.monotonic()
    for second, name in step.get("signals", []):
        time.sleep(max(0, begin + second - time.monotonic()))
        if name == "HANG-UP":  # the session is gone: nobody reads, and SIGHUP comes
            process.stdout.close()
            process.stderr.close()
            process.send_signal(signal.SIGHUP)
        elif name.startswith("write:"):
            write(MANIFEST, name.removeprefix("write:"))
        else:
            process.send_signal(getattr(signal, "SIG" + name))
    if process.stdout.closed:
        out = err = b""
        process.wait()
    else:
        out, err = process.communicate()
    return {"code": process.returncode, "out": out.decode(), "err": err.decode(),
            "seconds": time.monotonic() - begin, "manifest": read_manifest(),
            "policy": read(POLICY) if os.path.isfile(POLICY) else None,
            "running": api_servers()}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        spec = json.load(file)
    for directory in ("/etc", "/var"):
        mount("tmpfs", directory)
    mount("proc", "/proc")
    bring_up_loopback()
    for directory in ("/etc/ssl/certs", "/etc/pki/ca-trust", "/etc/pki/tls/certs", PKI,
                      "/var/log/pods", "/var/lib/kubelet"):
        os.makedirs(directory)
    write("/var/lib/kubelet/config.yaml", "staticPodPath: /etc/kubernetes/manifests\n")
    write(MANIFEST, spec["manifest"])
    write(POLICY, spec["policy"])
    os.utime(POLICY, (0, 0))  # it has been there for long
    make_certificate()
    if not spec.get("no_kubelet"):
        subprocess.Popen(["kubelet", __file__, "kubelet", json.dumps(spec.get("kubelet", {}))],
                         executable=PYTHON, stdout=subprocess.DEVNULL,
                         stderr=sys.stderr.fileno())
        deadline = time.monotonic() + 60
        while not is_ready() and time.monotonic() < deadline:
            time.sleep(0.05)
    results = []
    for step in spec["steps"]:
        if "write" in step:
            write(step["write"], step["text"])
        elif "remove" in step:
            os.remove(step["remove"])
        elif "sleep" in step:
            time.sleep(step["sleep"])
        elif "make" in step:
            os.remove(step["make"])
            os.mkdir(step["make"])
        else:
            results.append(run_kaudit(spec, step))
    backups = "/var/lib/kaudit/backups"
    kept = {}
    for name in sorted(os.listdir(backups)) if os.path.isdir(backups) else []:
        with open(f"{backups}/{name}", encoding="utf-8") as file:
            kept[name] = file.read()
    print(json.dumps({"results": results, "backups": kept,
                      "manifests": sorted(os.listdir(os.path.dirname(MANIFEST)))}))


if len(sys.argv) > 2 and sys.argv[1] == "api-server":
    api_server(sys.argv[2:])
elif len(sys.argv) > 1 and sys.argv[1] == "api-server":
    api_server([])
elif len(sys.argv) > 2 and sys.argv[1] == "kubelet":
    Kubelet(json.loads(sys.argv[2])).run()
else:
    main()
