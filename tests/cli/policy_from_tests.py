"""kaudit enable --policy-from: a policy is written before the manifest, or nothing is."""

import hashlib
import json
import os

from harness import ENABLED, PLAIN, equal, test, text, true
from live_node import (BACKUPS, LOGS, MANIFEST, MANIFESTS, MASKS, POLICY, POLICY_BYTES, SHOWN,
                       LiveNode)
from output_tests import ADDED, KEPT
from live_tests import UPGRADE

AUDIT = os.path.dirname(POLICY)
OLD = POLICY_BYTES
NEW = (b"apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: Metadata\n"
       b"  omitStages: [RequestReceived]\n")
INVALID = b"apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: Everything\n"
SHOWN_POLICY = POLICY.removeprefix("root")
MADE = "made the log directory /var/log/kubernetes/audit\n"
WROTE = (f"wrote {SHOWN}\n"
         "backup: /var/lib/kaudit/backups/NAME.manifest\n"
         "the kubelet restarts the API server now\n")
ANNOTATION = "kaudit.io/policy-sha256"
ANNOTATED = (f"  ~ annotation {ANNOTATION}  "
             "(the kubelet restarts the Pod for it, and the API server reads the policy only when "
             "it starts)\n")
NOT_READ = ("{0}: warning: the manifest stays as it is, so the kubelet does not restart the API "
            "server, and one that runs keeps the policy that it started with\n"
            "  hint: kaudit policy install with the path of that policy restarts it\n").format(SHOWN)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def bare_node(case, manifest=PLAIN):
    """A node on which nobody has written a policy, nor the directory for one."""
    node = LiveNode(case, manifest)
    os.remove(case.path(POLICY))
    os.rmdir(case.path(AUDIT))
    case.write("new.yaml", NEW)
    return node


def audited_node(case, manifest=ENABLED):
    node = LiveNode(case, manifest)
    os.makedirs(case.path(LOGS))
    case.write("new.yaml", NEW)
    return node


def with_annotation(data, manifest=ENABLED):
    """Behind kubeadm's own annotation."""
    line = next(line for line in manifest.split(b"\n") if b"advertise-address.endpoint" in line)
    ours = b'    %s: "%s"' % (ANNOTATION.encode(), sha256(data).encode())
    return manifest.replace(line + b"\n", line + b"\n" + ours + b"\n")


# ---- no policy yet ---------------------------------------------------------------------------------


@test
def a_missing_policy_is_written_first(case):
    node = bare_node(case)
    for mask in (0o000, 0o077):
        old = os.umask(mask)
        node.enable("--policy-from=new.yaml").expect(0, out="", masks=MASKS, err=ADDED + MADE + (
            f"wrote the audit policy {SHOWN_POLICY} from new.yaml\n") + WROTE + UPGRADE)
        os.umask(old)
        node.is_enabled()
        equal(NEW, case.read(POLICY), "the policy")
        equal((0o755, 0o600), (case.mode(AUDIT), case.mode(POLICY)), "directory and file")
        equal(["audit-policy.yaml"], case.names(AUDIT), "files beside the policy")
        record = node.records()[-1]
        equal((None, "/etc/kubernetes/audit/audit-policy.yaml", None, sha256(NEW)),
              tuple(record[k] for k in ("policyBackup", "policyPath", "policySha256Before",
                                        "policySha256After")), "the record")
        # What was not there before stays, as after `disable`.
        node.rollback().expect(0, out="", masks=MASKS, err=(
            f"left on the host: the policy {SHOWN_POLICY}\n"
            f"restored {SHOWN} as it was before the change of TIME\n"
            "the kubelet restarts the API server now\n"))
        equal(NEW, case.read(POLICY), "the policy after a rollback")
        os.remove(case.path(POLICY))
        os.rmdir(case.path(AUDIT))
        os.rmdir(case.path(LOGS))


@test
def a_preset_is_written(case):
    node = bare_node(case)
    preset = case.kaudit("policy", "init", "--preset=minimal").expect(0).out
    ran = node.enable("--policy-from=preset:minimal").expect(0)
    true(f"wrote the audit policy {case.path(POLICY)} from preset:minimal\n" in text(ran.err),
         text(ran.err))
    equal(preset, case.read(POLICY), "the policy")


