"""kubeadm's side: its configuration, its patches, and the recipes of docs/kubeadm.md."""

import json
import os
import re
import shlex

from harness import ENABLED, TESTDATA, equal, test, testdata, text, true

LESSON = ("enable", "configuration-among-other-documents")
CONFIG, ENABLED_CONFIG = testdata(*LESSON, "in.yaml"), testdata(*LESSON, "out.yaml")
PATCH = "kube-apiserver0-kaudit+json.yaml"
STEPS = """  + --audit-policy-file=/etc/kubernetes/audit/audit-policy.yaml  (kaudit's default)
  + --audit-log-path=/var/log/kubernetes/audit/audit.log  (kaudit's default)
  + --audit-log-maxage=30  (kaudit's default)
  + --audit-log-maxbackup=10  (kaudit's default)
  + --audit-log-maxsize=100  (kaudit's default)
  + mount /etc/kubernetes/audit/audit-policy.yaml (volume audit-policy)  (for --audit-policy-file)
  + mount /var/log/kubernetes/audit (volume audit-log)  (for --audit-log-path)
"""
POLICY = "the audit policy must be at /etc/kubernetes/audit/audit-policy.yaml on "
CONFIG_MAP = testdata("enable", "refused-configuration-in-its-config-map", "in.yaml")
UNWRAP = ("kubectl -n kube-system get cm kubeadm-config -o jsonpath='{.data.ClusterConfiguration}' "
          "> kubeadm.yaml")
IS_CONFIG_MAP = ("cm.yaml:7:7: error: this is the ConfigMap in which kubeadm keeps its configuration, not the "
                 "configuration itself\n    kind: ConfigMap\n          ^~~~~~~~~\n")
EVERYWHERE = "every control-plane node before kubeadm starts the API server there\n"


def next_steps(name, then="enable with the same settings"):
    return (f"a new cluster: kubeadm init --config {name}; a running one: kubeadm init phase "
            f"upload-config kubeadm --config {name}, then kaudit {then} on "
            f"each control-plane node, one after the other\n")


# ---- the configuration -------------------------------------------------------------------------


@test
def a_configuration_is_enabled_and_disabled_in_place(case):
    case.write("kubeadm.yaml", CONFIG, mode=0o640)
    case.kaudit("enable", "--manifest=kubeadm.yaml").expect(
        0, out="", err=STEPS + "wrote kubeadm.yaml\n" + POLICY +
        "every control-plane node before kubeadm starts the API server there\n" + next_steps("kubeadm.yaml"))
    equal(ENABLED_CONFIG, case.read("kubeadm.yaml"), "the configuration")
    equal(0o640, case.mode("kubeadm.yaml"), "its mode")
    with case.untouched():
        ran = case.kaudit("enable", "--manifest=kubeadm.yaml").expect(0, out="")
        true(text(ran.err).endswith("already enabled: kubeadm.yaml\n"), text(ran.err))
    case.kaudit("disable", "--manifest=kubeadm.yaml").expect(0, out="")
    equal(CONFIG, case.read("kubeadm.yaml"), "disabled again")


@test
def disabling_speaks_of_all_nodes(case):
    case.write("my kubeadm.yaml", ENABLED_CONFIG)
    ran = case.kaudit("disable", "--manifest=my kubeadm.yaml").expect(0, out="")
    true(text(ran.err).endswith(
        "wrote my kubeadm.yaml\nleft on the control-plane nodes: the policy "
        "/etc/kubernetes/audit/audit-policy.yaml and the logs in /var/log/kubernetes/audit\n" +
        next_steps("'my kubeadm.yaml'", "disable")), text(ran.err))


@test
def what_kubeadm_would_reject_is_refused(case):
    """Whatever it is about, and wherever it stands: no API server comes of the file."""
    config = text(CONFIG) + "---\n" + text(CONFIG).split("---\n")[0]
    case.write("twice.yaml", config)
    case.write("quoted.yaml", "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\napiServer:\n"
               "  extraVolumes:\n  - name: a\n    readOnly: \"true\"\n")
    with case.untouched():
        for command in ("enable", "disable"):
            case.kaudit(command, "--manifest=quoted.yaml").expect(2, out="", err=(
                "quoted.yaml:6:16: error: apiServer.extraVolumes[0].readOnly is neither true nor false\n"
                "        readOnly: \"true\"\n"
                "                   ^~~~\n"
                "  hint: write it as kubeadm reads it; kubeadm cannot read this configuration either\n"))
        ran = case.kaudit("enable", "--manifest=twice.yaml").expect(2, out="")
        true("error: two documents of the file are of kind" in text(ran.err), text(ran.err))
        ran = case.kaudit("check", "twice.yaml").expect(1, err="")
        true("error: two documents of the file are of kind" in text(ran.out), text(ran.out))


@test
def a_list_whose_order_a_release_decides_is_refused(case):
    """kubeadm 1.31 takes 9, the last by name and value; later releases take 10, the last of the list."""
    case.write("kubeadm.yaml", "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\napiServer:\n"
               "  extraArgs:\n  - name: audit-log-maxage\n    value: \"9\"\n  - name: audit-log-maxage\n"
               "    value: \"10\"\n")
    with case.untouched():
        case.kaudit("enable", "--manifest=kubeadm.yaml").expect(2, out="", err="""kubeadm.yaml:5:11: error: audit-log-maxage is given more than once, and kubeadm 1.31 does not take the same one as later releases do
      - name: audit-log-maxage
              ^~~~~~~~~~~~~~~~
  hint: remove one of them, or say --kubernetes-version=1.32 or later if that is so
""")
        case.kaudit("enable", "--manifest=kubeadm.yaml", "--kubernetes-version=1.32", "--dry-run").expect(0)


