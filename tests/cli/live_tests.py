"""A live manifest: the gate, the log directory, what is warned and what is refused."""

import json
import os
import shutil

from harness import ENABLED, NOBODY, PLAIN, equal, test, text, true
from live_node import (BACKUPS, KUBELET, LOGS, MANIFEST, MANIFESTS, MASKS, POLICY, POLICY_BYTES,
                       SHOWN, LiveNode)
from output_tests import ADDED

SKIP = "; --force skips this check"
NO_START = "; the API server will not start"
NO_MOUNT = "; the kubelet cannot mount it, and the API server will not start"
UNDONE = "; the kubelet runs the file whose name sorts last, and may undo every change"
GONE = "; they are gone within seconds of its start"
UPGRADE = ("`kubeadm upgrade` writes this file anew and will drop the change: run kaudit enable --manifest "
           "FILE on the ClusterConfiguration, too\n")


# ---- the gate --------------------------------------------------------------------------------------


@test
def a_live_manifest_is_changed_and_all_is_said(case):
    node = LiveNode(case)
    node.enable().expect(0, out="", masks=MASKS, err=ADDED + (
        "made the log directory /var/log/kubernetes/audit\n"
        f"wrote {SHOWN}\n"
        "backup: /var/lib/kaudit/backups/NAME.manifest\n"
        "the kubelet restarts the API server now\n") + UPGRADE)
    node.is_enabled()
    equal(["kube-apiserver.yaml"], case.names(MANIFESTS), "files beside the manifest")
    with case.untouched():
        ran = node.enable().expect(0, out="")
        true(text(ran.err).endswith("already enabled: " + case.path(MANIFEST) + "\n"), text(ran.err))


@test
def paths_below_root_are_shown_as_this_machine_finds_them(case):
    """A hint such as "chown 65532 /etc/..." must not lead to the wrong machine's file."""
    node = LiveNode(case)
    shown = text(node.enable().expect(0).err)
    true(f"made the log directory {case.path(LOGS)}\n" in shown, shown)
    os.remove(case.path(POLICY))
    shown = text(node.enable("--audit-log-maxage=3").expect(2).err)
    true(f"the policy file {case.path(POLICY)} is not on this host" in shown, shown)


@test
def the_policy_is_missing(case):
    node = LiveNode(case)
    os.remove(case.path(POLICY))
    node.refuses("the policy file /etc/kubernetes/audit/audit-policy.yaml is not on this host"
                 + NO_START, hint="write an audit policy there first; kaudit enable "
                                 "--policy-from=preset:recommended does it" + SKIP)


@test
def the_policy_is_empty(case):
    node = LiveNode(case)
    case.write(POLICY, b"")
    node.refuses("the policy file /etc/kubernetes/audit/audit-policy.yaml is empty" + NO_START,
                 hint="write an audit policy into it first" + SKIP)


@test
def the_policy_is_a_directory(case):
    node = LiveNode(case)
    os.remove(case.path(POLICY))
    os.mkdir(case.path(POLICY))
    node.refuses(
        "the policy file /etc/kubernetes/audit/audit-policy.yaml is a directory on this host"
        + NO_START,
        hint="if a container runtime made it, remove it and write an audit policy there; otherwise "
             "correct the hostPath" + SKIP)


@test
def the_policy_is_not_readable_for_the_api_server(case):
    node = LiveNode(case, PLAIN.replace(
        b"  securityContext:\n", b"  securityContext:\n    runAsUser: 65532\n"))
    case.write(POLICY, POLICY_BYTES, mode=0o600)
    node.refuses("the API server runs as user 65532 and may not read the policy file "
                 "/etc/kubernetes/audit/audit-policy.yaml (mode 0600, owner 0)" + NO_START,
                 hint="chown 65532 /etc/kubernetes/audit/audit-policy.yaml" + SKIP)
    os.chown(case.path(POLICY), 65532, 0)
    node.enable().expect(0)


