"""Disks that do not do as they are told: a clear sentence, the old bytes, no stray file."""

import os
import subprocess

from harness import ENABLED, PLAIN, Skip, equal, need_root, need_tool, test, text, true


@test
def a_read_only_directory(case):
    need_root()
    case.write("d/m.yaml", mode=0o666)
    os.chmod(case.path("d"), 0o555)
    with case.untouched():
        case.kaudit_as_nobody("enable", "--manifest=d/m.yaml").expect(2, out="", err=(
            "d/m.yaml: error: cannot create DIR/d/.m.yaml.kaudit-new: Permission denied\n"
            "  hint: run it with sudo\n"))


@test
def a_manifest_of_another_user(case):
    """The new file cannot have root's owner, and kaudit does not change the owner silently."""
    need_root()
    case.write("d/m.yaml", mode=0o644)
    os.chmod(case.path("d"), 0o777)
    before = case.read("d/m.yaml")
    ran = case.kaudit_as_nobody("enable", "--manifest=d/m.yaml").expect(2, out="")
    true(b"Operation not permitted\n  hint: run it with sudo\n" in ran.err, text(ran.err))
    equal((before, ["m.yaml"]), (case.read("d/m.yaml"), case.names("d")), "bytes and files")


@test
def an_output_directory_that_is_not_ours(case):
    need_root()
    case.write("m.yaml", mode=0o644)
    with case.untouched():
        ran = case.kaudit_as_nobody("enable", "--manifest=m.yaml", "-o", "o.yaml").expect(2, out="")
    true(b"Permission denied\n  hint: run it with sudo\n" in ran.err, text(ran.err))


MOUNTED = r"""
set -e
mkdir mounted
mount -t tmpfs -o {options} tmpfs mounted || exit 77
cd mounted
{script}
"""


def in_own_mounts(case, options, script):
    """`script` in a tmpfs that only it sees; every "kaudit" in it is the binary."""
    need_root()
    unshare = need_tool("unshare")
    ran = case.run([unshare, "-m", "--propagation=private", "/bin/sh", "-c",
                    MOUNTED.format(options=options, script=script)],
                   env=case.environment(kaudit=case.binary), shown=["(in a tmpfs)", script])
    if ran.code == 77 or b"unshare failed" in ran.err:
        raise Skip(f"no mount allowed here: {text(ran.err).strip()}")
    return ran


@test
def a_full_disk(case):
    case.write("plain.yaml", PLAIN)
    ran = in_own_mounts(case, "size=64k", r"""
cp ../plain.yaml m.yaml
dd if=/dev/zero of=fill bs=4096 2>/dev/null || true
set +e
"$kaudit" enable --manifest=m.yaml
echo "exit $?"
"$kaudit" enable --manifest=m.yaml -o o.yaml
echo "exit $?"
cmp m.yaml ../plain.yaml && echo same
ls -A
rm fill
"$kaudit" enable --manifest=m.yaml --quiet
echo "exit $?"
ls -A
cp m.yaml ../result.yaml
""")
    ran.expect(0, out="exit 2\nexit 2\nsame\nfill\nm.yaml\nexit 0\nm.yaml\n", masks=[
        (r"kaudit-output\.o\.yaml\.[0-9a-f]+", "kaudit-output.o.yaml.N")], err=(
        "m.yaml: error: cannot write DIR/mounted/.m.yaml.kaudit-new: No space left on device\n"
        "  hint: free some space on this file system, then run it again\n"
        "m.yaml: error: cannot write DIR/mounted/.kaudit-output.o.yaml.N: No space left on device\n"
        "  hint: free some space on this file system, then run it again\n"))
    equal(ENABLED, case.read("result.yaml"), "after space was freed")


@test
def a_disk_that_fills_up_while_writing(case):
    """Only the last block is missing: part of the new file is written, then taken away again."""
    case.write("plain.yaml", PLAIN + b"# long\n" * 4000)
    ran = in_own_mounts(case, "size=64k", r"""
cp ../plain.yaml m.yaml
dd if=/dev/zero of=fill bs=4096 count=4 2>/dev/null
set +e
"$kaudit" enable --manifest=m.yaml
echo "exit $?"
cmp m.yaml ../plain.yaml && echo same
ls -A
""")
    ran.expect(0, out="exit 2\nsame\nfill\nm.yaml\n", err=(
        "m.yaml: error: cannot write DIR/mounted/.m.yaml.kaudit-new: No space left on device\n"
        "  hint: free some space on this file system, then run it again\n"))


@test
def a_disk_without_inodes(case):
    case.write("plain.yaml", PLAIN)
    in_own_mounts(case, "nr_inodes=3", r"""
cp ../plain.yaml m.yaml
mkdir fill 2>/dev/null
set +e
"$kaudit" enable --manifest=m.yaml
echo "exit $?"
cmp m.yaml ../plain.yaml && echo same
ls -A
""").expect(0, out="exit 2\nsame\nfill\nm.yaml\n", err=(
        "m.yaml: error: cannot create DIR/mounted/.m.yaml.kaudit-new: No space left on device\n"
        "  hint: free some space on this file system, then run it again\n"))


@test
def a_read_only_mount(case):
    case.write("plain.yaml", PLAIN)
    in_own_mounts(case, "size=64k", r"""
cp ../plain.yaml m.yaml
mount -o remount,ro .
set +e
"$kaudit" enable --manifest=m.yaml
echo "exit $?"
"$kaudit" enable --manifest=m.yaml -o - --quiet | cmp - ../plain.yaml >/dev/null || echo patched
cmp m.yaml ../plain.yaml && echo same
ls -A
""").expect(0, out="exit 2\npatched\nsame\nm.yaml\n", err=(
        "m.yaml: error: cannot create DIR/mounted/.m.yaml.kaudit-new: Read-only file system\n"
        "  hint: this file system is mounted read-only: remount it read-write, or write elsewhere "
        "with -o FILE\n"))


@test
def a_manifest_that_is_a_mount_of_its_own(case):
    """A bind-mounted file cannot be replaced by a rename; its bytes stay."""
    case.write("plain.yaml", PLAIN)
    ran = in_own_mounts(case, "size=64k", r"""
cp ../plain.yaml real.yaml
: > m.yaml
mount --bind real.yaml m.yaml
set +e
"$kaudit" enable --manifest=m.yaml
echo "exit $?"
cmp m.yaml ../plain.yaml && echo same
ls -A
""")
    ran.expect(0, out="exit 2\nsame\nm.yaml\nreal.yaml\n")
    true(b"Device or resource busy" in ran.err, text(ran.err))


@test
def an_immutable_manifest(case):
    need_root()
    chattr = need_tool("chattr")
    case.write("m.yaml")
    if subprocess.run([chattr, "+i", case.path("m.yaml")], capture_output=True, check=False).returncode:
        raise Skip("this file system knows no immutable files")
    try:
        ran = case.kaudit("enable", "--manifest=m.yaml").expect(2, out="")
    finally:
        subprocess.run([chattr, "-i", case.path("m.yaml")], check=True)
    true(b"Operation not permitted" in ran.err and b"lsattr" in ran.err, text(ran.err))
    equal((PLAIN, ["m.yaml"]), (case.read("m.yaml"), case.names()), "bytes and files")