@test
def findings_are_placed_in_the_file_that_is_named(case):
    """The result goes elsewhere, or nowhere, and its lines are not those of the file that was given."""
    config = ("apiVersion: kubeadm.k8s.io/v1beta3\napiServer: {}\nkind: ClusterConfiguration\n"
              "cgroupDriver: systemd\n")
    case.write("in.yaml", config)
    finding = ("warning: kubeadm.k8s.io/v1beta3 has no field 'cgroupDriver'; kubeadm warns, and ignores what "
               "stands there [kubeadm-unknown-field]\n    cgroupDriver: systemd\n    ^~~~~~~~~~~~\n"
               "  fix: remove it\n")
    for words in (["--dry-run"], ["-o", "out.yaml"], ["-o", "-"]):
        ran = case.kaudit("enable", "--manifest=in.yaml", *words).expect(0)
        true("in.yaml:4:1: " + finding in text(ran.err), f"{words}: {text(ran.err)}")
    ran = case.kaudit("enable", "--manifest=in.yaml").expect(0)
    true("in.yaml:20:1: " + finding in text(ran.err), text(ran.err))
    # And what was made of {} becomes that again.
    case.kaudit("disable", "--manifest=in.yaml").expect(0)
    equal(config, text(case.read("in.yaml")), "disabled again")


@test
def every_node_needs_the_policy_also_if_this_one_has_it(case):
    case.write("kubeadm.yaml", CONFIG)
    case.write("root/etc/kubernetes/audit/audit-policy.yaml",
               "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n")
    ran = case.kaudit("enable", "--root=root", "--host-checks=on", "--manifest=kubeadm.yaml").expect(0)
    true("wrote kubeadm.yaml\n" + POLICY + EVERYWHERE in text(ran.err), text(ran.err))


@test
def every_node_needs_the_webhooks_kubeconfig(case):
    webhook = "--audit-webhook-config-file=/etc/kubernetes/audit/webhook.conf"
    config = "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\n"
    case.write("kubeadm.yaml", config)
    there = "the webhook's kubeconfig must be at /etc/kubernetes/audit/webhook.conf on "
    unseen = "too; which files it names was not looked at\n"
    ran = case.kaudit("enable", "--manifest=kubeadm.yaml", "--dry-run", webhook).expect(0)
    true(text(ran.err).endswith("dry run: kubeadm.yaml was not changed\n" + POLICY + EVERYWHERE + there +
                                "all of them, " + unseen), text(ran.err))
    # A path that is longer, and one that is spelled in another way.
    case.write("kubeadm.yaml", config + "apiServer:\n  extraArgs:\n    audit-webhook-config-file: /srv//" +
               "w" * 90 + "\n")
    ran = case.kaudit("enable", "--manifest=kubeadm.yaml", "--dry-run").expect(0)
    true(f"the webhook's kubeconfig must be at /srv/{'w' * 90} on all of them, {unseen}" in text(ran.err),
         text(ran.err))
    case.write("m.yaml")
    ran = case.kaudit("enable", "--manifest=m.yaml", "--dry-run", webhook).expect(0)
    true(there + "the node, " + unseen in text(ran.err), text(ran.err))


@test
def what_is_missing_on_the_host_is_not_written_with_a_live_manifest(case):
    case.write("kubeadm.yaml", CONFIG)
    case.write("root/etc/x", "")
    ran = case.kaudit("enable", "--root=root", "--host-checks=on", "--manifest=kubeadm.yaml").expect(2, out="")
    policy = case.path("root/etc/kubernetes/audit/audit-policy.yaml")
    true(f"  hint: write an audit policy there first; kaudit policy init -o {policy} does it; --force skips this "
         "check\n" in text(ran.err), text(ran.err))
    ran = case.kaudit("enable", "--manifest=kubeadm.yaml", "--policy-from=preset:minimal").expect(2, out="")
    true("  hint: leave it out, and run kaudit policy init -o /etc/kubernetes/audit/audit-policy.yaml on every "
         "control-plane node\n" in text(ran.err), text(ran.err))


@test
def going_back_names_the_configuration(case):
    case.write("my kubeadm.yaml", CONFIG)
    ran = case.kaudit("rollback", "--manifest=my kubeadm.yaml").expect(2, out="")
    true(text(ran.err).endswith(
        "  hint: kaudit disable --manifest='my kubeadm.yaml' takes the audit settings out of the manifest\n"),
        text(ran.err))


@test
def a_configuration_goes_through_a_pipe(case):
    with case.untouched():
        ran = case.kaudit("enable", "--manifest", "-", "--quiet", stdin=CONFIG).expect(0, err="")
        equal(ENABLED_CONFIG, ran.out, "standard output")