@test
def a_sibling_defines_the_same_pod(case):
    node = LiveNode(case)
    case.write(MANIFESTS + "/kube-apiserver.yaml.bak")
    node.refuses("/etc/kubernetes/manifests/kube-apiserver.yaml.bak defines the same Pod" + UNDONE,
                 hint="stop the kubelet, move that file out of the directory, start the kubelet" + SKIP)
    node.refuses("/etc/kubernetes/manifests/kube-apiserver.yaml.bak defines the same Pod" + UNDONE,
                 "--audit-log-maxage=3",
                 hint="stop the kubelet, move that file out of the directory, start the kubelet" + SKIP)
    os.rename(case.path(MANIFESTS + "/kube-apiserver.yaml.bak"),
              case.path(MANIFESTS + "/.kube-apiserver.yaml.bak"))
    node.enable().expect(0)


@test
def other_siblings_do_not_count(case):
    node = LiveNode(case)
    case.write(MANIFESTS + "/etcd.yaml", PLAIN.replace(b"name: kube-apiserver\n  n", b"name: etcd\n  n"))
    case.write(MANIFESTS + "/broken.yaml", "kind: [")
    os.mkdir(case.path(MANIFESTS + "/sub"))
    case.write(MANIFESTS + "/sub/kube-apiserver.yaml")
    os.symlink("nowhere", case.path(MANIFESTS + "/dangling.yaml"))
    node.enable().expect(0)
    node.is_enabled()


@test
def a_host_path_of_the_manifest_is_missing(case):
    node = LiveNode(case, PLAIN.replace(b"path: /etc/kubernetes/pki\n      type: DirectoryOrCreate",
                                        b"path: /etc/kubernetes/pki\n      type: Directory"))
    os.rmdir(case.path("root/etc/kubernetes/pki"))
    node.refuses("/etc/kubernetes/pki does not exist, and its type is Directory" + NO_MOUNT,
                 hint="make it, or correct the volume" + SKIP)
    case.write("root/etc/kubernetes/pki", "a file")
    node.refuses("/etc/kubernetes/pki is not a directory, and its type is Directory" + NO_MOUNT,
                 hint="make it, or correct the volume" + SKIP)


@test
def a_file_that_the_manifest_mounts_is_missing(case):
    node = LiveNode(case, PLAIN.replace(b"path: /etc/pki/ca-trust\n      type: DirectoryOrCreate",
                                        b"path: /etc/hosts.audit\n      type: File"))
    node.refuses("/etc/hosts.audit does not exist, and its type is File" + NO_MOUNT,
                 hint="make it, or correct the volume" + SKIP)
    case.write("root/etc/hosts.audit", "x")
    node.enable().expect(0)


@test
def the_log_directory_is_a_file_on_the_host(case):
    node = LiveNode(case)
    os.makedirs(case.path("root/var/log/kubernetes"))
    case.write("root/var/log/kubernetes/audit", "a file")
    node.refuses("/var/log/kubernetes/audit is not a directory, and its type is "
                 "DirectoryOrCreate" + NO_MOUNT, hint="make it, or correct the volume" + SKIP)
    ran = node.enable("--force").expect(2, out="")
    true(b"is not a directory" in ran.err, text(ran.err))
    node.is_plain()


@test
def force_skips_the_gate_and_still_says_it(case):
    node = LiveNode(case)
    os.remove(case.path(POLICY))
    ran = node.enable("--force").expect(0, out="")
    true("[policy-file-missing]" in text(ran.err), f"--force must not hide it:\n{text(ran.err)}")
    node.is_enabled()


@test
def force_never_skips_a_refusal_of_the_document(case):
    node = LiveNode(case, b"kind: ConfigMap\n")
    with case.untouched():
        node.enable("--force").expect(2, out="")