@test
def a_policy_from_standard_input_is_written(case):
    node = bare_node(case)
    ran = node.enable("--policy-from=-", stdin=NEW).expect(0)
    true(f"wrote the audit policy {case.path(POLICY)} from <stdin>\n" in text(ran.err), text(ran.err))
    equal(NEW, case.read(POLICY), "the policy")


@test
def a_policy_is_readable_for_the_api_server(case):
    node = bare_node(case, PLAIN.replace(
        b"  securityContext:\n", b"  securityContext:\n    runAsUser: 65532\n    runAsGroup: 65533\n"))
    node.enable("--policy-from=new.yaml").expect(0)
    status = os.stat(case.path(POLICY))
    equal((0o600, 65532, 65533), (case.mode(POLICY), status.st_uid, status.st_gid), "the policy")
    status = os.stat(case.path(AUDIT))
    equal((0o755, 0, 0), (case.mode(AUDIT), status.st_uid, status.st_gid), "its directory")


@test
def a_policy_goes_where_the_manifest_has_it_on_the_host(case):
    node = bare_node(case)
    node.enable("--policy-from=new.yaml", "--audit-policy-file=/p/policy.yaml",
                "--host-path=/p/policy.yaml=/srv/audit/api.yaml").expect(0)
    equal(NEW, case.read("root/srv/audit/api.yaml"), "the policy")


@test
def a_policy_is_written_though_the_manifest_is_right(case):
    """The kubelet waits for the file: nothing else is missing."""
    node = bare_node(case, ENABLED)
    os.makedirs(case.path(LOGS))
    with case.untouched():
        node.enable("--policy-from=new.yaml", "--dry-run", "--exit-code").expect(1, out="")
    manifest = case.snapshot(MANIFESTS)
    node.enable("--policy-from=new.yaml").expect(0, out="", masks=MASKS, err=KEPT + NOT_READ + (
        f"wrote the audit policy {SHOWN_POLICY} from new.yaml\n"
        f"already enabled: {SHOWN}\n"))
    equal(NEW, case.read(POLICY), "the policy")
    equal(manifest, case.snapshot(MANIFESTS), "the manifest")
    true(not os.path.exists(case.path(BACKUPS)), "a record, and nothing to go back to")


@test
def the_same_policy_changes_nothing(case):
    node = bare_node(case)
    node.enable("--policy-from=new.yaml").expect(0)
    os.chmod(case.path(POLICY), 0o644)
    with case.untouched():
        for more in ([], ["--replace-policy"]):
            node.enable("--policy-from=new.yaml", *more).expect(0, out="", masks=MASKS, err=KEPT + (
                f"the audit policy {SHOWN_POLICY} is that of new.yaml already\n"
                f"already enabled: {SHOWN}\n"))
        node.enable("--policy-from=new.yaml", "--dry-run", "--exit-code").expect(0)


# ---- another policy --------------------------------------------------------------------------------


@test
def a_different_policy_is_not_replaced_unasked(case):
    for manifest in (PLAIN, ENABLED):
        node = audited_node(case, manifest)
        node.refuses(f"there is a different policy in {SHOWN_POLICY} already", "--policy-from=new.yaml",
                     hint="--replace-policy replaces it and keeps a backup; with --dry-run it shows the "
                          "difference")
        node.refuses(f"there is a different policy in {SHOWN_POLICY} already", "--policy-from=new.yaml",
                     "--force", hint="--replace-policy replaces it and keeps a backup; with --dry-run "
                                     "it shows the difference")
        os.rmdir(case.path(LOGS))


@test
def a_replaced_policy_is_kept_and_the_pod_restarted(case):
    node = audited_node(case)
    os.chmod(case.path(POLICY), 0o640)
    os.chown(case.path(POLICY), 7, 8)
    node.enable("--policy-from=new.yaml", "--replace-policy").expect(
        0, out="", masks=MASKS, err=KEPT + ANNOTATED + (
            f"replaced the audit policy {SHOWN_POLICY} by new.yaml\n"
            "backup of the old policy: /var/lib/kaudit/backups/NAME.policy\n") + WROTE + UPGRADE)
    equal(with_annotation(NEW), node.manifest(), "the manifest")
    status = os.stat(case.path(POLICY))
    equal((NEW, 0o640, 7, 8), (case.read(POLICY), case.mode(POLICY), status.st_uid, status.st_gid),
          "the policy keeps mode and owner")
    record = node.records()[0]
    equal((sha256(OLD), sha256(NEW)), (record["policySha256Before"], record["policySha256After"]),
          "the record")
    kept = "root" + record["policyBackup"]
    equal((OLD, 0o600), (case.read(kept), case.mode(kept)), "the old policy")
    with case.untouched():
        node.enable("--policy-from=new.yaml", "--replace-policy").expect(0, out="")
        node.enable().expect(0, out="")


