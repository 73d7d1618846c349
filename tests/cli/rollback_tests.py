"""Backups of a live manifest, and the way back."""

import hashlib
import json
import os
import shutil

from harness import ENABLED, PLAIN, equal, test, text, true
from live_node import BACKUPS, MANIFEST, MASKS, POLICY, SHOWN, LiveNode

SET_90 = ENABLED.replace(b"maxage=30", b"maxage=90")
NO_BACKUP = f"there is no backup of {SHOWN} in /var/lib/kaudit/backups to go back to"
MISSING_HINT = ("write an audit policy there first; kaudit enable --policy-from=preset:recommended does "
                "it; --force skips this check")
NO_BACKUP_HINT = "kaudit disable --root=root takes the audit settings out of the manifest"


def sha256(data):
    return hashlib.sha256(data).hexdigest()


@test
def a_backup_is_private_and_has_a_record(case):
    node = LiveNode(case)
    for mask in (0o000, 0o077):
        old = os.umask(mask)
        node.enable().expect(0)
        node.kaudit("disable").expect(0)
        os.umask(old)
    equal((0o700, 0o755), (case.mode(BACKUPS), case.mode("root/var/lib/kaudit")), "directories")
    equal([PLAIN, ENABLED, PLAIN, ENABLED], node.backups(), "the old bytes, oldest first")
    for name in case.names(BACKUPS):
        equal(0o600, case.mode(f"{BACKUPS}/{name}"), name)
    record = node.records()[0]
    true(record.pop("time").startswith("20"), "the time of a record")
    equal({"schemaVersion": 1, "manifest": "/etc/kubernetes/manifests/kube-apiserver.yaml",
           "sha256Before": sha256(PLAIN), "sha256After": sha256(ENABLED), "policyBackup": None,
           "state": "done"}, record, "the record")
    times = [record["time"] for record in node.records()]
    equal(sorted(times), times, "records sort by time")


@test
def json_names_the_backup(case):
    node = LiveNode(case)
    said = json.loads(node.enable("--format=json").expect(0, err="").out)
    true(said["backup"].startswith(case.path(BACKUPS) + "/"), f"backup: {said['backup']}")
    with open(said["backup"], "rb") as file:
        equal(PLAIN, file.read(), "the backup")
    equal((True, True), (said["changed"], said["restartExpected"]), "changed and restartExpected")
    again = json.loads(node.enable("--format=json").expect(0, err="").out)
    equal((False, False, None), tuple(again[k] for k in ("changed", "restartExpected", "backup")),
          "nothing to do")
    dry = json.loads(node.kaudit("disable", "--dry-run", "--format=json").expect(0, err="").out)
    equal((True, True, None), tuple(dry[k] for k in ("changed", "restartExpected", "backup")), "dry run")
    back = json.loads(node.rollback("--format=json").expect(0, err="").out)
    equal((1, "rollback", True, True), tuple(
        back[k] for k in ("schemaVersion", "command", "changed", "restartExpected")), "rollback")
    refused = json.loads(node.rollback("--format=json").expect(2).out)
    equal((False, case.path(MANIFEST)), (refused["changed"], refused["error"]["message"].split()[5]),
          "a refused rollback")


@test
def what_could_not_run_is_not_restored(case):
    node = LiveNode(case)
    node.enable().expect(0)
    node.kaudit("disable").expect(0)
    os.remove(case.path(POLICY))
    node.refuses("the policy file /etc/kubernetes/audit/audit-policy.yaml is not on this host; the "
                 "API server will not start", command="rollback", hint=MISSING_HINT, place=False)
    dry = node.rollback("--dry-run").expect(0)
    true(b"without --dry-run this would be refused\n" in dry.err, text(dry.err))
    node.rollback("--force").expect(0)
    node.is_enabled()


@test
def each_rollback_goes_one_change_further_back(case):
    node = LiveNode(case)
    node.enable().expect(0)
    os.chmod(case.path(MANIFEST), 0o640)
    node.enable("--audit-log-maxage=90").expect(0)
    equal(SET_90, node.manifest(), "after two changes")
    node.rollback().expect(0, out="", masks=MASKS, err=(
        f"restored {SHOWN} as it was before the change of TIME\n"
        "the kubelet restarts the API server now\n"))
    equal((ENABLED, 0o640), (node.manifest(), case.mode(MANIFEST)), "after one rollback")
    equal(["done", "rolled-back"], node.states(), "records")
    node.rollback().expect(0)
    node.is_plain()
    node.refuses(NO_BACKUP, command="rollback", hint=NO_BACKUP_HINT, place=False)
    equal(["rolled-back", "rolled-back"], node.states(), "records")
    equal(["kube-apiserver.yaml"], case.names(os.path.dirname(MANIFEST)), "files beside the manifest")