@test
def a_dry_run_and_other_outputs_only_warn(case):
    node = LiveNode(case)
    os.remove(case.path(POLICY))
    missing = "[policy-file-missing]"
    with case.untouched():
        dry = node.enable("--dry-run").expect(0)
        true(missing in text(dry.err), f"--dry-run does not warn:\n{text(dry.err)}")
        true(b"+    - --audit-log-maxage=30" in dry.out, "no diff")
        piped = node.enable("-o", "-").expect(0, out=ENABLED)
        true(missing in text(piped.err), f"-o - does not warn:\n{text(piped.err)}")
    written = node.enable("-o", "elsewhere.yaml").expect(0)
    true(b"wrote elsewhere.yaml" in written.err and b"restarts" not in written.err,
         f"the kubelet sees no other bytes:\n{text(written.err)}")
    equal((ENABLED, PLAIN), (case.read("elsewhere.yaml"), node.manifest()), "result and manifest")
    said = json.loads(node.enable("--dry-run", "--format=json").expect(0).out)
    equal(["policy-file-missing"], [f["id"] for f in said["findings"]], "findings in JSON")
    equal(True, said["restartExpected"], "a dry run tells what would happen")
    said = json.loads(node.enable("-o", "again.yaml", "--format=json").expect(0).out)
    equal((True, False), (said["changed"], said["restartExpected"]), "with -o nothing restarts")


@test
def metadata_uid_of_a_live_manifest_is_refused(case):
    node = LiveNode(case, PLAIN.replace(b"  namespace: kube-system\n",
                                        b"  namespace: kube-system\n  uid: 0a1b\n"))
    with case.untouched():
        for words in ([], ["--force"]):
            ran = node.enable(*words).expect(2, out="")
            true(b"metadata.uid" in ran.err and b"  uid: 0a1b\n" in ran.err, text(ran.err))
    # Elsewhere, as in a dump of the running Pod, it is a warning.
    case.write("dump.yaml", node.manifest())
    ran = case.kaudit("enable", "--manifest=dump.yaml").expect(0)
    true(b"warning: " in ran.err and b"metadata.uid" in ran.err, text(ran.err))


# ---- what is live ----------------------------------------------------------------------------------


@test
def a_manifest_outside_the_static_pod_path_is_not_live(case):
    node = LiveNode(case)
    os.remove(case.path(POLICY))
    case.write("root/srv/kube-apiserver.yaml")
    case.write(MANIFESTS + "/sub/kube-apiserver.yaml")
    case.write(MANIFESTS + "/.hidden.yaml")
    for name in ("root/srv/kube-apiserver.yaml", MANIFESTS + "/sub/kube-apiserver.yaml",
                 MANIFESTS + "/.hidden.yaml"):
        ran = node.enable("--manifest=" + name).expect(0, out="")
        equal(ENABLED, case.read(name), name)
        true(b"backup:" not in ran.err and b"kubelet restarts" not in ran.err, text(ran.err))
    true(not os.path.exists(case.path("root/var/lib/kaudit")), "a backup of what is not live")
    true(not os.path.exists(case.path(LOGS)), "a log directory for what is not live")
    node.is_plain()


@test
def the_kubelet_says_where_its_manifests_are(case):
    node = LiveNode(case)
    os.remove(case.path(POLICY))
    case.write("root/srv/pods/kube-apiserver.yaml")
    case.write(KUBELET, "kind: KubeletConfiguration\nstaticPodPath: /srv/pods\n")
    node.enable("--manifest=/etc/kubernetes/manifests/kube-apiserver.yaml").expect(0)
    true(not os.path.exists(case.path(BACKUPS)), "backup of a manifest that the kubelet does not read")
    with case.untouched():
        node.enable("--manifest=/srv/pods/kube-apiserver.yaml").expect(2)
    for config in ("kind: KubeletConfiguration\n", None, "kind: ["):
        case.write(MANIFEST, PLAIN)
        if config is None:
            os.remove(case.path(KUBELET))
        else:
            case.write(KUBELET, config)
        with case.untouched():  # kubeadm's directory is the default, so the gate holds there
            node.enable().expect(2)