@test
def a_rollback_puts_the_old_policy_back(case):
    node = audited_node(case)
    node.enable("--policy-from=new.yaml", "--replace-policy").expect(0)
    with case.untouched():
        dry = node.rollback("--dry-run").expect(0, masks=MASKS, err=(
            f"the audit policy {SHOWN_POLICY} would be put back\n"
            f"dry run: {SHOWN} was not changed\n"))
        for line in ("-    " + ANNOTATION, "--- " + case.path(POLICY), 
                     "-  omitStages: [RequestReceived]\n"):
            true(line in text(dry.out), f"{line!r} is not in the diff:\n{text(dry.out)}")
    node.rollback().expect(0, out="", masks=MASKS, err=(
        f"put the audit policy {SHOWN_POLICY} back\n"
        f"restored {SHOWN} as it was before the change of TIME\n"
        "the kubelet restarts the API server now\n"))
    equal((ENABLED, OLD), (node.manifest(), case.read(POLICY)), "manifest and policy")


@test
def a_rollback_leaves_a_policy_that_somebody_changed(case):
    node = audited_node(case)
    node.enable("--policy-from=new.yaml", "--replace-policy").expect(0)
    case.write(POLICY, NEW + b"# mine\n")
    ran = node.rollback().expect(0, masks=[*MASKS, (r"on \d{4}-\d\d-\d\d,", "on DATE,")], err=(
        f"kaudit: warning: the policy {SHOWN_POLICY} was changed by somebody else after kaudit wrote "
        "it on DATE, so the older one is not put back\n"
        "  hint: it is kept in /var/lib/kaudit/backups/NAME.policy\n"
        f"restored {SHOWN} as it was before the change of TIME\n"
        "the kubelet restarts the API server now\n"))
    equal(b"", ran.out, "stdout")
    equal((ENABLED, NEW + b"# mine\n"), (node.manifest(), case.read(POLICY)), "manifest and policy")


@test
def a_rollback_that_would_bring_a_broken_policy_back_is_refused(case):
    node = audited_node(case)
    case.write(POLICY, INVALID)
    node.enable("--policy-from=new.yaml", "--replace-policy").expect(0)
    with case.untouched():
        ran = node.rollback().expect(2, out="")
        true("cannot be loaded: line 4: " in text(ran.err), text(ran.err))
    node.rollback("--force").expect(0)
    equal(INVALID, case.read(POLICY), "the policy")


@test
def replaced_for_the_second_time_by_the_same_the_mark_is_in_capitals(case):
    """The annotation is the policy's SHA-256, and it is there already; but the Pod must restart."""
    node = audited_node(case)
    node.enable("--policy-from=new.yaml", "--replace-policy").expect(0)
    case.write(POLICY, OLD)
    node.enable("--policy-from=new.yaml", "--replace-policy").expect(
        0, out="", masks=MASKS, err=KEPT + ANNOTATED + (
            f"replaced the audit policy {SHOWN_POLICY} by new.yaml\n"
            "backup of the old policy: /var/lib/kaudit/backups/NAME.policy\n") + WROTE + UPGRADE)
    digest = sha256(NEW).encode()
    capitals = with_annotation(NEW).replace(digest, digest.upper())
    equal((capitals, NEW), (node.manifest(), case.read(POLICY)), "manifest and policy")
    with case.untouched():
        node.enable("--policy-from=new.yaml", "--replace-policy").expect(0, out="")
    node.rollback().expect(0, out="")
    equal((with_annotation(NEW), OLD), (node.manifest(), case.read(POLICY)), "manifest and policy")


@test
def a_symlink_to_the_policy_stays(case):
    node = audited_node(case)
    os.rename(case.path(POLICY), case.path("root/srv.yaml"))
    os.symlink("/srv.yaml", case.path(POLICY))  # absolute, as the node sees it
    node.enable("--policy-from=new.yaml", "--replace-policy").expect(0)
    equal("/srv.yaml", os.readlink(case.path(POLICY)), "the symlink")
    equal(NEW, case.read("root/srv.yaml"), "the file behind it")
    node.rollback().expect(0)
    equal(OLD, case.read("root/srv.yaml"), "rolled back")