@test
def the_config_map_is_refused_with_the_commands_that_unwrap_it(case):
    """Also behind another document."""
    case.write("cm.yaml", CONFIG_MAP)
    for name, other in (("behind.yaml", "apiVersion: v1\nkind: Secret\n---\n"),
                        ("init.yaml", "apiVersion: kubeadm.k8s.io/v1beta3\nkind: InitConfiguration\n---\n")):
        case.write(name, other + text(CONFIG_MAP))
        said = IS_CONFIG_MAP.replace("cm.yaml:7:7", name + ":10:7")
        ran = case.kaudit("enable", f"--manifest={name}").expect(2, out="")
        equal(said + f"  hint: {UNWRAP} && kaudit enable --manifest kubeadm.yaml\n", text(ran.err), "the refusal")
        ran = case.kaudit("check", name).expect(2)
        true(said + f"  hint: {UNWRAP} && kaudit check kubeadm.yaml\n" in text(ran.out), text(ran.out))
    with case.untouched():
        for words, then in ((["enable", "--manifest=cm.yaml"], "enable --manifest kubeadm.yaml"),
                            (["disable", "--manifest=cm.yaml"], "disable --manifest kubeadm.yaml"),
                            (["check", "cm.yaml"], "check kubeadm.yaml")):
            ran = case.kaudit(*words).expect(2)
            said = IS_CONFIG_MAP + f"  hint: {UNWRAP} && kaudit {then}\n"
            true(said in text(ran.err) + text(ran.out), f"{words}: {text(ran.err)}{text(ran.out)}")


@test
def a_configuration_among_the_manifests_is_not_live(case):
    """The kubelet cannot run it, so nothing is looked at on the host, and nothing restarts."""
    case.write("root/etc/kubernetes/manifests/kubeadm.yaml", CONFIG)
    ran = case.kaudit("enable", "--root=root", "--manifest=/etc/kubernetes/manifests/kubeadm.yaml",
                      "--format=json").expect(0)
    true('"restartExpected": false' in text(ran.out), text(ran.out))
    true('/etc/kubernetes/manifests/kubeadm.yaml lies in the static Pod directory, and the kubelet '
         'does not run a ClusterConfiguration"' in text(ran.out), text(ran.out))
    equal(ENABLED_CONFIG, case.read("root/etc/kubernetes/manifests/kubeadm.yaml"), "the configuration")
    true(not os.path.exists(case.path("root/var/log")), "a log directory was made")


# ---- check -------------------------------------------------------------------------------------


@test
def a_configuration_is_checked(case):
    case.write("kubeadm.yaml", testdata("check", "extra-arg-unquoted", "failing.yaml"))
    case.kaudit("check", "kubeadm.yaml", "--format=github").expect(1, out=(
        "::error file=kubeadm.yaml,line=6,col=23,endColumn=25,title=kaudit extra-arg-unquoted::"
        "apiServer.extraArgs.audit-log-maxage is 30, and not a string; kubeadm cannot decode the "
        "configuration, and stops%0Afix: quote it: \"30\"\n"), err="")
    case.write("kubeadm.yaml", ENABLED_CONFIG)
    case.kaudit("check", "kubeadm.yaml", "--quiet").expect(0, out="", err="")


@test
def the_way_out_of_a_boolean_is_one_that_a_flag_takes(case):
    case.write("kubeadm.yaml", "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\napiServer:\n"
               "  extraArgs:\n    audit-log-compress: yes\n")
    with case.untouched():
        case.kaudit("enable", "--manifest=kubeadm.yaml").expect(2, out="", err=(
            "kubeadm.yaml:5:25: error: apiServer.extraArgs.audit-log-compress is yes, and not a string\n"
            "        audit-log-compress: yes\n                            ^~~\n"
            "  hint: write \"true\"; kubeadm cannot read this configuration either\n"))


@test
def a_merge_key_is_not_judged(case):
    case.write("kubeadm.yaml", "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\n"
               "x: &a {v: '4'}\napiServer:\n  extraArgs:\n    <<: *a\n")
    case.kaudit("check", "kubeadm.yaml").expect(2, err="", out=(
        "kubeadm.yaml:6:5: error: apiServer.extraArgs has a merge key, and kaudit does not judge what it brings\n"
        "        <<: *a\n        ^~\n  hint: write the merged values out\n\n1 file could not be checked\n"))
    ran = case.kaudit("enable", "--manifest=kubeadm.yaml").expect(2, out="")
    true("has a merge key, and an edit could hide what it brings\n" in text(ran.err), text(ran.err))


@test
def a_folder_holds_configurations_too(case):
    case.write("fleet/a/kubeadm.yaml", CONFIG)
    case.write("fleet/b/kubelet.yaml", "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n")
    ran = case.kaudit("check", "fleet", "--fail-on=note").expect(1)
    true("fleet/a/kubeadm.yaml: note: no audit flag is set" in text(ran.out), text(ran.out))


@test
def what_an_upgrade_would_change_is_said(case):
    folder = ("check", "lost-on-upgrade")
    case.write("m.yaml", testdata(*folder, "failing.yaml"))
    case.write("kubeadm.yaml", testdata(*folder, "kubeadm.yaml"))
    ran = case.kaudit("check", "m.yaml", "--kubeadm-config=kubeadm.yaml", "--fail-on=warning").expect(1, err="")
    equal("""m.yaml:10:26: warning: --audit-log-maxage=60 is 0x1e in kubeadm.yaml:6; kubeadm upgrade writes the manifest anew, and the setting is lost [lost-on-upgrade]
        - --audit-log-maxage=60
                             ^~
  fix: run kaudit enable --manifest=kubeadm.yaml --audit-log-maxage=60

1 warning in 1 file
""", text(ran.out), "the findings")
    # The way out is one.
    case.kaudit("enable", "--manifest=kubeadm.yaml", "--audit-log-maxage=60").expect(0)
    case.kaudit("check", "m.yaml", "--kubeadm-config=kubeadm.yaml", "--quiet", "--fail-on=warning").expect(
        0, out="", err="")