@test
def a_symlink_in_the_static_pod_directory_is_live(case):
    node = LiveNode(case)
    os.rename(case.path(MANIFEST), case.path("root/srv.yaml"))
    os.symlink("/srv.yaml", case.path(MANIFEST))  # absolute, as the node sees it
    node.enable().expect(0)
    equal(ENABLED, case.read("root/srv.yaml"), "the file behind the symlink")
    equal("/srv.yaml", os.readlink(case.path(MANIFEST)), "the symlink")
    equal(["done"], node.states(), "records")
    node.rollback("--manifest=/srv.yaml").expect(0)
    equal(PLAIN, case.read("root/srv.yaml"), "rolled back by its other name")


@test
def a_manifest_of_the_node_is_live_however_it_is_spelled(case):
    node = LiveNode(case)
    os.remove(case.path(POLICY))
    os.symlink("root", case.path("mnt"))
    whole = case.path(MANIFEST)
    spelled = [("root", MANIFEST), ("./root", MANIFEST), ("root", "./" + MANIFEST), ("root/", MANIFEST),
               ("root//", MANIFEST), ("mnt", MANIFEST), ("root", MANIFEST.replace("root", "mnt")),
               ("mnt", whole), (case.path("root"), whole), (case.path("root") + "/.", whole),
               ("root", MANIFEST.replace("/etc", "/var/../etc")), ("root", "root/../" + MANIFEST),
               ("root", MANIFEST.replace("/", "//"))]
    failures = []
    for root, manifest in spelled:
        ran = case.kaudit("enable", f"--root={root}", f"--manifest={manifest}")
        if ran.code != 2:
            failures.append(f"--root={root} --manifest={manifest}: not gated, exit {ran.code}")
        case.write(MANIFEST)
    true(not failures, "\n".join(failures))


@test
def a_symlink_into_the_node_leads_to_a_live_manifest(case):
    node = LiveNode(case)
    os.remove(case.path(POLICY))
    os.symlink("root/etc/kubernetes", case.path("way"))
    os.symlink(MANIFEST, case.path("direct.yaml"))
    for name in ("way/manifests/kube-apiserver.yaml", "direct.yaml"):
        with case.untouched():
            node.enable(f"--manifest={name}").expect(2, out="")


@test
def a_node_without_a_manifest(case):
    os.mkdir(case.path("root"))
    for command in ("enable", "disable", "rollback"):
        case.kaudit(command, "--root=root").expect(2, out="", masks=MASKS, err=(
            f"kaudit: error: cannot find {SHOWN}: No such file or directory\n"
            "  hint: is this a control-plane node? --manifest names another file\n"))
    equal([], case.names("root"), "files")


@test
def host_checks_on_and_off(case):
    node = LiveNode(case)
    os.remove(case.path(POLICY))
    with case.untouched():
        node.enable("--host-checks=on").expect(2)
        node.enable("--host-checks=auto").expect(2)
    case.write("root/srv/m.yaml")
    with case.untouched():
        ran = node.enable("--manifest=/srv/m.yaml", "--host-checks=on").expect(2, out="")
        true(b"is not on this host" in ran.err, text(ran.err))
    ran = node.enable("--host-checks=off").expect(0, out="")
    true(b"[policy-file-missing]" not in ran.err, text(ran.err))
    node.is_enabled()


# ---- logs ------------------------------------------------------------------------------------------


def old_logs(case, *stamps, suffix=""):
    os.makedirs(case.path(LOGS), exist_ok=True)
    for stamp in stamps:
        case.write(f"{LOGS}/audit-{stamp}.log{suffix}", "event\n")