@test
def disable_takes_the_annotation_and_leaves_the_policy(case):
    node = audited_node(case, PLAIN)
    node.enable("--policy-from=new.yaml", "--replace-policy").expect(0)
    equal(with_annotation(NEW), node.manifest(), "the manifest")
    node.kaudit("disable").expect(0)
    node.is_plain()
    equal(NEW, case.read(POLICY), "the policy")


# ---- dry runs and JSON -----------------------------------------------------------------------------


@test
def a_dry_run_says_what_would_be_written_where(case):
    node = bare_node(case)
    with case.untouched():
        ran = node.enable("--policy-from=new.yaml", "--dry-run").expect(0, masks=MASKS, err=ADDED + (
            f"the audit policy {SHOWN_POLICY} would be written from new.yaml\n"
            f"dry run: {SHOWN} was not changed\n"))
        true(b"policy-file-missing" not in ran.err and b"level: Request" not in ran.out, text(ran.out))
        node.enable("--policy-from=new.yaml", "--dry-run", "--exit-code").expect(1)


@test
def a_dry_run_shows_the_difference_to_the_policy_that_is_there(case):
    node = audited_node(case)
    with case.untouched():
        node.enable("--policy-from=new.yaml", "--replace-policy", "--dry-run").expect(
            0, masks=[*MASKS, (r"(?s)^.*?(?=--- /etc/kubernetes/audit)", "")], err=(
                KEPT + ANNOTATED + f"the audit policy {SHOWN_POLICY} would be replaced by new.yaml\n"
                f"dry run: {SHOWN} was not changed\n"), out=(
                    f"--- {SHOWN_POLICY}\n+++ {SHOWN_POLICY}\n"
                    "@@ -2,3 +2,4 @@\n kind: Policy\n rules:\n - level: Metadata\n"
                    "+  omitStages: [RequestReceived]\n"))


@test
def json_tells_of_the_policy(case):
    node = bare_node(case)
    keys = ("path", "action", "backup", "diff")

    def said(ran):
        return json.loads(ran.expect(0, err="").out)

    dry = said(node.enable("--policy-from=new.yaml", "--dry-run", "--format=json"))
    equal((True, True), (dry["changed"], dry["restartExpected"]), "a dry run")
    equal((case.path(POLICY), "installed", None, ""), tuple(dry["policy"][k] for k in keys), "policy")
    said(node.enable("--policy-from=new.yaml", "--format=json"))
    again = said(node.enable("--policy-from=new.yaml", "--format=json"))
    equal((False, "unchanged"), (again["changed"], again["policy"]["action"]), "nothing to do")
    case.write("old.yaml", OLD)
    other = said(node.enable("--policy-from=old.yaml", "--replace-policy", "--format=json"))
    equal((True, True, "replaced"),
          (other["changed"], other["restartExpected"], other["policy"]["action"]), "replaced")
    with open(other["policy"]["backup"], "rb") as file:
        equal(NEW, file.read(), "the backup of the policy")
    true("-  omitStages: [RequestReceived]\n" in other["policy"]["diff"], other["policy"]["diff"])
    back = said(node.rollback("--format=json"))
    equal((True, "restored"), (back["changed"], back["policy"]["action"]), "rolled back")
    true("policy" not in said(node.enable("--format=json")), "without --policy-from")


# ---- refused ---------------------------------------------------------------------------------------


@test
def a_policy_that_kube_apiserver_refuses_is_not_written(case):
    node = bare_node(case)
    case.write("bad.yaml", INVALID)
    with case.untouched():
        for words in ([], ["--dry-run"]):
            node.enable("--policy-from=bad.yaml", *words).expect(2, out="", err=(
                "bad.yaml:4:10: error: kube-apiserver 1.31 refuses this policy: rules[0].level is "
                "'Everything', which is no level\n"
                "    - level: Everything\n"
                "             ^~~~~~~~~~\n"
                "  hint: write None, Metadata, Request or RequestResponse; 'kaudit policy lint' says all "
                "that is wrong\n"))
        for data in (b"", b"kind: [", PLAIN):
            node.enable("--policy-from=-", stdin=data).expect(2, out="")
    ran = node.enable("--policy-from=bad.yaml", "--force").expect(0, out="")
    true("[policy-file-invalid]" in text(ran.err), f"--force must not hide it:\n{text(ran.err)}")
    equal(INVALID, case.read(POLICY), "--force writes it")


