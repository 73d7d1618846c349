"""A part of this machine that a node can have for itself.

The node lives in namespaces of its own: mounts, processes, network, control groups. When the first
process in there ends, the kernel ends the others and takes mounts, files (all on tmpfs), addresses
and packet filter rules with them, even if the run was killed. What is left to take away are the
control groups, which have a name of their own, and one empty directory.

Standard paths (/etc/kubernetes, /var/lib/kubelet, /var/log/pods ...) are the node's in there, and the
machine's are neither seen nor touched.
"""

import contextlib
import ctypes
import glob
import os
import shutil
import signal
import subprocess
import tempfile
import time

CGROUPS = "/sys/fs/cgroup"
PREFIX = "kaudit-node-"
NEEDED_CONTROLLERS = ("cpu", "cpuset", "memory", "pids")  # the kubelet does not start without
ADDRESS = "192.0.2.14"  # RFC 5737, for documentation
TOPS = ("/etc", "/var", "/run")
# The node's own, empty at its start: a tmpfs each.
OWN = ("/etc/kubernetes", "/var/lib/kubelet", "/var/lib/containerd", "/run/containerd", "/var/lib/etcd",
       "/var/lib/kaudit", "/var/log/kubernetes", "/var/log/pods", "/var/log/containers")
# The kubelet sets these for the whole machine: setupKernelTunables in
# pkg/kubelet/cm/container_manager_linux.go. In there they are files that already have its values.
TUNABLES = {"vm/overcommit_memory": 1, "vm/panic_on_oom": 0, "kernel/panic": 10, "kernel/panic_on_oops": 1,
            "kernel/keys/root_maxkeys": 1000000, "kernel/keys/root_maxbytes": 25000000}
PR_SET_PDEATHSIG = 1
CLONE_NEWCGROUP = 0x02000000
LEAF = "/init"


class Unable(Exception):
    """Why no node can run here. It is a fault where root and control groups are there."""

    def __init__(self, why, a_fault=False):
        super().__init__(why)
        self.a_fault = a_fault


# ---- control groups ------------------------------------------------------------------------------


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read().strip()


def write(path, value):
    with open(path, "w", encoding="utf-8") as file:
        file.write(str(value))


def unified():
    return os.path.exists(f"{CGROUPS}/cgroup.controllers")