def ways_out(case, manifest, config):
    """The commands of the fixes, each a line that a shell can run."""
    ran = case.kaudit("check", manifest, "--kubeadm-config", config, "--fail-on=warning").expect(1, err="")
    return set(re.findall(r"  fix: run (kaudit enable .*)\n", text(ran.out)))


def run_way_out(case, command):
    case.write("bin/kaudit", f'#!/bin/sh\nexec {case.binary} "$@"\n', mode=0o755)
    environment = case.environment()
    environment["PATH"] = case.path("bin") + ":" + environment["PATH"]
    case.run(["sh", "-c", command], env=environment, shown=["the way out"]).expect(0)


def nothing_would_change(case, manifest, config):
    ran = case.kaudit("check", manifest, "--kubeadm-config", config).expect(0, err="")
    true("-on-upgrade]" not in text(ran.out), text(ran.out))


@test
def one_command_puts_the_configuration_right(case):
    """The manifest's flags, host's paths and missing limits, in one line that a shell can run."""
    case.write("m.yaml", testdata("check", "lost-on-upgrade", "failing-host.yaml"))
    plain = "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\nkubernetesVersion: v1.31.4\n"
    case.write("my kubeadm.yaml", plain)
    fixes = ways_out(case, "m.yaml", "my kubeadm.yaml")
    equal({"kaudit enable --manifest='my kubeadm.yaml' "
           "--audit-policy-file=/etc/kubernetes/audit/audit-policy.yaml "
           "--audit-log-path=/var/log/kubernetes/audit/audit.log --audit-log-maxage=30 --audit-log-maxbackup=10 "
           "--audit-log-maxsize=100 --host-path=/var/log/kubernetes/audit=/data/audit"}, fixes, "the ways out")
    run_way_out(case, fixes.pop())
    case.kaudit("check", "m.yaml", "--kubeadm-config=my kubeadm.yaml", "--quiet", "--fail-on=note").expect(
        0, out="", err="")


@test
def the_log_stays_where_it_is_though_the_configuration_mounts_around_it(case):
    """enable keeps the host path of a mount that covers the log: the command must name the manifest's."""
    case.write("m.yaml", ENABLED)
    case.write("c.yaml", """apiVersion: kubeadm.k8s.io/v1beta3
kind: ClusterConfiguration
apiServer:
  extraVolumes:
  - {name: logs, hostPath: /data/logs, mountPath: /var/log/kubernetes, pathType: DirectoryOrCreate}
""")
    fixes = ways_out(case, "m.yaml", "c.yaml")
    equal({"kaudit enable --manifest=c.yaml --audit-policy-file=/etc/kubernetes/audit/audit-policy.yaml "
           "--audit-log-path=/var/log/kubernetes/audit/audit.log --audit-log-maxage=30 --audit-log-maxbackup=10 "
           "--audit-log-maxsize=100 --host-path=/var/log/kubernetes/audit=/var/log/kubernetes/audit"},
          fixes, "the ways out")
    run_way_out(case, fixes.pop())
    nothing_would_change(case, "m.yaml", "c.yaml")


@test
def one_command_puts_the_manifest_right(case):
    """With the configuration's host path, and with no limits where the configuration has none."""
    case.write("m.yaml")
    case.write("c.yaml", """apiVersion: kubeadm.k8s.io/v1beta3
kind: ClusterConfiguration
apiServer:
  extraArgs:
    audit-log-maxbackup: "3"
    audit-log-path: /var/log/kubernetes/audit/audit.log
    audit-policy-file: /etc/kubernetes/audit/audit-policy.yaml
  extraVolumes:
  - {name: audit-log, hostPath: /data/audit, mountPath: /var/log/kubernetes/audit, pathType: DirectoryOrCreate}
  - name: audit-policy
    hostPath: /etc/kubernetes/audit/audit-policy.yaml
    mountPath: /etc/kubernetes/audit/audit-policy.yaml
    readOnly: true
    pathType: File
""")
    fixes = ways_out(case, "m.yaml", "c.yaml")
    equal({"kaudit enable --manifest=m.yaml --audit-policy-file=/etc/kubernetes/audit/audit-policy.yaml "
           "--audit-log-path=/var/log/kubernetes/audit/audit.log --audit-log-maxbackup=3 --audit-log-maxage=0 "
           "--audit-log-maxsize=0 --host-path=/var/log/kubernetes/audit=/data/audit"}, fixes, "the ways out")
    run_way_out(case, fixes.pop())
    nothing_would_change(case, "m.yaml", "c.yaml")


@test
def errors_of_the_configuration_are_told(case):
    folder = ("check", "lost-on-upgrade")
    case.write("m.yaml", testdata(*folder, "passing.yaml"))
    case.write("kubeadm.yaml", text(testdata(*folder, "kubeadm.yaml")) + "networking: []\nunknown: x\n")
    case.kaudit("check", "m.yaml", "--kubeadm-config=kubeadm.yaml").expect(1, err="", out="""kubeadm.yaml:21:13: error: networking is not a mapping; kubeadm cannot decode the configuration, and stops [kubeadm-would-reject]
    networking: []
                ^~
  fix: write it as kubeadm reads it

1 error in 2 files
""")


@test
def only_a_configuration_can_be_compared_with(case):
    case.write("m.yaml")
    case.write("cm.yaml", CONFIG_MAP)
    case.kaudit("check", "m.yaml", "--kubeadm-config=m.yaml").expect(2, out="", err=(
        f"m.yaml: error: this is no ClusterConfiguration\n  hint: {UNWRAP}, and give "
        "--kubeadm-config=kubeadm.yaml\n"))
    case.kaudit("check", "m.yaml", "--kubeadm-config=cm.yaml").expect(2, out="", err=(
        IS_CONFIG_MAP + f"  hint: {UNWRAP}, and give --kubeadm-config=kubeadm.yaml\n"))
    ran = case.kaudit("check", "m.yaml", "--kubeadm-config=none.yaml").expect(2, out="")
    true("none.yaml" in text(ran.err), text(ran.err))