@test
def where_no_release_is_told_a_policy_must_suit_old_ones(case):
    """Releases up to 1.35 exit at the group "*"."""
    unknown = PLAIN.replace(b"kube-apiserver:v1.31.3", b"kube-apiserver@sha256:" + b"0" * 64)
    true(unknown != PLAIN, "the image of the test's manifest has another tag")
    node = bare_node(case, unknown)
    case.write("star.yaml", NEW + b'  resources: [{group: "*"}]\n')
    with case.untouched():
        ran = node.enable("--policy-from=star.yaml").expect(2, out="")
        true("hint: the image tells no release; if it is one that reads this, name it with "
             "--kubernetes-version\n" in text(ran.err), text(ran.err))
    node.enable("--policy-from=star.yaml", "--kubernetes-version=1.36").expect(0)


@test
def a_policy_alone_passes_the_same_gate(case):
    """The manifest is right already, and a copy of it beside it may be what the kubelet runs."""
    node = audited_node(case)
    os.remove(case.path(POLICY))
    case.write(MANIFESTS + "/zz.yaml", ENABLED)
    with case.untouched():
        ran = node.enable("--policy-from=new.yaml").expect(2, out="")
        true("defines the same Pod" in text(ran.err), text(ran.err))


@test
def a_policy_that_records_nothing_is_not_written(case):
    node = bare_node(case)
    case.write("none.yaml", NEW.replace(b"Metadata", b"None"))
    with case.untouched():
        node.enable("--policy-from=none.yaml").expect(2, out="", err=(
            "none.yaml: error: with this policy nothing would be recorded\n"
            "  hint: give a rule a level above None; --force writes it all the same\n"))
    node.enable("--policy-from=none.yaml", "--force").expect(0, out="")


@test
def a_policy_of_an_older_version_is_judged_by_the_release(case):
    node = bare_node(case)
    case.write("beta.yaml", NEW.replace(b"/v1\n", b"/v1beta1\n"))
    with case.untouched():
        node.enable("--policy-from=beta.yaml").expect(2, out="")
    node.enable("--policy-from=beta.yaml", "--kubernetes-version=1.23").expect(0)


@test
def what_is_in_the_way_is_named(case):
    node = bare_node(case)
    os.makedirs(case.path(POLICY))
    node.refuses(f"the policy cannot be written, because {SHOWN_POLICY} is a directory",
                 "--policy-from=new.yaml", "--replace-policy",
                 hint="if a container runtime made it, remove it; otherwise correct the hostPath")
    os.rmdir(case.path(POLICY))
    os.symlink("nowhere", case.path(POLICY))
    node.refuses(f"{SHOWN_POLICY} is a symlink that leads nowhere", "--policy-from=new.yaml",
                 hint="remove it, or make the file that it names")
    node.refuses("the policy /etc/kubernetes/manifests/p.yaml would lie among the kubelet's manifests, "
                 "and the kubelet would take it for one", "--policy-from=new.yaml",
                 "--audit-policy-file=/etc/kubernetes/manifests/p.yaml",
                 hint="give --audit-policy-file or --host-path a path in another directory")


@test
def a_refused_manifest_leaves_no_policy(case):
    node = bare_node(case)
    case.write(MANIFESTS + "/kube-apiserver.yaml.bak")
    with case.untouched():
        node.enable("--policy-from=new.yaml").expect(2, out="")
    os.remove(case.path(MANIFESTS + "/kube-apiserver.yaml.bak"))
    case.write(MANIFEST, b"kind: ConfigMap\n")
    with case.untouched():
        node.enable("--policy-from=new.yaml").expect(2, out="")


@test
def a_manifest_that_cannot_be_written_takes_the_policy_back(case):
    """The backups cannot be kept, because a file is where their directory would be."""
    for make in (bare_node, audited_node):
        node = make(case)
        case.write("root/var/lib/kaudit", "a file")
        with case.untouched("root/etc"):
            ran = node.enable("--policy-from=new.yaml", "--replace-policy").expect(2, out="")
            true(b"/var/lib/kaudit is not a directory" in ran.err, text(ran.err))
        os.remove(case.path("root/var/lib/kaudit"))


