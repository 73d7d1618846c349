"""The release binary needs nothing: no interpreter, no library, no /proc, no locale."""

import os
import shutil
import struct

from harness import ENABLED, Skip, equal, need_root, need_tool, test, text, true
from live_node import BACKUPS, MANIFESTS, LiveNode
from output_tests import DIFF

PT_DYNAMIC, PT_INTERP = 2, 3
ET_EXEC = 2


def program_headers(path):
    """The ELF type, and the types of the program headers; for the 64-bit little-endian form."""
    with open(path, "rb") as file:
        data = file.read(1 << 16)
    equal(b"\x7fELF\x02\x01", data[:6], "the ELF header")
    kind = struct.unpack_from("<H", data, 16)[0]
    offset, = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    return kind, [struct.unpack_from("<I", data, offset + i * size)[0] for i in range(count)]


@test
def the_binary_is_static_and_not_position_independent(case):
    kind, headers = program_headers(case.binary)
    true(PT_INTERP not in headers, "it asks for a dynamic loader")
    true(PT_DYNAMIC not in headers, "it has a dynamic section")
    equal(ET_EXEC, kind, "the ELF type; 3 is position-independent")


@test
def file_says_so(case):
    said = text(case.run([need_tool("file"), "-b", case.binary]).expect(0).out)
    true("statically linked" in said and "pie" not in said, said)


@test
def it_runs_in_an_empty_chroot(case):
    need_root()
    chroot = need_tool("chroot")
    os.mkdir(case.path("empty"))
    shutil.copy(case.binary, case.path("empty/kaudit"))
    inside = [chroot, case.path("empty"), "/kaudit"]
    ran = case.run([*inside, "--version"], shown=["--version"])
    if b"chroot: cannot change root" in ran.err:
        raise Skip(text(ran.err).strip())
    ran.expect(0, out="kaudit 0.1.0\n", err="")
    case.write("empty/m.yaml")
    case.run([*inside, "enable", "--manifest=m.yaml", "--dry-run", "--quiet"],
             shown=["enable"]).expect(0, out=DIFF, err="")
    case.run([*inside, "enable", "--manifest=/m.yaml", "--quiet"], shown=["enable"]).expect(
        0, out="", err="")
    equal(ENABLED, case.read("empty/m.yaml"), "the manifest")


@test
def it_changes_and_rolls_back_a_live_node_in_a_chroot(case):
    """As a node's own root, without --root: the defaults are what is used."""
    need_root()
    chroot = need_tool("chroot")
    node = LiveNode(case)
    shutil.copy(case.binary, case.path("root/kaudit"))
    inside = [chroot, case.path("root"), "/kaudit"]
    ran = case.run([*inside, "enable"], env={}, shown=["enable"])
    if b"chroot: cannot change root" in ran.err:
        raise Skip(text(ran.err).strip())
    ran.expect(0, out="")
    node.is_enabled()
    equal(2, len(case.names(BACKUPS)), "files in the backup directory")
    case.run([*inside, "rollback"], env={}, shown=["rollback"]).expect(0, out="")
    node.is_plain()
    equal(["kube-apiserver.yaml"], case.names(MANIFESTS), "files beside the manifest")


@test
def it_needs_no_environment(case):
    case.write("m.yaml")
    ran = case.run([case.binary, "enable", "--manifest=m.yaml"], env={"EMPTY": ""}, shown=["enable"])
    ran.expect(0, out="")
    equal(ENABLED, case.read("m.yaml"), "the manifest")
    # An empty argv, which a careless exec makes, is a missing command and not a crash.
    ran = case.run(["/usr/bin/python3", "-c", "import ctypes, sys\n"
                    "libc = ctypes.CDLL(None)\n"
                    "none = (ctypes.c_char_p * 1)(None)\n"
                    "libc.execve(sys.argv[1].encode(), none, none)\n", case.binary], shown=["(no argv)"])
    ran.expect(2, out="", err="kaudit: error: the command is missing\n"
                              "  hint: 'kaudit --help' lists the commands\n")