@test
def only_a_manifest_can_be_compared(case):
    """That nothing was compared must not look as if nothing would change."""
    case.write("fleet/old.yaml", CONFIG)
    case.write("kubeadm.yaml", ENABLED_CONFIG)
    place = text(CONFIG).split("kind: ClusterConfiguration")[0].count("\n") + 1
    case.kaudit("check", "fleet/old.yaml", "--kubeadm-config=kubeadm.yaml").expect(2, err="", out=(
        f"fleet/old.yaml:{place}:7: error: this is a ClusterConfiguration, and --kubeadm-config compares a "
        "manifest\n    kind: ClusterConfiguration\n          ^~~~~~~~~~~~~~~~~~~~\n"
        "  hint: name the API server's manifest, or leave --kubeadm-config out\n\n"
        "1 file could not be checked\n"))
    ran = case.kaudit("check", "-", "--kubeadm-config=kubeadm.yaml", stdin=CONFIG).expect(2, err="")
    true(text(ran.out).startswith(f"<stdin>:{place}:7: error: this is a ClusterConfiguration"), text(ran.out))
    # Of a folder it is left out, and counted.
    ran = case.kaudit("check", "fleet", "--kubeadm-config=kubeadm.yaml").expect(2)
    true(text(ran.out).startswith("fleet: error: no API server's manifest is in it\n"), text(ran.out))
    case.write("fleet/m.yaml", ENABLED)
    case.kaudit("check", "fleet", "--kubeadm-config=kubeadm.yaml").expect(
        0, out="no findings in 1 file; 1 file is no API server's manifest\n", err="")


# ---- patches -----------------------------------------------------------------------------------


@test
def a_patch_is_written_once(case):
    os.mkdir(case.path("p"))
    case.kaudit("kubeadm", "patch", "--dir=p").expect(
        0, out="", err=STEPS + f"wrote p/{PATCH}\n"
        "give kubeadm --patches=p with every init, join and upgrade; it does not remember the folder\n"
        "beside --config kubeadm refuses --patches; there the folder goes into the file, as --print-command "
        "shows\n" + POLICY + "the node before kubeadm starts the API server\n")
    equal(0o600, case.mode(f"p/{PATCH}"), "its mode")
    equal([PATCH], case.names("p"), "the folder")
    with case.untouched():
        for words in ([], ["--audit-log-maxage=30"], ["--dry-run", "--exit-code"]):
            ran = case.kaudit("kubeadm", "patch", "--dir=p", *words).expect(0, out="")
            true(text(ran.err).endswith(f"already written: p/{PATCH}\n"), text(ran.err))


@test
def the_node_needs_the_webhooks_kubeconfig(case):
    os.mkdir(case.path("p"))
    for words, path in ((["--audit-webhook-config-file=/etc/kubernetes/audit/webhook.conf"],
                         "/etc/kubernetes/audit/webhook.conf"),
                        (["--audit-webhook-config-file=/etc/x/w", "--host-path=/etc/x/w=/srv/w"], "/srv/w")):
        ran = case.kaudit("kubeadm", "patch", "--dir=p", "--dry-run", *words).expect(0)
        true(text(ran.err).endswith(
            POLICY + f"the node before kubeadm starts the API server\nthe webhook's kubeconfig must be at {path} on "
            "the node, too; which files it names was not looked at\n"), text(ran.err))


@test
def a_patch_is_shown_before_it_is_written(case):
    os.mkdir(case.path("p"))
    with case.untouched():
        ran = case.kaudit("kubeadm", "patch", "--dir=p", "--dry-run", "--exit-code", "--audit-log-path=-").expect(1)
        equal(f"""--- p/{PATCH}
+++ p/{PATCH}
@@ -0,0 +1,21 @@
+# A patch for kubeadm: it adds auditing to the API server's manifest.
+# `kaudit kubeadm patch` wrote it, and writes it anew.
+- op: add
+  path: /spec/containers/0/command/-
+  value: --audit-log-path=-
+- op: add
+  path: /spec/containers/0/command/-
+  value: --audit-policy-file=/etc/kubernetes/audit/audit-policy.yaml
+- op: add
+  path: /spec/containers/0/volumeMounts/-
+  value:
+    mountPath: /etc/kubernetes/audit/audit-policy.yaml
+    name: audit-policy
+    readOnly: true
+- op: add
+  path: /spec/volumes/-
+  value:
+    hostPath:
+      path: /etc/kubernetes/audit/audit-policy.yaml
+      type: File
+    name: audit-policy
""", text(ran.out), "the diff")


