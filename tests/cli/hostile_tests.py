"""A hostile tree below --root: symlinks that point outside never lead a write there."""

import os
import shutil

from harness import ENABLED, PLAIN, equal, test, text, true
from live_node import BACKUPS, LOGS, MANIFEST, MANIFESTS, POLICY, LiveNode


def outside(case):
    """What lies beside the root, in a form that would be found there."""
    case.write("out/kube-apiserver.yaml")
    case.write("out/manifests/kube-apiserver.yaml")
    os.mkdir(case.path("out/empty"))


def both_ways(case, name):
    """The same place outside: as an absolute path, and by climbing out of the root."""
    return (case.path(name), "../" * 30 + case.path(name).lstrip("/"))


@test
def the_manifest_is_a_symlink_to_the_outside(case):
    node = LiveNode(case)
    outside(case)
    for target in both_ways(case, "out/kube-apiserver.yaml"):
        os.remove(case.path(MANIFEST))
        os.symlink(target, case.path(MANIFEST))
        with case.untouched():
            for words in ([], ["--dry-run"], ["-o", "-"], ["--force"]):
                node.enable(*words).expect(2, out="")
            node.rollback().expect(2, out="")


@test
def no_spelling_of_the_root_opens_the_way_outside(case):
    LiveNode(case)
    outside(case)
    os.symlink("root", case.path("mnt"))
    os.remove(case.path(MANIFEST))
    os.symlink(case.path("out/kube-apiserver.yaml"), case.path(MANIFEST))
    written = []
    for root, manifest in (("./root", MANIFEST), ("root", "./" + MANIFEST), ("mnt", MANIFEST),
                           ("mnt", case.path(MANIFEST)), ("root//", MANIFEST),
                           ("root", MANIFEST.replace("root", "mnt"))):
        case.kaudit("enable", f"--root={root}", f"--manifest={manifest}", "--force")
        if case.read("out/kube-apiserver.yaml") != PLAIN:
            written.append(f"--root={root} --manifest={manifest} wrote outside the root")
        case.write("out/kube-apiserver.yaml")
    true(not written, "\n".join(written))


@test
def the_manifest_directory_is_a_symlink_to_the_outside(case):
    node = LiveNode(case)
    outside(case)
    shutil.rmtree(case.path(MANIFESTS))
    for target in both_ways(case, "out/manifests"):
        os.symlink(target, case.path(MANIFESTS))
        with case.untouched():
            node.enable().expect(2, out="")
        os.remove(case.path(MANIFESTS))


@test
def the_log_directory_would_be_made_outside(case):
    node = LiveNode(case)
    outside(case)
    os.rmdir(case.path("root/var/log"))
    for target in both_ways(case, "out/empty"):
        if os.path.lexists(case.path("root/var/log")):
            os.remove(case.path("root/var/log"))
        os.symlink(target, case.path("root/var/log"))
        with case.untouched("out"):
            node.enable("--force")
        case.write(MANIFEST, PLAIN)


@test
def the_backups_would_be_written_outside(case):
    node = LiveNode(case)
    outside(case)
    for target in both_ways(case, "out/empty"):
        os.symlink(target, case.path("root/var/lib/kaudit"))
        for words in ([], ["--backup-dir=./root/var/lib/kaudit/backups"],
                      ["--backup-dir=root/var/../var/lib/kaudit/backups"]):
            with case.untouched("out"):
                node.enable(*words)
                node.rollback(*words)
            case.write(MANIFEST, PLAIN)
        os.remove(case.path("root/var/lib/kaudit"))


@test
def a_stale_temporary_file_that_is_a_symlink(case):
    node = LiveNode(case)
    outside(case)
    os.symlink(case.path("out/kube-apiserver.yaml"),
               case.path(MANIFESTS + "/.kube-apiserver.yaml.kaudit-new"))
    with case.untouched("out"):
        node.enable().expect(0)
    node.is_enabled()
    true(not os.path.islink(case.path(MANIFEST)), "the manifest became a symlink")


@test
def backups_that_are_symlinks_are_not_followed_outside(case):
    node = LiveNode(case)
    node.enable().expect(0)
    outside(case)
    for name in case.names(BACKUPS):
        os.remove(case.path(f"{BACKUPS}/{name}"))
        os.symlink(case.path("out/kube-apiserver.yaml"), case.path(f"{BACKUPS}/{name}"))
    with case.untouched("out"):
        node.rollback().expect(2, out="")
        node.enable("--audit-log-maxage=3")


@test
def output_through_a_symlink_of_the_node_stays_inside(case):
    node = LiveNode(case)
    outside(case)
    for target in both_ways(case, "out/kube-apiserver.yaml"):
        for name in ("root/etc/o.yaml", "./root/etc/o.yaml", case.path("root/./etc/o.yaml")):
            os.symlink(target, case.path("root/etc/o.yaml"))
            with case.untouched("out"):
                node.enable("-o", name)
            os.remove(case.path("root/etc/o.yaml"))


@test
def an_absolute_symlink_means_the_nodes_own_path(case):
    node = LiveNode(case)
    os.rename(case.path("root/var/log"), case.path("root/data"))
    os.symlink("/data", case.path("root/var/log"))
    node.enable().expect(0)
    true(os.path.isdir(case.path("root/data/kubernetes/audit")), "the log directory is not below the root")
    os.symlink("../../../../../../etc/kubernetes", case.path("root/way"))
    node.enable("--manifest=/way/manifests/kube-apiserver.yaml", "--audit-log-maxage=3").expect(0)
    equal(ENABLED.replace(b"maxage=30", b"maxage=3"), node.manifest(), "the manifest")


@test
def facts_are_looked_up_inside(case):
    """The policy's symlink leads to a file that is there outside, and missing on the node."""
    node = LiveNode(case)
    case.write("out/policy.yaml", "kind: Policy\n")
    os.remove(case.path(POLICY))
    os.symlink(case.path("out/policy.yaml"), case.path(POLICY))
    with case.untouched():
        ran = node.enable().expect(2, out="")
        true(b"is not on this host" in ran.err, text(ran.err))
    os.makedirs(case.path("out/audit"))
    case.write("out/audit/audit-2001-02-03T04-05-06.000.log", "x")
    os.remove(case.path(POLICY))
    case.write(POLICY, "kind: Policy\n")
    os.makedirs(os.path.dirname(case.path(LOGS)))
    os.symlink(case.path("out/audit"), case.path(LOGS))
    ran = node.enable("--dry-run").expect(0)
    true(b"rotated log" not in ran.err, f"logs outside the root were counted:\n{text(ran.err)}")


@test
def dot_dot_in_what_was_typed_stays_inside(case):
    node = LiveNode(case)
    outside(case)
    with case.untouched("out"):
        node.enable("--manifest=/../../out/kube-apiserver.yaml")
        node.enable("--manifest=root/../out/kube-apiserver.yaml", "--backup-dir=root/../out/b")