@test
def a_change_after_a_rollback_can_be_rolled_back(case):
    node = LiveNode(case)
    node.enable().expect(0)
    node.rollback().expect(0)
    node.enable("--audit-log-maxage=90").expect(0)
    node.rollback().expect(0)
    node.is_plain()
    node.refuses(NO_BACKUP, command="rollback", hint=NO_BACKUP_HINT, place=False)


@test
def nothing_to_go_back_to(case):
    node = LiveNode(case)
    node.refuses(NO_BACKUP, command="rollback", hint=NO_BACKUP_HINT, place=False)
    node.refuses(NO_BACKUP, "--dry-run", command="rollback", hint=NO_BACKUP_HINT, place=False)


@test
def a_dry_run_of_a_rollback(case):
    node = LiveNode(case)
    node.enable().expect(0)
    with case.untouched():
        ran = node.rollback("--dry-run").expect(
            0, err=f"dry run: {SHOWN} was not changed\n", masks=MASKS)
        true(b"-    - --audit-log-maxage=30\n" in ran.out, text(ran.out))
        node.rollback("--dry-run", "--exit-code").expect(1)
    shown = node.rollback("--diff").expect(0).out
    equal(ran.out, shown, "the diff of the dry run and of the real one")
    node.is_plain()


FOREIGN = ENABLED.replace(b"v1.31.3", b"v1.31.4")
CHANGED = (f"{SHOWN} was changed by somebody else after kaudit wrote it on DATE: putting the old "
           "bytes back would lose that change")
CHANGED_HINT = ("kaudit disable --root=root takes only the audit settings out; --force puts the old bytes back "
                "nevertheless")


@test
def a_foreign_change_in_between_is_refused_with_the_diff(case):
    node = LiveNode(case)
    node.enable().expect(0)
    case.write(MANIFEST, FOREIGN)
    with case.untouched():
        for words in ([], ["--dry-run"]):
            ran = node.rollback(*words).expect(2, masks=[*MASKS, (r"\d{4}-\d\d-\d\d:", "DATE:")], err=(
                f"kaudit: error: {CHANGED}\n  hint: {CHANGED_HINT}\n"))
            for line in ("-    image: registry.k8s.io/kube-apiserver:v1.31.4",
                         "+    image: registry.k8s.io/kube-apiserver:v1.31.3",
                         "-    - --audit-log-maxage=30"):
                true(line in text(ran.out).splitlines(), f"{line!r} is not in the diff:\n{text(ran.out)}")
        said = json.loads(node.rollback("--format=json").expect(2).out)
        equal((False, CHANGED_HINT, case.plain(ran.out)),
              (said["changed"], said["error"]["hint"], case.plain(said["diff"])), "the refusal in JSON")
    node.kaudit("disable").expect(0)
    equal(PLAIN.replace(b"v1.31.3", b"v1.31.4"), node.manifest(), "disable is the way out")


@test
def force_rolls_back_over_a_foreign_change_and_keeps_it(case):
    node = LiveNode(case)
    node.enable().expect(0)
    case.write(MANIFEST, FOREIGN)
    said = json.loads(node.rollback("--force", "--format=json").expect(0).out)
    node.is_plain()
    with open(said["backup"], "rb") as file:
        equal(FOREIGN, file.read(), "the backup of what was overwritten")
    node.refuses(NO_BACKUP, command="rollback", hint=NO_BACKUP_HINT, place=False)


@test
def a_damaged_backup_is_not_restored(case):
    node = LiveNode(case)
    node.enable().expect(0)
    name = next(n for n in case.names(BACKUPS) if n.endswith(".manifest"))
    case.write(f"{BACKUPS}/{name}", PLAIN + b"# x\n")
    for words in ([], ["--force"]):
        node.refuses(f"the backup /var/lib/kaudit/backups/NAME.manifest is damaged: its SHA-256 is "
                     f"{sha256(PLAIN + b'# x' + bytes([10]))}, its record says {sha256(PLAIN)}", *words,
                     command="rollback", place=False,
                     hint="kaudit disable --root=root takes the audit settings out of the manifest without a backup")
    os.remove(case.path(f"{BACKUPS}/{name}"))
    with case.untouched():
        node.rollback().expect(2, out="")
    record = next(n for n in case.names(BACKUPS) if n.endswith(".json"))
    case.write(f"{BACKUPS}/{record}", "{")
    with case.untouched():
        ran = node.rollback().expect(2, out="")
        true(b"cannot be understood" in ran.err, text(ran.err))