@test
def other_files_of_the_folder_are_judged_as_kubeadm_reads_them(case):
    case.write("p/kube-apiserver1.yml", "spec: {}\n")
    case.write("p/kube-apiserver+xml.yaml", "spec: {}\n")
    case.write("p/kube-scheduler+foo.yaml", "{}\n")
    case.write("p/kube-proxy+foo.yaml", "{}\n")
    case.write("p/more/kube-apiserver.yaml", "spec: {priority: 5}\n")
    case.write("p/etcd.yaml", "nonsense: [\n")
    case.write("p/etcd1.yaml", "")
    case.kaudit("kubeadm", "patch", "--dir=p", "--quiet").expect(0, out="", err=(
        "kaudit: warning: kubeadm may stop at p/etcd.yaml: not valid YAML: end of sequence flow not found\n"
        "  hint: mend or remove it\n"
        "kaudit: warning: kubeadm stops at p/kube-apiserver+xml.yaml: behind '+' it knows strategic, merge "
        "and json\n  hint: rename it\n"
        "kaudit: warning: kubeadm does not read p/kube-apiserver1.yml; only .yaml and .json count\n"
        "  hint: rename it if it is a patch\n"
        "kaudit: warning: kubeadm stops at p/kube-scheduler+foo.yaml: behind '+' it knows strategic, merge "
        "and json\n  hint: rename it\n"
        "kaudit: warning: kubeadm reads the patches in p/more, too\n"))


@test
def a_patch_in_the_way_is_shown(case):
    """In kubeadm's order: what is below p/more comes behind kaudit's patch, what is below p/a before it."""
    case.write("p/more/kube-apiserver.yaml", "spec:\n  containers:\n  - name: kube-apiserver\n    command: [a]\n")
    with case.untouched():
        ran = case.kaudit("kubeadm", "patch", "--dir=p").expect(2, out="")
        equal("""p/more/kube-apiserver.yaml:4:14: error: this patch replaces the command as a whole, and with it what kaudit's patch adds
        command: [a]
                 ^~~
  hint: take it out of this patch, or put the audit settings into the ClusterConfiguration
""", text(ran.err), "the refusal")
        ran = case.kaudit("kubeadm", "patch", "--dir=p", "--format=json").expect(2)
        true('"file": "p/more/kube-apiserver.yaml"' in text(ran.out) and '"line": 4' in text(ran.out), text(ran.out))
    case.write("p/more/kube-apiserver.yaml", "")
    sidecar = "spec:\n  containers:\n  - {name: side, image: i}\n"
    case.write("p/a/kube-apiserver9.yaml", sidecar)
    with case.untouched():
        case.kaudit("kubeadm", "patch", "--dir=p").expect(2, out="", err=(
            "p/a/kube-apiserver9.yaml:3:5: error: this patch puts the container 'side' in front of "
            "kube-apiserver, and kaudit's patch, which adds to the first one, would change that\n"
            "      - {name: side, image: i}\n        ^~~~~~~~~~~~~~~~~~~~~~\n"
            "  hint: rename the file, so that kubeadm applies it after kube-apiserver0-kaudit+json.yaml: "
            "kube-apiserver1.yaml, for instance\n"))
    case.write("p/a/kube-apiserver9.yaml", "")
    case.write("p/more/kube-apiserver.yaml", sidecar)
    case.kaudit("kubeadm", "patch", "--dir=p", "--quiet").expect(0)


@test
def what_is_no_file_is_said(case):
    os.mkdir(case.path("p"))
    os.symlink("none", case.path("p/kube-apiserver1.yaml"))
    os.symlink("/", case.path("p/etcd.yaml"))
    os.symlink("/dev/null", case.path("p/kube-apiserver2.yaml"))
    os.symlink("/dev/zero", case.path("p/kube-apiserver3.yaml"))
    os.symlink("kube-apiserver5.yaml", case.path("p/kube-apiserver5.yaml"))
    os.mkfifo(case.path("p/kube-apiserver4.yaml"))
    os.symlink("none", case.path("p/readme"))
    case.kaudit("kubeadm", "patch", "--dir=p", "--quiet").expect(0, out="", err=(
        "kaudit: warning: kubeadm stops at p/etcd.yaml: the symlink leads to a directory\n"
        "  hint: remove it, or name the file itself\n"
        "kaudit: warning: kubeadm stops at p/kube-apiserver1.yaml: the symlink leads nowhere\n"
        "  hint: remove it, or make what it leads to\n"
        "kaudit: warning: kubeadm reads p/kube-apiserver3.yaml, which is a device\n  hint: remove it\n"
        "kaudit: warning: kubeadm waits for ever at p/kube-apiserver4.yaml: it is a FIFO\n  hint: remove it\n"
        "kaudit: warning: kubeadm stops at p/kube-apiserver5.yaml: cannot look at DIR/p/kube-apiserver5.yaml: "
        "Too many levels of symbolic links\n  hint: remove it, or make what it leads to\n"))


@test
def comments_in_the_patch_are_kept_or_it_is_said_that_they_go(case):
    os.mkdir(case.path("p"))
    case.kaudit("kubeadm", "patch", "--dir=p").expect(0)
    case.write(f"p/{PATCH}", "# ticket 12\n" + text(case.read(f"p/{PATCH}")))
    with case.untouched():
        ran = case.kaudit("kubeadm", "patch", "--dir=p").expect(0)
        true(text(ran.err).endswith(f"already written: p/{PATCH}\n"), text(ran.err))
    case.kaudit("kubeadm", "patch", "--dir=p", "--audit-log-maxage=70", "--quiet").expect(0, out="", err=(
        f"kaudit: warning: p/{PATCH} was changed by hand; it is written anew, without its comments\n"
        "  hint: keep them elsewhere\n"))
    true("ticket" not in text(case.read(f"p/{PATCH}")), "the comment")


