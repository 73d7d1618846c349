#!/usr/bin/env python3
"""kaudit against the real kubeadm 1.20.2: kubeadm_tests.py [BINARY] [-k WORD].

A manifest that kubeadm writes from a configuration that kaudit patched must be, byte for byte, kaudit's
patch of the manifest that kubeadm writes from the plain configuration. And what kubeadm makes of
kaudit's patch folder must leave `kaudit enable` nothing to do.

KAUDIT_NODE_CACHE names the folder with the kubeadm binary. kubeadm runs in a mount namespace of its
own, with a tmpfs over /etc/kubernetes: no node is needed, and nothing of this machine is touched.
"""

import argparse
import os
import shutil
import subprocess
import sys
import traceback

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "cli"))

import harness  # noqa: E402
from harness import Failure, equal, test, testdata, text, true  # noqa: E402

CACHE = os.environ.get("KAUDIT_NODE_CACHE", "")
KUBEADM = os.path.join(CACHE, "kubeadm")
KUBERNETES = "/etc/kubernetes"
IN_NAMESPACE = f"""mount -t tmpfs tmpfs {KUBERNETES} || exit 99
"$0" init phase control-plane apiserver "$@" >&2 || exit 1
cat {KUBERNETES}/manifests/kube-apiserver.yaml"""

INIT = """apiVersion: kubeadm.k8s.io/{version}
kind: InitConfiguration
localAPIEndpoint:
  advertiseAddress: 192.0.2.14
nodeRegistration:
  name: node1
"""
CLUSTER = """apiVersion: kubeadm.k8s.io/{version}
kind: ClusterConfiguration
kubernetesVersion: v1.20.2
"""


def configuration(rest="", version="v1beta2"):
    """Two documents; `rest` ends the ClusterConfiguration."""
    return INIT.format(version=version) + "---\n" + CLUSTER.format(version=version) + rest


OTHER_ARGUMENTS = """apiServer:
  extraArgs:
    anonymous-auth: "false"
    feature-gates: TTLAfterFinished=true
    v: "4"
"""
VOLUMES_AROUND = """apiServer:
  extraVolumes:
  - name: aaa
    hostPath: /opt/aaa
    mountPath: /opt/aaa
  - name: zzz
    hostPath: /opt/zzz
    mountPath: /opt/zzz
    pathType: Directory
    readOnly: true
"""
UNSORTED = """apiServer:
  extraVolumes:
  - {name: zzz, hostPath: /opt/zzz, mountPath: /opt/zzz}
  - {name: aaa, hostPath: /opt/aaa, mountPath: /opt/aaa}
  extraArgs: {v: '4', anonymous-auth: 'false'}
"""
AUDITED = """apiServer:
  extraArgs:
    audit-log-maxage: "7"
    audit-log-path: /var/log/old/audit.log
    audit-policy-file: /etc/kubernetes/audit/audit-policy.yaml
  extraVolumes:
  - hostPath: /var/log/old
    mountPath: /var/log/old
    name: audit-log
    pathType: DirectoryOrCreate
  - hostPath: /etc/kubernetes/audit/audit-policy.yaml
    mountPath: /etc/kubernetes/audit/audit-policy.yaml
    name: audit-policy
    pathType: File
"""

# What is in the configuration before, and what kaudit is asked for.
COMBINATIONS = {
    "defaults": ("", []),
    "other paths": ("", ["--audit-policy-file=/etc/kubernetes/policies/api.yaml",
                         "--audit-log-path=/srv/kube-apiserver/log/audit.log"]),
    "a host path that differs": ("", ["--host-path=/var/log/kubernetes/audit=/data/audit"]),
    "a webhook": ("", ["--audit-webhook-config-file=/etc/kubernetes/audit/webhook.conf",
                       "--audit-webhook-mode=blocking"]),
    "a webhook among kubeadm's certificates": (
        "", ["--audit-webhook-config-file=/etc/kubernetes/pki/webhook.conf"]),
    "certificates elsewhere": (
        "certificatesDir: /srv/pki\n", ["--audit-webhook-config-file=/srv/pki/webhook.conf"]),
    "standard output": ("", ["--audit-log-path=-"]),
    "compression and batches": ("", ["--audit-log-compress", "--audit-log-mode=batch",
                                     "--audit-log-batch-max-wait=5s"]),
    "volumes before and after": (VOLUMES_AROUND, []),
    "other arguments": (OTHER_ARGUMENTS, []),
    "flow style, unsorted": (UNSORTED, []),
    "settings that change": (AUDITED, ["--audit-log-maxage=90", "--audit-log-maxsize=200",
                                       "--audit-log-path=/var/log/new/audit.log"]),
    "a policy mount that is writable": (AUDITED, []),
    "an empty apiServer": ("apiServer: {}\n", []),
    "empty lists": ("apiServer:\n  extraArgs: {}\n  extraVolumes: []\n", []),
    "nothing behind the keys": ("apiServer:\n  extraArgs:\n  extraVolumes:\n", []),
    "paths that need quotes": ("", ["--audit-log-path=/srv/audit: a #1/audit.log"]),
}