@test
def ten_backups_are_kept(case):
    node = LiveNode(case)
    for days in range(1, 13):
        node.enable(f"--audit-log-maxage={days}").expect(0)
    equal(20, len(case.names(BACKUPS)), "files")
    kept = [backup.split(b"maxage=")[1].split(b"\n")[0] for backup in node.backups()]
    equal([str(n).encode() for n in range(2, 12)], kept, "the newest ten")
    for days in range(11, 1, -1):
        node.rollback().expect(0)
        true(f"maxage={days}\n".encode() in node.manifest(), f"rollback to {days}")
    node.rollback().expect(2)


def make_pending(case, **changes):
    """As a kaudit that died before its last step leaves the only record; its name and the warning."""
    name = next(n for n in case.names(BACKUPS) if n.endswith(".json"))
    record = json.loads(case.read(f"{BACKUPS}/{name}"))
    record.update(state="pending", **changes)
    case.write(f"{BACKUPS}/{name}", json.dumps(record))
    return name, (f"{case.path(MANIFEST)}: warning: an earlier change of {record['time']} was "
                  "interrupted\n  hint: kaudit rollback --dry-run shows what it left\n")


@test
def a_pending_record_is_mentioned_until_a_change_settles_it(case):
    node = LiveNode(case)
    node.enable().expect(0)
    _, warning = make_pending(case)
    for words in ([], ["--quiet"], ["--audit-log-maxage=1"]):
        ran = node.enable(*words).expect(0)
        true(warning in text(ran.err), f"{words}:\n{text(ran.err)}")
    equal(["done", "done"], node.states(), "records")
    true(b"interrupted" not in node.enable("--audit-log-maxage=2").expect(0).err, "said again")
    for _ in range(3):
        node.rollback().expect(0)
    node.is_plain()


@test
def a_pending_record_that_explains_nothing_is_never_removed(case):
    node = LiveNode(case)
    node.enable().expect(0)
    name, warning = make_pending(case, sha256Before="1" * 64, sha256After="2" * 64)
    for days in range(1, 14):
        ran = node.enable(f"--audit-log-maxage={days}").expect(0)
        true(warning in text(ran.err), text(ran.err))
    true(name in case.names(BACKUPS), "the pending record was pruned")


@test
def a_pending_change_that_never_came_is_dropped(case):
    node = LiveNode(case)
    node.enable().expect(0)
    make_pending(case)
    case.write(MANIFEST, PLAIN)
    node.rollback().expect(0, out="", masks=MASKS, err=(
        f"the change of TIME is not in {SHOWN}; its record was removed\n"))
    node.is_plain()
    equal([], case.names(BACKUPS), "backups")


@test
def backups_of_a_manifest_that_is_not_live_only_where_asked_for(case):
    case.write("m.yaml")
    case.kaudit("enable", "--manifest=m.yaml", "--backup-dir=keep/here").expect(0)
    equal(0o700, case.mode("keep/here"), "the directory")
    equal(2, len(case.names("keep/here")), "files")
    case.kaudit("rollback", "--manifest=m.yaml", "--backup-dir=keep/here").expect(0)
    equal(PLAIN, case.read("m.yaml"), "rolled back")


@test
def a_backup_directory_below_root_is_found_by_any_spelling(case):
    for spelled in ("root/keep", "./root/keep", case.path("root/keep"), "root/./keep", "root//keep"):
        node = LiveNode(case)
        node.enable(f"--backup-dir={spelled}").expect(0)
        true(os.path.isdir(case.path("root/keep")), f"--backup-dir={spelled} is not root/keep: "
             + ", ".join(d for d, _, _ in os.walk(case.path("root")) if d.endswith("keep")))
        node.rollback(f"--backup-dir={spelled}").expect(0)
        shutil.rmtree(case.path("root"))


@test
def backups_beside_the_manifests_are_refused(case):
    node = LiveNode(case)
    node.refuses("/etc/kubernetes/manifests cannot hold backups: the kubelet would run each of them as "
                 "a manifest", "--backup-dir=root/etc/kubernetes/manifests",
                 hint="choose another directory with --backup-dir")
    os.symlink("manifests", case.path("root/etc/kubernetes/way"))
    with case.untouched():
        node.enable("--backup-dir=root/etc/kubernetes/way").expect(2, out="")


@test
def rollback_needs_no_policy(case):
    node = LiveNode(case)
    node.enable().expect(0)
    os.remove(case.path(POLICY))
    node.rollback().expect(0)
    node.is_plain()