def hierarchies():
    """The directory of this process in each hierarchy: [(controllers, directory)]."""
    if unified():
        # Not below our own group: one that has processes cannot hand controllers down.
        return [("", CGROUPS)]
    found = []
    for line in read("/proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        mount = f"{CGROUPS}/{controllers.removeprefix('name=')}"
        if controllers and os.path.isdir(mount):
            found.append((controllers, mount + path.rstrip("/")))
    return found


def check_cgroups():
    if not os.path.isdir(CGROUPS):
        raise Unable(f"no control groups: {CGROUPS} is not there")
    if unified():
        offered = read(f"{CGROUPS}/cgroup.subtree_control").split()
    else:
        offered = [name for controllers, _ in hierarchies() for name in controllers.split(",")]
    missing = [name for name in NEEDED_CONTROLLERS if name not in offered]
    if missing:
        raise Unable(f"the control group controllers {', '.join(missing)} are not offered below {CGROUPS}")
    for _, directory in hierarchies():
        if not os.access(directory, os.W_OK):
            raise Unable(f"control groups cannot be made: {directory} is not writable")


def groups(name):
    """The groups whose name begins so, in every hierarchy."""
    return [f"{parent}/{entry}" for _, parent in hierarchies() for entry in os.listdir(parent)
            if entry.startswith(name)]


def remove_cgroups(tops):
    """With all that is below them; groups that are in use stay."""
    for top in tops:
        for directory, _, _ in os.walk(top, topdown=False):
            with contextlib.suppress(OSError):
                os.rmdir(directory)


def abandoned(path):
    """Whether it is of a run that was killed: its name ends in the number of the run's process."""
    return not os.path.exists("/proc/" + path.rpartition("-")[2])


def make_cgroups(name):
    """Returns the files that a process writes itself into to join."""
    joins = []
    for controllers, parent in hierarchies():
        group = f"{parent}/{name}"
        os.mkdir(group)
        if unified():
            # A group that hands controllers down may have no processes itself.
            group += LEAF
            os.mkdir(group)
        if "cpuset" in controllers.split(","):
            for setting in ("cpuset.cpus", "cpuset.mems"):  # empty ones admit nobody
                write(f"{group}/{setting}", read(f"{parent}/{setting}"))
        joins.append(f"{group}/cgroup.procs")
    return joins


def unshare_cgroups():
    """Our group becomes the root of what this process and its children see."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWCGROUP) != 0:
        raise Unable(f"no namespace of control groups: {os.strerror(ctypes.get_errno())}")


def enter_cgroups():
    """Inside: /sys/fs/cgroup shows our groups as the roots. For the only process in there."""
    if unified():
        _, leaf = read("/proc/self/cgroup").split("::", 1)
        write(f"{CGROUPS}{leaf.removesuffix(LEAF)}/cgroup.procs", 0)
        unshare_cgroups()
        subprocess.run(["umount", CGROUPS], check=True)  # a file system is not mounted on itself
        mount("-t", "cgroup2", "cgroup2", CGROUPS)
        write(f"{CGROUPS}{LEAF}/cgroup.procs", 0)
        offered = read(f"{CGROUPS}/cgroup.controllers").split()
        write(f"{CGROUPS}/cgroup.subtree_control", " ".join(f"+{name}" for name in offered))
        return
    unshare_cgroups()
    for line in read("/proc/self/cgroup").splitlines():
        controllers = line.split(":", 2)[1]
        where = f"{CGROUPS}/{controllers.removeprefix('name=')}"
        if controllers and os.path.isdir(where):
            subprocess.run(["umount", where], check=True)
            options = controllers if not controllers.startswith("name=") else "none," + controllers
            mount("-t", "cgroup", "-o", options, "cgroup", where)


def mount(*words):
    subprocess.run(["mount", *words], check=True)


# ---- outside -------------------------------------------------------------------------------------


UNSHARE = ["unshare", "--mount", "--pid", "--net", "--fork", "--mount-proc", "--kill-child=SIGKILL"]


def check():
    """Raises Unable unless this machine can hold a node. Quick, and changes nothing."""
    if os.geteuid() != 0:
        raise Unable("needs root: a kubelet and containers cannot run without")
    check_cgroups()
    for tool in ("unshare", "mount"):
        if not shutil.which(tool):
            raise Unable(f"{tool} is not installed (packages util-linux and mount)", a_fault=True)
    script = ("mount -t tmpfs tmpfs /mnt && cd /mnt && mkdir up work all && "
              "mount -t overlay -o lowerdir=/etc,upperdir=up,workdir=work overlay all")
    tried = subprocess.run([*UNSHARE, "sh", "-c", script], capture_output=True, text=True, timeout=30,
                           check=False)
    if tried.returncode != 0:
        raise Unable("namespaces or overlay mounts cannot be made (a container without privileges?): "
                     + (tried.stderr.strip() or f"exit code {tried.returncode}"), a_fault=True)


def remove_abandoned():
    remove_cgroups(filter(abandoned, groups(PREFIX)))
    for state in filter(abandoned, glob.glob(f"{tempfile.gettempdir()}/{PREFIX}*")):
        with contextlib.suppress(OSError):
            os.rmdir(state)


class Inside:
    """A command that runs in namespaces of its own. With `end`, or with this process, all of it ends
    and nothing is left."""

    def __init__(self, number, command):
        """Runs command(STATE); STATE is an empty directory that `enter` mounts on. `number` tells
        apart what one process runs at the same time."""
        self.name = f"{PREFIX}{number}-{os.getpid()}"
        self.state = f"{tempfile.gettempdir()}/{self.name}"
        self.child = None
        os.mkdir(self.state, 0o755)
        try:
            joins = make_cgroups(self.name)

            def join():
                ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
                for file in joins:
                    write(file, 0)
            # A session of its own: Ctrl-C is for this process, which then ends all of it at once.
            self.child = subprocess.Popen([*UNSHARE, *command(self.state)], stdin=subprocess.DEVNULL,
                                          preexec_fn=join, start_new_session=True)
        except BaseException:
            self.end()
            raise

    def end(self):
        if self.child:
            self.child.kill()
            self.child.wait()
        deadline = time.monotonic() + 20  # the kernel ends what was in there
        while groups(self.name) and time.monotonic() < deadline:
            remove_cgroups(groups(self.name))
            time.sleep(0.05)
        os.rmdir(self.state)


def run_inside(commands, limit):
    """Runs each command(STATE) in namespaces of its own, all at once, for `limit` seconds at most."""
    remove_abandoned()
    running = []
    try:
        for number, command in enumerate(commands, 1):
            running.append(Inside(number, command))
        deadline = time.monotonic() + limit
        while any(one.child.poll() is None for one in running):
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(["the run"], limit)
            time.sleep(0.1)
    finally:
        for one in running:
            one.end()


# ---- inside --------------------------------------------------------------------------------------


def enter(state, folders):
    """The first thing inside: `state` becomes a tmpfs, and the standard paths become ours.

    `folders` {name: path} of the machine are seen below `state`, wherever they lie.
    """
    mount("-t", "tmpfs", "-o", "size=4g,mode=0755", "tmpfs", state)
    for name, path in folders.items():
        os.mkdir(f"{state}/{name}")
        mount("--bind", path, f"{state}/{name}")
    for top in TOPS:
        upper, work = f"{state}/overlay{top}/up", f"{state}/overlay{top}/work"
        os.makedirs(upper)
        os.makedirs(work)
        mount("-t", "overlay", "-o", f"lowerdir={top},upperdir={upper},workdir={work}", "overlay", top)
    for path in OWN:
        os.makedirs(path, exist_ok=True)
        mount("-t", "tmpfs", "-o", "mode=0755", "tmpfs", path)
    os.makedirs(f"{state}/tunables")
    for name, value in TUNABLES.items():
        file = f"{state}/tunables/{os.path.basename(name)}"
        write(file, f"{value}\n")
        mount("--bind", file, f"/proc/sys/{name}")
    enter_cgroups()
    write("/etc/hosts", "127.0.0.1 localhost\n")
    write("/etc/resolv.conf", "")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["ip", "address", "add", f"{ADDRESS}/24", "dev", "lo"], check=True)