def kubeadm(case, config, *more):
    """The manifest that kubeadm writes, or None and why not."""
    case.write("given.yaml", config)
    words = ["unshare", "--mount", "--propagation", "private", "sh", "-c", IN_NAMESPACE, KUBEADM,
             "--config", case.path("given.yaml"), *more]
    done = subprocess.run(words, capture_output=True, timeout=harness.TIMEOUT, check=False,
                          env=case.environment())
    if done.returncode == 99:
        raise Failure(f"no tmpfs can be mounted over {KUBERNETES}: {text(done.stderr)}")
    return (done.stdout if done.returncode == 0 else None), text(done.stderr)


def written(case, config, *more):
    manifest, said = kubeadm(case, config, *more)
    true(manifest is not None, f"kubeadm failed:\n{said}")
    return manifest


def patched(case, data, words):
    case.write("in.yaml", data)
    case.kaudit("enable", "--manifest=in.yaml", "-o", "out.yaml", *words).expect(0)
    return case.read("out.yaml")


def both_ways_meet(case, config, words):
    by_kubeadm = written(case, patched(case, config, words))
    by_kaudit = patched(case, written(case, config), words)
    equal(by_kaudit, by_kubeadm, "kaudit's patch of the manifest, and kubeadm's from the configuration")


def combination(name):
    rest, words = COMBINATIONS[name]

    def run(case):
        both_ways_meet(case, configuration(rest), words)

    run.__name__ = name.replace(",", "").replace("'", "").replace(" ", "_")
    run.__module__ = "kubeadm"
    return run


for each in COMBINATIONS:
    test(combination(each))


@test
def api_version_v1beta1(case):
    both_ways_meet(case, configuration(OTHER_ARGUMENTS, "v1beta1"), [])


@test
def disabling_gives_kubeadms_own_manifest(case):
    plain = configuration(OTHER_ARGUMENTS)
    case.write("m.yaml", plain)
    case.kaudit("enable", "--manifest=m.yaml").expect(0)
    case.kaudit("disable", "--manifest=m.yaml").expect(0)
    equal(plain, text(case.read("m.yaml")), "the configuration")


@test
def kubeadm_refuses_what_check_says_it_would(case):
    for rule in ("extra-arg-unquoted", "kubeadm-would-reject"):
        config = text(testdata("check", rule, "failing.yaml"))
        config = config.replace("v1beta3", "v1beta2").replace("v1.31.4", "v1.20.2")
        case.write("m.yaml", config)
        ran = case.kaudit("check", "m.yaml").expect(1)
        true(f"[{rule}]" in text(ran.out), text(ran.out))
        manifest, said = kubeadm(case, config)
        true(manifest is None, f"{rule}: kubeadm took it")
        true("json: cannot unmarshal" in said or "readObjectStart" in said or "ReadString" in said or
             "ReadBool" in said, said)


# What the ClusterConfiguration ends with. kubeadm stops at each of these ...
STOPS = (
    "apiServer:\n  extraVolumes:\n  - {name: a, hostPath: /a, mountPath: /a, readOnly: 'true'}\n",
    "apiServer:\n  extraArgs: {v: !!int '3'}\n",
    "apiServer:\n  extraVolumes:\n  - {name: 5, hostPath: /a, mountPath: /a}\n",
    "apiServer: {certSANs: [5]}\n",
    "apiServer: {certSANs: a}\n",
    "apiServer: {timeoutForControlPlane: 4}\n",
    "apiServer: {timeoutForControlPlane: 4d}\n",
    "scheduler: []\n",
    "controllerManager:\n  extraArgs: {v: 4}\n",
    "etcd:\n  local:\n    extraArgs: {v: 4}\n",
    "dns: {type: 4}\n",
    "featureGates: {A: 'true'}\n",
    "useHyperKubeImage: 'no'\n",
    "clusterName: {{ name }}\n",
    "x: { {}: y}\n",
    "---\n" + CLUSTER.format(version="v1beta2"),
    "---\n" + INIT.format(version="v1beta2"),
    "---\napiVersion: v1\nkind: ConfigMap\n",
    "---\nkind: Foo\n",
)
# ... and at none of these.
READS = (
    "apiServer:\n  extraArgs: {v: !!str 3}\n",
    "apiServer:\n  extraVolumes:\n  -\n",
    "apiServer:\n  extraVolumes:\n  - {name: a, hostPath: /a, mountPath: /a, readOnly: yes, pathType: }\n",
    "apiServer: {timeoutForControlPlane: 1h3m0.5s}\n",
    "apiserver:\n  extraArgs: {v: 4}\n",
    "proxy: 5\n",
    "networking:\n  unknown: 5\n",
    "---\n",
)


