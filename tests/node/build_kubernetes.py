#!/usr/bin/env python3
"""Builds kube-apiserver, kubelet, kubeadm and kubectl 1.20.2 from Debian's source package.

    build_kubernetes.py        prints the folder that holds the binaries; builds them if they are not there

The folder is `bin` below KAUDIT_NODE_CACHE, by default ~/.cache/kaudit/kubernetes-1.20.2. Building
takes 6 minutes or more on two cores and 6 GiB of disk, of which 300 MiB stay. It may be interrupted at
any moment: `bin` appears complete or not at all, and the next run begins anew.

What it needs is installed first, with scripts/install-build-deps. Nothing of the machine's apt
configuration is changed: the package lists with sources are kept in
the folder itself, from the mirrors that the machine already uses.
"""

import fcntl
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import time

INSTALL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts", "install-build-deps")
VERSION = "1.20.2"
BINARIES = ("kube-apiserver", "kubelet", "kubeadm", "kubectl")
COMMIT = "faecb196815e248d3ecfb03c680a4507229c2a56"  # of the tag v1.20.2 upstream
GO = "/usr/lib/go-1.19/bin"
REFLECT2 = "/usr/share/gocode/src/github.com/modern-go/reflect2"
GIB = 1 << 30
NEEDED_DISK = 8 * GIB
STEP_LIMIT = 600  # seconds for a download or for unpacking
BUILD_LIMIT = 45 * 60


class Missing(Exception):
    """Why the binaries cannot be built here, and what to do about it."""


def say(words):
    print(f"kubernetes {VERSION}: {words}", file=sys.stderr, flush=True)


def cache():
    chosen = os.environ.get("KAUDIT_NODE_CACHE")
    if not chosen:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        chosen = os.path.join(base, "kaudit", f"kubernetes-{VERSION}")
    return os.path.abspath(chosen)


def built(folder):
    binaries = os.path.join(folder, "bin")
    whole = all(os.access(os.path.join(binaries, name), os.X_OK) for name in BINARIES)
    return binaries if whole else None


# ---- what has to be there ------------------------------------------------------------------------


def install(group):
    if subprocess.run([INSTALL, group], check=False).returncode != 0:
        raise Missing("Debian packages that are needed are not installed")


def check_machine(folder):
    if os.uname().machine != "x86_64":
        raise Missing(f"only x86_64 was tried, this machine is {os.uname().machine}")
    for path, package in ((f"{GO}/go", "golang-1.19-go"),
                          (f"{REFLECT2}/reflect2_amd64.s", "golang-github-modern-go-reflect2-dev")):
        if not os.path.exists(path):
            raise Missing(f"{path} is missing; install {package}")
    for tool in ("make", "rsync", "apt-get", "tar"):
        if not shutil.which(tool):
            raise Missing(f"{tool} is missing; install the package of that name")
    free = shutil.disk_usage(folder).free
    if free < NEEDED_DISK:
        raise Missing(f"{folder} has {free / GIB:.1f} GiB free, the build needs {NEEDED_DISK // GIB} GiB; "
                      "KAUDIT_NODE_CACHE names another folder")


def codename():
    with open("/etc/os-release", encoding="utf-8") as file:
        found = re.search(r'^VERSION_CODENAME="?(\w+)', file.read(), re.MULTILINE)
    if not found:
        raise Missing("/etc/os-release has no VERSION_CODENAME; is this Debian?")
    return found[1]


# ---- sources from the mirrors that this machine uses ---------------------------------------------


def source_stanzas(text, release):
    """The stanzas of a .sources file that name Debian's main component, asking for sources instead."""
    for stanza in re.split(r"\n\s*\n", text):
        lines = [line for line in stanza.splitlines() if not line.startswith("#")]
        fields = {line.split(":", 1)[0].lower(): line.split(":", 1)[1].split()
                  for line in lines if re.match(r"[A-Za-z]", line) and ":" in line}
        if (release in fields.get("suites", []) and "main" in fields.get("components", [])
                and fields.get("enabled") != ["no"]):
            yield "\n".join("Types: deb-src" if line.lower().startswith("types:") else line
                            for line in lines)


def source_lines(text, release):
    """The same from a file in the one-line format."""
    for line in text.splitlines():
        entry = re.match(r"\s*deb(?:-src)?(\s+(?:\[[^]]*\]\s+)?\S+\s+(\S+)\s+(.*))", line)
        if entry and entry[2] == release and "main" in entry[3].split():
            yield "deb-src" + entry[1]


def write_sources(directory):
    release = codename()
    stanzas, lines = [], []
    for path in ["/etc/apt/sources.list", *sorted(glob.glob("/etc/apt/sources.list.d/*"))]:
        if not os.path.isfile(path):
            continue
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read()
        if path.endswith(".sources"):
            stanzas += source_stanzas(text, release)
        elif path.endswith(".list"):
            lines += source_lines(text, release)
    if not stanzas and not lines:
        raise Missing(f"no entry under /etc/apt names {release} main, so there is no mirror to take the "
                      "source package from")
    os.makedirs(directory)
    for name, entries, between in (("debian.sources", stanzas, "\n\n"), ("debian.list", lines, "\n")):
        if entries:
            with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
                file.write(between.join(dict.fromkeys(entries)) + "\n")


# ---- running what builds -------------------------------------------------------------------------