@test
def old_logs_that_the_limits_would_delete_are_refused(case):
    node = LiveNode(case)
    old_logs(case, "2020-01-02T03-04-05.000", "2021-06-07T08-09-10.000")
    old_logs(case, "2019-12-31T23-59-59.999", suffix=".gz")
    case.write(LOGS + "/audit.log", "event\n")
    case.write(LOGS + "/audit-notes.log", "not a rotated log")
    case.write(LOGS + "/other-2018-01-02T03-04-05.000.log", "of another log")
    hint = "move them elsewhere, give larger limits, or accept it with --allow-log-deletion"
    for words in (["--audit-log-maxage=30"], []):
        node.refuses("the limits would make the API server delete 3 rotated logs on this host, the "
                     "oldest of 2019-12-31" + GONE, *words, hint=hint)
    node.refuses("the limits would make the API server delete 1 rotated log on this host, the oldest "
                 "of 2019-12-31" + GONE, "--audit-log-maxage=0", "--audit-log-maxbackup=2", hint=hint)
    with case.untouched():
        ran = node.enable("--dry-run").expect(0)
        true(b"delete 3 rotated logs" in ran.err, text(ran.err))


@test
def limits_that_delete_nothing_are_fine(case):
    node = LiveNode(case)
    old_logs(case, "2020-01-02T03-04-05.000", "2021-06-07T08-09-10.000")
    node.enable("--audit-log-maxage=0", "--audit-log-maxbackup=2").expect(0)


@test
def limits_that_were_there_before_are_no_news(case):
    node = LiveNode(case, ENABLED)
    old_logs(case, "2020-01-02T03-04-05.000")
    node.enable("--audit-log-maxsize=50").expect(0)
    equal(ENABLED.replace(b"maxsize=100", b"maxsize=50"), node.manifest(), "the manifest")


@test
def allow_log_deletion_goes_on(case):
    node = LiveNode(case)
    old_logs(case, "2020-01-02T03-04-05.000")
    node.enable("--allow-log-deletion").expect(0)
    node.is_enabled()
    equal(b"event\n", case.read(LOGS + "/audit-2020-01-02T03-04-05.000.log"), "the old log")


@test
def the_log_directory_is_made_private(case):
    node = LiveNode(case)
    for mask in (0o000, 0o077):
        old = os.umask(mask)
        node.enable().expect(0)
        os.umask(old)
        status = os.stat(case.path(LOGS))
        equal((0o700, 0, 0), (case.mode(LOGS), status.st_uid, status.st_gid), "the log directory")
        equal(0o755, case.mode("root/var/log/kubernetes"), "its parent")
        node.kaudit("disable").expect(0)
        shutil.rmtree(case.path("root/var/log/kubernetes"))


@test
def the_log_directory_belongs_to_the_user_of_the_container(case):
    node = LiveNode(case, PLAIN.replace(
        b"  securityContext:\n", b"  securityContext:\n    runAsGroup: 65533\n    runAsUser: 65532\n"))
    os.chown(case.path(POLICY), 65532, 65533)
    node.enable().expect(0)
    status = os.stat(case.path(LOGS))
    equal((0o700, 65532, 65533), (case.mode(LOGS), status.st_uid, status.st_gid), "the log directory")
    parent = os.stat(case.path("root/var/log/kubernetes"))
    equal((0, 0), (parent.st_uid, parent.st_gid), "the owner of its parent")


@test
def an_existing_log_directory_is_left_as_it_is(case):
    node = LiveNode(case)
    os.makedirs(case.path(LOGS))
    os.chmod(case.path(LOGS), 0o751)
    os.chown(case.path(LOGS), NOBODY, 4)
    before = os.stat(case.path(LOGS))
    node.enable().expect(0)
    after = os.stat(case.path(LOGS))
    equal((before.st_mode, before.st_uid, before.st_gid, before.st_mtime_ns),
          (after.st_mode, after.st_uid, after.st_gid, after.st_mtime_ns), "the log directory")


@test
def a_refused_write_takes_the_new_log_directory_back(case):
    node = LiveNode(case)
    case.write("root/var/lib/kaudit", "a file where the backups should go")
    with case.untouched("root/etc"):
        ran = node.enable().expect(2, out="")
    true(b"root/var/lib/kaudit is not a directory" in ran.err, text(ran.err))
    true(not os.path.exists(case.path("root/var/log/kubernetes")), "the log directory stayed")


# ---- the webhook -----------------------------------------------------------------------------------