@test
def enable_refuses_what_kubeadm_refuses(case):
    for rest in STOPS + READS:
        config = configuration(rest)
        reads = kubeadm(case, config)[0] is not None
        equal(rest in READS, reads, f"whether kubeadm reads\n{rest}")
        case.write("in.yaml", config)
        case.kaudit("enable", "--manifest=in.yaml", "--dry-run").expect(0 if reads else 2)


def lines_of(manifest):
    return [line.strip() for line in text(manifest).splitlines()]


@test
def kubeadm_reads_a_configuration_as_check_says(case):
    """What the rules claim of duplicates, names and kubeadm's own volumes."""
    lines = lines_of(written(case, configuration("""apiServer:
  extraArgs:
    audit_log_path: /last/audit.log
    audit-log-path: /first/audit.log
    --profiling: "false"
    "": empty
    audit-log-maxsize:
  ExtraArgs:
    v: "9"
  extraVolumes:
  - {name: twice, hostPath: /opt/lost, mountPath: /opt/lost}
  - {name: k8s-certs, hostPath: /srv/certs, mountPath: /srv/certs}
  - {name: twice, hostPath: /opt/kept, mountPath: /opt/kept}
""")))
    flags = [line[2:].strip("'") for line in lines if line.startswith(("- --", "- '--"))]
    true(flags.index("--audit-log-path=/first/audit.log") < flags.index("--audit_log_path=/last/audit.log"),
         f"the names are not sorted: {flags}")
    for flag in ("----profiling=false", "--=empty", "--audit-log-maxsize="):
        true(flag in flags, f"no {flag} in {flags}")
    true("--v=9" not in flags, "an unknown field was read")
    true("- mountPath: /opt/kept" in lines and "- mountPath: /opt/lost" not in lines, "which of two volumes counts")
    true("- mountPath: /srv/certs" in lines and "- mountPath: /etc/kubernetes/pki" not in lines,
         "kubeadm's own volume is still there")


@test
def a_patch_folder_leaves_nothing_to_do(case):
    for name, (rest, words) in COMBINATIONS.items():
        if rest == AUDITED or name == "certificates elsewhere":
            continue  # settings that are there already; files that the patch does not know of
        shutil.rmtree(case.path("patches"), ignore_errors=True)
        os.mkdir(case.path("patches"))
        case.kaudit("kubeadm", "patch", "--dir=patches", *words).expect(0)
        manifest = written(case, configuration(rest), "--experimental-patches", case.path("patches"))
        case.write("m.yaml", manifest)
        ran = case.kaudit("enable", "--manifest=m.yaml", "--dry-run", "--exit-code", *words).expect(0)
        equal(b"", ran.out, f"{name}: what enable would still change")
        case.kaudit("check", "m.yaml", "--quiet").expect(0, out="")


@test
def the_printed_command_is_one_that_kubeadm_knows(case):
    case.write("patches/readme", "")
    ran = case.kaudit("kubeadm", "patch", "--dir=patches", "--print-command",
                      "--kubernetes-version=1.20").expect(0)
    for line in text(ran.out).splitlines():
        words = line.split()
        end = next(i for i, word in enumerate(words) if word.startswith("--") or word == "VERSION")
        shown = subprocess.run([KUBEADM, *words[1:end], "--help"], capture_output=True, check=True,
                               timeout=harness.TIMEOUT)
        for flag in (word.split("=")[0] for word in words if word.startswith("--")):
            true(flag in text(shown.stdout), f"{line}: kubeadm knows no {flag}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary", nargs="?", default=os.environ.get("KAUDIT_BIN"))
    parser.add_argument("-k", dest="word", default="")
    given = parser.parse_args()
    if not CACHE or not os.access(KUBEADM, os.X_OK) or os.geteuid() != 0:
        why = ("it needs root" if os.geteuid() != 0 else
               "KAUDIT_NODE_CACHE names no folder with a kubeadm binary")
        print(f"SKIPPED: nothing was compared with the real kubeadm, because {why}", flush=True)
        return 0
    if not given.binary or not os.access(given.binary, os.X_OK):
        parser.error(f"no executable kaudit: {given.binary}")
    made = not os.path.isdir(KUBERNETES)
    os.makedirs(KUBERNETES, exist_ok=True)  # a mount point
    count = {"passed": 0, "failed": 0}
    try:
        for function in harness.all_tests:
            if given.word not in function.__name__:
                continue
            try:
                harness.run_test(function, os.path.abspath(given.binary))
                count["passed"] += 1
            except Exception as failure:  # a broken test is a failed one
                count["failed"] += 1
                why = failure if isinstance(failure, Failure) else traceback.format_exc()
                print(f"FAILED  {function.__name__}\n{why}\n", flush=True)
    finally:
        if made:
            os.rmdir(KUBERNETES)
    print("kubeadm: {passed} passed, {failed} failed".format(**count))
    return 1 if count["failed"] or not count["passed"] else 0


sys.exit(main())