class Steps:
    """Runs commands with a limit; all they said is in one log."""

    def __init__(self, log):
        self.log = log

    def run(self, what, command, limit=STEP_LIMIT, **more):
        say(what)
        with open(self.log, "ab") as log:
            # A group of its own, so that an interrupt leaves no compiler behind.
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                     start_new_session=True, **more)
            try:
                code = child.wait(limit)
            except BaseException:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
                raise
        if code != 0:
            with open(self.log, encoding="utf-8", errors="replace") as file:
                end = "".join(file.readlines()[-30:])
            raise Missing(f"{command[0]} failed with exit code {code} ({what}):\n{end}")


def download(steps, work):
    write_sources(os.path.join(work, "apt", "parts"))
    for name in ("lists/partial", "cache/archives/partial"):
        os.makedirs(os.path.join(work, "apt", name))
    options = {"Dir::Etc::SourceList": "/dev/null", "Dir::Etc::SourceParts": f"{work}/apt/parts",
               "Dir::State::Lists": f"{work}/apt/lists", "Dir::Cache": f"{work}/apt/cache",
               "Acquire::Languages": "none", "Acquire::Retries": "3"}
    if os.geteuid() == 0:
        options["APT::Sandbox::User"] = "root"  # the folder may be closed to apt's own user
    apt = ["apt-get", "-q"] + [f"-o{name}={value}" for name, value in options.items()]
    steps.run("reading the lists of source packages", apt + ["update"])
    os.makedirs(f"{work}/package")
    steps.run("downloading the source package (34 MiB)",
              apt + ["source", "--download-only", "--tar-only", "kubernetes"], cwd=f"{work}/package")
    archives = glob.glob(f"{work}/package/kubernetes_*{VERSION}*.orig.tar.*")
    if len(archives) != 1:
        raise Missing(f"the mirror's source package is not {VERSION}: {os.listdir(work + '/package')}")
    return archives[0]


def unpack(steps, archive, work):
    source = f"{work}/gopath/src/k8s.io/kubernetes"
    os.makedirs(source)
    steps.run("unpacking", ["tar", "-xf", archive, "-C", source, "--strip-components=1"])
    # The vendored reflect2 1.0.1 reads a map iterator whose layout changed in Go 1.18: kubeadm dies
    # with "unexpected fault address". 1.0.2 asks the runtime instead.
    vendored = f"{source}/vendor/github.com/modern-go/reflect2"
    for old in glob.glob(f"{vendored}/*.go") + glob.glob(f"{vendored}/*.s"):
        os.remove(old)
    for new in glob.glob(f"{REFLECT2}/*.go") + glob.glob(f"{REFLECT2}/*.s"):
        if not new.endswith("_test.go"):
            shutil.copy(new, vendored)
    return source


def compile_all(steps, source, work):
    # Without a git checkout the version comes from this file: hack/lib/version.sh.
    major, minor, _ = VERSION.split(".")
    values = {"COMMIT": COMMIT, "TREE_STATE": "archive", "VERSION": f"v{VERSION}", "MAJOR": major,
              "MINOR": minor}
    with open(f"{work}/git-version", "w", encoding="utf-8") as file:
        file.writelines(f"KUBE_GIT_{name}='{value}'\n" for name, value in values.items())
    os.makedirs(f"{work}/tmp")
    environment = {
        "PATH": f"{GO}:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": work, "GOPATH": f"{work}/gopath",
        "GOCACHE": f"{work}/gocache", "GO111MODULE": "off", "CGO_ENABLED": "0", "TMPDIR": f"{work}/tmp",
        "KUBE_GIT_VERSION_FILE": f"{work}/git-version"}
    begin = time.monotonic()
    steps.run(f"building (6 minutes or more; {steps.log} tells how far it is)",
              ["make", "WHAT=" + " ".join(f"cmd/{name}" for name in BINARIES)],
              limit=BUILD_LIMIT, cwd=source, env=environment)
    say(f"built in {time.monotonic() - begin:.0f} s")


def build(folder):
    work = os.path.join(folder, "work")
    shutil.rmtree(work, ignore_errors=True)  # of a run that was interrupted
    os.makedirs(work)
    steps = Steps(os.path.join(folder, "build.log"))
    open(steps.log, "wb").close()
    source = unpack(steps, download(steps, work), work)
    compile_all(steps, source, work)
    ready = f"{work}/bin"
    os.makedirs(ready)
    for name in BINARIES:
        shutil.copy(f"{source}/_output/local/bin/linux/amd64/{name}", ready)
    shown = subprocess.run([f"{ready}/kubeadm", "version", "-o", "short"], capture_output=True, text=True,
                           timeout=60, check=False).stdout.strip()
    if shown != f"v{VERSION}":
        raise Missing(f"the kubeadm that was built says it is {shown!r}, not v{VERSION}")
    shutil.rmtree(f"{folder}/bin", ignore_errors=True)
    os.rename(ready, f"{folder}/bin")
    shutil.rmtree(work, ignore_errors=True)


def binaries():
    """The folder with the binaries, built if they are not there. Raises Missing."""
    folder = cache()
    if found := built(folder):
        return found
    try:
        os.makedirs(folder, exist_ok=True)
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise Missing(f"cannot use {folder}: {error.strerror}; "
                      "KAUDIT_NODE_CACHE names another folder") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another run may be building it
        if not built(folder):
            install("kubernetes")
            check_machine(folder)
            build(folder)
    finally:
        os.close(lock)
    return built(folder)


def terminated(*_):
    raise KeyboardInterrupt


def main():
    signal.signal(signal.SIGTERM, terminated)
    try:
        print(binaries())
    except Missing as missing:
        say(missing)
        return 1
    except subprocess.TimeoutExpired as timeout:
        say(f"{timeout.cmd[0]} took longer than {timeout.timeout} s")
        return 1
    except KeyboardInterrupt:
        say("interrupted; the next run begins anew")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