@test
def links_to_directories_are_not_followed(case):
    """kubeadm does not follow them either, and they may lead round in a circle."""
    os.mkdir(case.path("p"))
    for name in ("a", "b"):
        os.symlink(".", case.path("p/" + name))
    os.makedirs(case.path("other"))
    case.write("other/kube-apiserver.yaml", "spec: {containers: [{name: kube-apiserver, command: [x]}]}\n")
    os.symlink("../other", case.path("p/c"))
    ran = case.kaudit("kubeadm", "patch", "--dir=p").expect(0, out="")
    true("p/a" not in text(ran.err) and "p/c" not in text(ran.err), text(ran.err))


@test
def a_folder_that_kubeadm_would_refuse_is_refused(case):
    os.mkdir(case.path("p"))
    os.symlink("p", case.path("link"))
    case.write("file", "")
    case.write("root/etc/kubernetes/manifests/x", "")
    with case.untouched():
        case.kaudit("kubeadm", "patch", "--dir=link").expect(2, out="", err=(
            "kaudit: error: link is a symlink, which kubeadm refuses\n  hint: name the folder itself: DIR/p\n"))
        case.kaudit("kubeadm", "patch", "--dir=none").expect(2, out="", err=(
            "kaudit: error: cannot look at DIR/none: No such file or directory\n  hint: make it first: mkdir -p none\n"))
        case.kaudit("kubeadm", "patch", "--dir=file").expect(2, out="", err=(
            "kaudit: error: file is no directory\n"
            "  hint: name the folder that kubeadm is given with --patches\n"))
        ran = case.kaudit("kubeadm", "patch", "--root=root", "--dir=/etc/kubernetes/manifests").expect(2, out="")
        equal(f"kaudit: error: DIR/root/etc/kubernetes/manifests/{PATCH} lies in the kubelet's static Pod "
              "directory: the kubelet would run it beside kube-apiserver.yaml\n"
              "  hint: name a file in another directory\n", case.plain(ran.err), "the refusal")
        case.kaudit("kubeadm", "patch", "--dir=my dir").expect(2, out="", err=(
            "kaudit: error: cannot look at DIR/my dir: No such file or directory\n"
            "  hint: make it first: mkdir -p 'my dir'\n"))
        case.kaudit("kubeadm", "patch").expect(2, out="", err=(
            "kaudit: error: '--dir' is missing\n  hint: name the folder that kubeadm is given with --patches\n"))


LINES = """kubeadm init --patches=/p
kubeadm join --control-plane --patches=/p
kubeadm upgrade apply {version} --patches=/p
kubeadm upgrade node --patches=/p
"""
IN_FILE = """# ---
# apiVersion: kubeadm.k8s.io/{version}
# kind: InitConfiguration
# patches:
#   directory: /p
# ---
# apiVersion: kubeadm.k8s.io/{version}
# kind: JoinConfiguration
# patches:
#   directory: /p
"""
IN_UPGRADE = """# ---
# apiVersion: kubeadm.k8s.io/v1beta4
# kind: UpgradeConfiguration
# apply:
#   patches:
#     directory: /p
# node:
#   patches:
#     directory: /p
"""
NOT_THERE = ("kaudit: warning: {0} is not there, and kubeadm stops without it\n"
             "  hint: make it first: mkdir -p {0}\n")
REFUSED_BESIDE = "\n# Beside --config kubeadm refuses --patches. The folder then goes into the file:\n"


@test
def the_lines_for_kubeadm_depend_on_the_release(case):
    def lines(*words):
        return text(case.kaudit("kubeadm", "patch", "--dir=/p", "--print-command", *words).expect(
            0, err=NOT_THERE.format("/p")).out)

    equal(LINES.format(version="VERSION") + REFUSED_BESIDE + IN_FILE.format(version="v1beta4") + IN_UPGRADE,
          lines(), "of today")
    equal(LINES.format(version="VERSION") + REFUSED_BESIDE + IN_FILE.format(version="v1beta3"),
          lines("--kubernetes-version=1.23"), "of 1.23")
    equal(LINES.format(version="v1.22.5") + "\n# With --config, the folder may go into the file instead:\n" +
          IN_FILE.format(version="v1beta3"), lines("--kubernetes-version=1.22.5"), "of 1.22")
    equal(LINES.format(version="v1.21.4").replace("--patches", "--experimental-patches"),
          lines("--kubernetes-version=1.21.4"), "of 1.21")
    case.kaudit("kubeadm", "patch", "--dir=/p", "--print-command", "--kubernetes-version=1.18").expect(2, out="", err=(
        "kaudit: error: kubeadm 1.18 reads no patches; 1.19 is the first that does\n"
        "  hint: put the settings into the ClusterConfiguration: kaudit enable --manifest FILE\n"))


@test
def the_lines_for_kubeadm_are_for_a_shell(case):
    folder = "/my 'p'"
    ran = case.kaudit("kubeadm", "patch", "--dir", folder, "--print-command").expect(0)
    equal([["kubeadm", "init", "--patches=" + folder], ["kubeadm", "join", "--control-plane", "--patches=" + folder],
           ["kubeadm", "upgrade", "apply", "VERSION", "--patches=" + folder],
           ["kubeadm", "upgrade", "node", "--patches=" + folder]],
          [shlex.split(line) for line in text(ran.out).splitlines()[:4]], "the words")
    true("#   directory: /my 'p'\n" in text(ran.out), text(ran.out))
    ran = case.kaudit("kubeadm", "patch", "--dir=a: b", "--print-command").expect(
        0, err="kaudit: warning: a: b is not there, and kubeadm stops without it\n"
        "  hint: make it first: mkdir -p 'a: b'\n")
    true("#   directory: 'DIR/a: b'\n" in case.plain(ran.out), text(ran.out))