WEBHOOK = "root/etc/kubernetes/webhook/config.yaml"
KUBECONFIG = """\
apiVersion: v1
kind: Config
clusters:
- name: sink
  cluster:
    server: https://192.0.2.9:8443/
    certificate-authority: ca.crt
users:
- name: api
  user:
    client-certificate: /etc/kubernetes/webhook/client.crt
    client-key: /srv/keys/client.key
contexts:
- name: only
  context: {cluster: sink, user: api}
current-context: only
"""


@test
def the_files_of_the_webhooks_kubeconfig_are_mounted_too(case):
    node = LiveNode(case)
    case.write(WEBHOOK, KUBECONFIG)
    for name in ("root/etc/kubernetes/webhook/ca.crt", "root/etc/kubernetes/webhook/client.crt",
                 "root/srv/keys/client.key"):
        case.write(name, "x\n")
    node.enable("--audit-webhook-config-file=/etc/kubernetes/webhook/config.yaml").expect(0)
    written = text(node.manifest())
    for path in ("config.yaml", "ca.crt", "client.crt"):
        true(f"    - mountPath: /etc/kubernetes/webhook/{path}\n      name: audit-webhook-" in written,
             f"{path} is not mounted:\n{written}")
    true("    - mountPath: /srv/keys/client.key\n      name: audit-webhook-" in written,
         f"the key is not mounted:\n{written}")
    equal(4, written.count("name: audit-webhook-") // 2, "volumes for the webhook")
    true("audit-log-path" not in written, "a webhook alone needs no log")
    with case.untouched():
        node.enable().expect(0, out="")


@test
def missing_files_of_the_webhook_are_reported(case):
    node = LiveNode(case)
    with case.untouched():
        ran = node.enable("--audit-webhook-config-file=/etc/kubernetes/webhook/config.yaml").expect(2)
        true(b"etc/kubernetes/webhook/config.yaml is not on this host" in ran.err, text(ran.err))
    case.write(WEBHOOK, KUBECONFIG)
    case.write("root/etc/kubernetes/webhook/ca.crt", "x\n")
    with case.untouched():
        ran = node.enable("--audit-webhook-config-file=/etc/kubernetes/webhook/config.yaml").expect(2)
        for name in ("etc/kubernetes/webhook/client.crt", "srv/keys/client.key"):
            true(f"{name}, which the webhook's kubeconfig names, is not on this host" in text(ran.err),
                 f"{name}:\n{text(ran.err)}")
        true("ca.crt" not in text(ran.err), text(ran.err))


@test
def disable_asks_for_no_policy(case):
    node = LiveNode(case, ENABLED)
    os.remove(case.path(POLICY))
    case.write(LOGS + "/audit.log", "event\n")
    node.kaudit("disable").expect(0, out="")
    node.is_plain()
    equal(b"event\n", case.read(LOGS + "/audit.log"), "the log")


# ---- -o on a live node -----------------------------------------------------------------------------


@test
def output_beside_a_live_manifest_is_refused(case):
    node = LiveNode(case)
    node.refuses("/etc/kubernetes/manifests/second.yaml lies in the kubelet's static Pod directory: "
                 "the kubelet would run it beside kube-apiserver.yaml", "-o", MANIFESTS + "/second.yaml",
                 hint="name a file in another directory")
    os.symlink("root/etc/kubernetes/manifests", case.path("way"))
    with case.untouched():
        node.enable("-o", "way/second.yaml").expect(2, out="")


@test
def output_of_another_manifest_into_the_static_pod_directory_is_refused(case):
    LiveNode(case)
    case.write("outside.yaml")
    with case.untouched():
        ran = case.kaudit("enable", "--root=root", "--manifest=outside.yaml",
                          "-o", MANIFESTS + "/second.yaml").expect(2, out="")
        true(b"the kubelet would run it" in ran.err, text(ran.err))
        ran = case.kaudit("enable", "--root=root", "--manifest=-", "-o", MANIFESTS + "/second.yaml",
                          stdin=PLAIN).expect(2, out="")
        true(b"the kubelet would run it" in ran.err, text(ran.err))