@test
def a_manifest_that_the_kubelet_does_not_run_gets_no_policy(case):
    node = bare_node(case)
    case.write("m.yaml")
    with case.untouched():
        for words in ([], ["--dry-run"], ["--host-checks=on"]):
            case.kaudit("enable", "--root=root", "--manifest=m.yaml", "--policy-from=new.yaml",
                        *words).expect(2, out="", masks=MASKS, err=(
                            "m.yaml: error: '--policy-from' writes a policy only for a manifest that the "
                            "kubelet runs, and m.yaml is none\n"
                            f"  hint: leave it out, and put the policy at {SHOWN_POLICY} on the node "
                            "yourself\n"))
    node.enable("--policy-from=new.yaml", "--host-checks=off").expect(0)
    equal(NEW, case.read(POLICY), "host checks do not count")


@test
def options_that_contradict_each_other(case):
    case.write("m.yaml")
    case.write("new.yaml", NEW)
    elsewhere = "  hint: leave one out; 'kaudit policy init -o FILE' writes a policy anywhere\n"
    with case.untouched():
        case.kaudit("enable", "--replace-policy").expect(2, out="", err=(
            "kaudit: error: '--replace-policy' needs '--policy-from'\n"
            "  hint: name the policy that is to be there instead\n"))
        case.kaudit("enable", "--policy-from=new.yaml", "-o", "o.yaml").expect(2, out="", err=(
            "kaudit: error: '--policy-from' writes a policy to the node, and '-o' leaves the node as it "
            "is\n" + elsewhere))
        case.kaudit("enable", "--policy-from=-", "--manifest=-", stdin=PLAIN).expect(2, out="", err=(
            "kaudit: error: '--policy-from' writes a policy to the node, and '--manifest -' leaves the "
            "node as it is\n" + elsewhere))
        case.kaudit("disable", "--policy-from=new.yaml").expect(2, out="", err=(
            "kaudit: error: '--policy-from' is not an option of 'kaudit disable'\n"
            "  hint: it belongs to 'kaudit enable'\n"))
        case.kaudit("enable", "--manifest=m.yaml", "--policy-from=none.yaml").expect(2, out="", err=(
            "kaudit: error: cannot read DIR/none.yaml: No such file or directory\n"
            "  hint: check the path\n"))
        ran = case.kaudit("enable", "--manifest=m.yaml", "--policy-from=preset:none").expect(2, out="")
        true(ran.err.startswith(b"kaudit: error: there is no preset 'none'"), text(ran.err))


# ---- interrupted -----------------------------------------------------------------------------------


@test
def a_change_that_died_behind_the_policy_is_completed(case):
    """The policy was written and the manifest was not: the same command still restarts the Pod."""
    node = audited_node(case)
    node.enable("--policy-from=new.yaml", "--replace-policy").expect(0)
    enabled = node.manifest()
    name = next(n for n in case.names(BACKUPS) if n.endswith(".json"))
    record = json.loads(case.read(f"{BACKUPS}/{name}"))
    case.write(f"{BACKUPS}/{name}", json.dumps({**record, "state": "pending"}))
    case.write(MANIFEST, ENABLED)
    ran = node.enable("--policy-from=new.yaml", "--replace-policy").expect(0)
    true(b"was interrupted\n" in ran.err, text(ran.err))
    equal((enabled, ["done"]), (node.manifest(), node.states()), "manifest and records")
    node.rollback().expect(0)
    equal((ENABLED, OLD), (node.manifest(), case.read(POLICY)), "manifest and policy")


@test
def a_change_that_died_behind_the_policy_is_taken_back(case):
    node = audited_node(case)
    node.enable("--policy-from=new.yaml", "--replace-policy").expect(0)
    name = next(n for n in case.names(BACKUPS) if n.endswith(".json"))
    record = json.loads(case.read(f"{BACKUPS}/{name}"))
    case.write(f"{BACKUPS}/{name}", json.dumps({**record, "state": "pending"}))
    case.write(MANIFEST, ENABLED)
    node.rollback().expect(0, out="", masks=MASKS, err=NOT_READ.replace(SHOWN, "kaudit") + (
        f"put the audit policy {SHOWN_POLICY} back\n"
        f"the change of TIME is not in {SHOWN}; its record was removed\n"))
    equal((OLD, []), (case.read(POLICY), case.names(BACKUPS)), "policy and backups")