@test
def the_lines_for_kubeadm_name_the_folder_as_it_is(case):
    os.makedirs(case.path("p/q"))
    for folder, shown in ((".", "DIR"), ("./p//", "DIR/p"), ("p/q/..", "DIR/p/q/.."), (case.path("p"), "DIR/p")):
        ran = case.kaudit("kubeadm", "patch", "--dir", folder, "--print-command").expect(0, err="")
        true(case.plain(ran.out).startswith(f"kubeadm init --patches={shown}\n"), text(ran.out))


@test
def the_lines_for_kubeadm_are_json_for_a_script(case):
    ran = case.kaudit("kubeadm", "patch", "--dir=/my p", "--print-command", "--format=json",
                      "--kubernetes-version=1.31.4").expect(0)
    patches = {"patches": {"directory": "/my p"}}
    head = {"apiVersion": "kubeadm.k8s.io/v1beta4"}
    equal({"schemaVersion": 1, "command": "kubeadm patch", "directory": "/my p", "commands": [
        ["kubeadm", "init", "--patches=/my p"], ["kubeadm", "join", "--control-plane", "--patches=/my p"],
        ["kubeadm", "upgrade", "apply", "v1.31.4", "--patches=/my p"],
        ["kubeadm", "upgrade", "node", "--patches=/my p"]], "flagWithConfig": False, "configuration": [
            {**head, "kind": "InitConfiguration", **patches}, {**head, "kind": "JoinConfiguration", **patches},
            {**head, "kind": "UpgradeConfiguration", "apply": patches, "node": patches}]},
          json.loads(ran.out), "the JSON")
    ran = case.kaudit("kubeadm", "patch", "--dir=/p", "--print-command", "--format=json",
                      "--kubernetes-version=1.20").expect(0, err=NOT_THERE.format("/p"))
    equal([True, []], [json.loads(ran.out)["flagWithConfig"], json.loads(ran.out)["configuration"]], "of 1.20")
    ran = case.kaudit("kubeadm", "patch", "--dir=/p", "--print-command", "--format=json",
                      "--kubernetes-version=1.18").expect(2)
    true("1.19 is the first" in json.loads(ran.out)["error"]["message"], text(ran.out))


# ---- the recipes -------------------------------------------------------------------------------


def recipes():
    with open(os.path.join(TESTDATA, "..", "docs", "kubeadm.md"), encoding="utf-8") as file:
        return re.findall(r"```sh\n(.*?)```", file.read(), re.S)


def run_recipe(case, recipe):
    """In the case's directory, with kubeadm and kubectl that write down how they are called."""
    case.write("bin/kaudit", f'#!/bin/sh\nexec {case.binary} "$@"\n', mode=0o755)
    case.write("bin/kubeadm", """#!/bin/sh
echo "kubeadm $*" >> calls
for last; do :; done
[ "$last" = kubeadm.yaml ] && cp kubeadm.yaml given.yaml
exit 0
""", mode=0o755)
    case.write("bin/kubectl", '#!/bin/sh\necho "kubectl $*" >> calls\ncat in-the-cluster.yaml\n', mode=0o755)
    script = recipe.replace("/etc/kubernetes/", case.path("etc/kubernetes/"))
    environment = case.environment()
    environment["PATH"] = case.path("bin") + ":" + environment["PATH"]
    return case.run(["sh", "-c", script], env=environment, shown=["recipe"])


def calls(case):
    return text(case.read("calls")).splitlines()


@test
def a_new_cluster_is_made_by_the_recipe(case):
    case.write("kubeadm.yaml", CONFIG)
    os.makedirs(case.path("etc/kubernetes"))
    run_recipe(case, recipes()[0]).expect(0)
    equal(["kubeadm init --config kubeadm.yaml"], calls(case), "what kubeadm was asked for")
    equal(ENABLED_CONFIG, case.read("given.yaml"), "the configuration that kubeadm was given")
    policy = "etc/kubernetes/audit/audit-policy.yaml"
    equal(0o600, case.mode(policy), "the policy's mode")
    true(case.read(policy).startswith(b"# Audit policy: recommended\n"), "the policy")
    # The recipe is a script that may run again.
    run_recipe(case, recipes()[0]).expect(0)
    equal(ENABLED_CONFIG, case.read("given.yaml"), "the configuration the second time")


@test
def a_running_cluster_gets_it_by_the_recipe(case):
    case.write("in-the-cluster.yaml", CONFIG)
    run_recipe(case, recipes()[1]).expect(0)
    equal(["kubectl -n kube-system get cm kubeadm-config -o jsonpath={.data.ClusterConfiguration}",
           "kubeadm init phase upload-config kubeadm --config kubeadm.yaml"], calls(case), "the calls")
    equal(ENABLED_CONFIG, case.read("given.yaml"), "the configuration that was uploaded")


@test
def each_node_gets_its_manifest_by_the_recipe(case):
    case.write("node.yaml", ENABLED_CONFIG)
    ran = run_recipe(case, recipes()[2].replace("kaudit check", "kaudit check node.yaml")).expect(0)
    equal(["kubeadm init phase control-plane apiserver --config node.yaml"], calls(case), "the calls")
    true("no findings" in text(ran.out) or "node.yaml: " in text(ran.out), text(ran.out))


@test
def a_patch_folder_is_made_by_the_recipe(case):
    os.makedirs(case.path("etc/kubernetes"))
    ran = run_recipe(case, recipes()[3]).expect(0)
    equal([PATCH], case.names("etc/kubernetes/patches"), "the folder")
    true(text(ran.out).startswith("kubeadm init --patches="), text(ran.out))
