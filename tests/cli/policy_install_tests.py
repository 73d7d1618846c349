"""policy install: the policy of a node, and the annotation that makes the kubelet restart for it."""

import json
import os

from harness import ENABLED, PLAIN, equal, test, text, true
from live_node import MASKS, POLICY, POLICY_BYTES, SHOWN
from policy_from_tests import (ANNOTATED, INVALID, NEW, SHOWN_POLICY, WROTE, audited_node, sha256,
                               with_annotation)

OLD = POLICY_BYTES


def install(case, *words, stdin=b""):
    return case.kaudit("policy", "install", "--root=root", *words, stdin=stdin)


@test
def the_policy_is_replaced_and_the_pod_restarted(case):
    node = audited_node(case)
    install(case, "new.yaml").expect(0, out="", masks=MASKS, err=ANNOTATED + (
        f"replaced the audit policy {SHOWN_POLICY} by new.yaml\n"
        "backup of the old policy: /var/lib/kaudit/backups/NAME.policy\n") + WROTE)
    equal((with_annotation(NEW), NEW), (node.manifest(), case.read(POLICY)), "manifest and policy")
    with case.untouched():
        install(case, "new.yaml").expect(0, out="", masks=MASKS, err=(
            f"the audit policy {SHOWN_POLICY} is that of new.yaml already\n"))
        node.enable().expect(0, out="")
    node.rollback().expect(0, out="")
    equal((ENABLED, OLD), (node.manifest(), case.read(POLICY)), "rolled back")


@test
def no_setting_is_added(case):
    """Without limits, and with a webhook only, say: installing a policy is not enabling."""
    manifest = b"".join(line for line in ENABLED.splitlines(True) if b"--audit-log-max" not in line)
    node = audited_node(case, manifest)
    install(case, "new.yaml").expect(0, out="")
    equal(with_annotation(NEW, manifest), node.manifest(), "the manifest")


@test
def a_missing_policy_is_written_and_the_pod_restarted_too(case):
    node = audited_node(case)
    os.remove(case.path(POLICY))
    install(case, "-", stdin=NEW).expect(0, out="", masks=MASKS, err=ANNOTATED + (
        f"wrote the audit policy {SHOWN_POLICY} from <stdin>\n") + WROTE)
    equal((with_annotation(NEW), NEW), (node.manifest(), case.read(POLICY)), "manifest and policy")


@test
def a_dry_run_shows_both_differences(case):
    audited_node(case)
    with case.untouched():
        dry = install(case, "new.yaml", "--dry-run", "--exit-code").expect(1, masks=MASKS, err=ANNOTATED + (
            f"the audit policy {SHOWN_POLICY} would be replaced by new.yaml\n"
            f"dry run: {SHOWN} was not changed\n"))
    for line in (f'+    kaudit.io/policy-sha256: "{sha256(NEW)}"\n',
                 "+  omitStages: [RequestReceived]\n"):
        true(line in text(dry.out), f"{line!r} is not in the diff:\n{text(dry.out)}")


@test
def what_lint_warns_of_is_said(case):
    audited_node(case)
    case.write("leaks.yaml", OLD.replace(b"Metadata", b"Request"))
    ran = install(case, "leaks.yaml", "--format=json").expect(0, err="")
    report = json.loads(ran.out)
    equal(("policy install", True, True, "replaced"),
          (report["command"], report["changed"], report["restartExpected"],
           report["policy"]["action"]), "the report")
    equal([("secret-bodies", 4), ("configmap-bodies", 4), ("token-review-bodies", 4)],
          [(finding["id"], finding["line"]) for finding in report["policy"]["findings"]][:3],
          "findings")
    ran = install(case, "leaks.yaml", "--dry-run").expect(0)
    true("leaks.yaml:4:10: warning: rules[0] records the contents of Secrets" in text(ran.err),
         text(ran.err))


@test
def what_the_api_server_would_refuse_is_refused(case):
    node = audited_node(case)
    case.write("invalid.yaml", INVALID)
    with case.untouched():
        ran = install(case, "invalid.yaml").expect(2, out="")
    true(text(ran.err).startswith("invalid.yaml:4:10: error: "), text(ran.err))
    install(case, "invalid.yaml", "--force").expect(0, out="")
    equal((with_annotation(INVALID), INVALID), (node.manifest(), case.read(POLICY)), "forced")


@test
def without_auditing_there_is_no_policy_to_replace(case):
    audited_node(case, PLAIN)
    with case.untouched():
        install(case, "new.yaml").expect(2, out="", masks=MASKS, err=(
            f"{SHOWN}: error: the API server reads no audit policy: its manifest has no "
            "--audit-policy-file\n"
            "  hint: kaudit enable --policy-from=FILE turns auditing on with a policy\n"))


@test
def only_the_node_has_a_policy_to_replace(case):
    audited_node(case)
    case.write("elsewhere.yaml", ENABLED)
    case.write("configuration.yaml", b"apiVersion: kubeadm.k8s.io/v1beta3\n"
                                     b"kind: ClusterConfiguration\n")
    for words, err in (
            (["new.yaml", "--manifest=elsewhere.yaml"],
             "elsewhere.yaml: error: kaudit policy install writes a policy only for a manifest that "
             "the kubelet runs, and elsewhere.yaml is none\n"
             "  hint: name the manifest that it runs with --manifest\n"),
            (["new.yaml", "--manifest=configuration.yaml"],
             "configuration.yaml: error: this is a ClusterConfiguration, which no kubelet runs, so "
             "that there is no API server to read a policy\n"
             "  hint: name the manifest of kube-apiserver on the node\n"),
            (["new.yaml", "--manifest=-"],
             "kaudit: error: 'kaudit policy install' works on the node, and '--manifest -' is none\n"
             "  hint: leave out '--manifest'\n"),
            ([], "kaudit: error: which policy is to be installed?\n"
                 "  hint: name a file, or a preset such as preset:recommended\n")):
        with case.untouched():
            install(case, *words).expect(2, out="", masks=MASKS, err=err)
