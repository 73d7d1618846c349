#!/usr/bin/env python3
"""kaudit against the real kubeadm 1.20.2: kubeadm_tests.py [BINARY] [-k WORD].

A manifest that kubeadm writes from a configuration that kaudit patched must be, byte for byte, kaudit's
patch of the manifest that kubeadm writes from the plain configuration. And what kubeadm makes of
kaudit's patch folder must leave `kaudit enable` nothing to do.

kubeadm is built once (KAUDIT_NODE_CACHE says where, by default below ~/.cache). It runs in a mount
namespace of its own, with a tmpfs over /etc/kubernetes: no node is needed, and nothing of this machine
is touched.
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

import build_kubernetes  # noqa: E402
import harness  # noqa: E402
from harness import Failure, equal, test, testdata, text, true  # noqa: E402

KUBEADM = os.path.join(build_kubernetes.cache(), "bin", "kubeadm")
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
    "names with underscores": (
        "apiServer:\n  extraArgs: {audit_log_maxage: '7', authentication_token_webhook_cache_ttl: 2m}\n", []),
    "an underscore at the end": (
        "apiServer:\n  extraArgs: {audit-log-maxage: '7', audit_policy-file: /etc/p.yaml, v: '2'}\n",
        ["--audit-log-maxbackup=3"]),
    "a name that begins with a capital": ("apiServer:\n  extraArgs: {Audit-log-path: /x/y}\n", []),
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
    "---\n\n",
    "---\n# the end\n",
    "---\nnull\n",
    "---\n---\n",
)
# What stands above the InitConfiguration.
STOPS_BELOW = ("# licence\n---\n", "\n---\n", "null\n---\n", "---\n---\n", "---\n# licence\n---\n",
               "%YAML 1.1\n---\n")
READS_BELOW = ("# licence\n", "---\n", "---\n# licence\n")
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
    "--- # the end\n",
)
# kubeadm 1.20 does not read what stands here: it would be a second ClusterConfiguration.
UNREAD = tuple(line + CLUSTER.format(version="v1beta2") for line in ("--- # again\n", "--- !!map\n"))


@test
def enable_refuses_what_kubeadm_refuses(case):
    for rest in STOPS + READS:
        config = configuration(rest)
        reads = kubeadm(case, config)[0] is not None
        equal(rest in READS, reads, f"whether kubeadm reads\n{rest}")
        case.write("in.yaml", config)
        case.kaudit("enable", "--manifest=in.yaml", "--dry-run").expect(0 if reads else 2)


@test
def enable_refuses_what_kubeadm_refuses_above(case):
    for above in STOPS_BELOW + READS_BELOW:
        config = above + configuration()
        reads = kubeadm(case, config)[0] is not None
        equal(above in READS_BELOW, reads, f"whether kubeadm reads\n{above}")
        case.write("in.yaml", config)
        case.kaudit("enable", "--manifest=in.yaml", "--dry-run").expect(0 if reads else 2)
        case.kaudit("check", "in.yaml").expect(0 if reads else 1)


@test
def enable_refuses_what_kubeadm_does_not_read(case):
    for rest in UNREAD:
        written(case, configuration(rest))
        case.write("in.yaml", configuration(rest))
        ran = case.kaudit("enable", "--manifest=in.yaml", "--dry-run").expect(2, out="")
        true("do not read this document" in text(ran.err), text(ran.err))


@test
def a_later_document_in_json_is_yaml_below_a_comment(case):
    """As the hint says. With a brace first, kubeadm stops at what YAML allows."""
    head = INIT.format(version="v1beta2") + "---\n"
    config = ('{"apiVersion": "kubeadm.k8s.io/v1beta2", "kind": "ClusterConfiguration", "kubernetesVersion": '
              '"v1.20.2"}\n')
    written(case, head + config)
    case.write("in.yaml", head + config)
    case.kaudit("enable", "--manifest=in.yaml", "--dry-run").expect(2, out="")
    both_ways_meet(case, head + "#\n" + config, [])
    true(kubeadm(case, head + config.replace('"', ""))[0] is None, "kubeadm read YAML behind a brace")


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
def kubeadm_names_the_volumes_of_an_external_etcd_as_check_says(case):
    """One for each directory that has no mount yet; a volume of any other name is its own."""
    def config(volume):
        return configuration(f"""etcd:
  external:
    endpoints: ["https://192.0.2.9:2379"]
    caFile: /etc/etcd/ca.crt
    certFile: /etc/etcd/tls/a.crt
    keyFile: /srv/etcd/a.key
apiServer:
  extraVolumes:
  - name: {volume}
    hostPath: /opt/own
    mountPath: /opt/own
""")
    for volume, replaced in {"etcd-certs-0": "/etc/etcd", "etcd-certs-1": "/srv/etcd", "etcd-certs-2": None,
                             "etcd-certs": None, "etcd-certs-00": None}.items():
        lines = lines_of(written(case, config(volume)))
        true("- mountPath: /opt/own" in lines, volume)
        for path in ("/etc/etcd", "/srv/etcd"):
            equal(path != replaced, f"- mountPath: {path}" in lines, f"{volume}: whether {path} is mounted")
        case.write("m.yaml", config(volume))
        ran = case.kaudit("check", "m.yaml").expect(1 if replaced else 0)
        equal(bool(replaced), "[extra-volume-replaces-kubeadms]" in text(ran.out), f"{volume}: what check says")


@test
def a_patch_folder_leaves_nothing_to_do(case):
    for name, (rest, words) in COMBINATIONS.items():
        # Settings that are there already; files that the patch does not know of; a flag that is none.
        if rest == AUDITED or name in ("certificates elsewhere", "a name that begins with a capital"):
            continue
        shutil.rmtree(case.path("patches"), ignore_errors=True)
        os.mkdir(case.path("patches"))
        case.kaudit("kubeadm", "patch", "--dir=patches", *words).expect(0)
        manifest = written(case, configuration(rest), "--experimental-patches", case.path("patches"))
        case.write("m.yaml", manifest)
        ran = case.kaudit("enable", "--manifest=m.yaml", "--dry-run", "--exit-code", *words).expect(0)
        equal(b"", ran.out, f"{name}: what enable would still change")
        case.kaudit("check", "m.yaml", "--quiet").expect(0, out="")


# ---- other patches of the folder ----------------------------------------------------------------

OWN = "kube-apiserver0-kaudit+json.yaml"
FIRST, LATER = "kube-apiserver", "kube-apiserver1"  # sort before kaudit's patch, and behind it
SERVER = "spec: {containers: [{name: kube-apiserver, %s}]}\n"
SIDECAR = """spec:
  containers:
  - name: sidecar
    image: registry.example/sidecar:1
    command: [sidecar, --audit-log-path=/elsewhere]
    args: [--audit-log-maxage=1]
    volumeMounts: [{mountPath: /var/log/kubernetes/audit, name: audit-log, readOnly: true}]
"""

# What kaudit takes. kubeadm's manifest then needs nothing from `kaudit enable`.
WORKING_PATCHES = {
    "a sidecar behind": (LATER, "", SIDECAR),
    "a sidecar behind, and the server": (
        LATER, "", SIDECAR + "  - {name: kube-apiserver, resources: {requests: {cpu: 500m}}}\n"),
    "the server and then a sidecar, before": (FIRST, "", """spec:
  containers:
  - {name: kube-apiserver, imagePullPolicy: Always}
  - {name: sidecar, image: registry.example/sidecar:1}
"""),
    "a sidecar at the end": (FIRST, "+json", """[{op: add, path: /spec/containers/-, value: {name: sidecar, image: i}},
 {op: add, path: /spec/containers/1/command, value: [sidecar, --audit-log-path=x]}]
"""),
    "a sidecar in front, and then its index": (LATER, "+json", """[{op: add, path: /spec/containers/0, value: {name: sidecar, image: i}},
 {op: add, path: /spec/containers/0/command, value: [sidecar]}]
"""),
    "labels": (LATER, "+merge", "metadata: {labels: {a: b}}\nspec: {priority: 5}\n"),
    "a comment and nothing else": (LATER, "", "# nothing\n"),
    "a licence": (FIRST, "+json", "# licence\n---\n[{op: add, path: /metadata/labels/a, value: b}]\n"),
    "the head of a Pod": (LATER, "", "apiVersion: v1\nkind: Pod\nmetadata: {labels: {a: b}}\n"),
    "other arguments": (LATER, "", SERVER % "args: [--v=4]"),
    "a flag before": (FIRST, "+json", "[{op: add, path: /spec/containers/0/command/-, value: --v=4}]\n"),
    "a flag behind": (LATER, "+json", "[{op: add, path: /spec/containers/0/command/-, value: --profiling}]\n"),
    "a flag that goes": (FIRST, "+json", "[{op: remove, path: /spec/containers/0/command/3}]\n"),
    "a command before": (FIRST, "", SERVER % "command: [/usr/bin/kube-apiserver, --etcd-servers=https://127.0.0.1:2379]"),
    "volumes of its own": (LATER, "", """spec:
  containers:
  - name: kube-apiserver
    volumeMounts: [{mountPath: /opt/a, name: a}, {mountPath: /etc/ssl/certs, $patch: delete}]
  volumes: [{name: a, hostPath: {path: /opt/a}}, {name: ca-certs, $patch: delete}]
"""),
    "volumes of its own in JSON": (FIRST, "+json", """[{op: add, path: /spec/volumes/0, value: {name: a, hostPath: {path: /opt/a}}},
 {op: add, path: /spec/containers/0/volumeMounts/-, value: {mountPath: /opt/a, name: a}},
 {op: replace, path: /spec/volumes/1/hostPath/type, value: Directory}]
"""),
    "a test before": (FIRST, "+json", "[{op: test, path: /spec/containers/0/command/0, value: kube-apiserver}]\n"),
}

# What kaudit refuses, and why it does: kubeadm stops, or what it writes is not what kaudit planned.
BROKEN_PATCHES = {
    "no spec": (LATER, "+merge", "spec: null\n"),
    "no metadata": (LATER, "+merge", "metadata: null\n"),
    "no metadata, strategic": (LATER, "", "metadata: {$patch: delete}\n"),
    "an empty merge": (LATER, "+merge", "# licence\n---\nspec: {priority: 5}\n"),
    "no containers": (LATER, "", "spec: {containers: null}\n"),
    "no volumes": (LATER, "", "spec: {volumes: null}\n"),
    "no volumes before": (FIRST, "", "spec: {volumes: null}\n"),
    "no mounts": (LATER, "", SERVER % "volumeMounts: null"),
    "another spec": (LATER, "", "spec: {$patch: replace, volumes: []}\n"),
    "no server": (LATER, "", SERVER % "$patch: delete"),
    "other containers": (LATER, "", "spec: {containers: [{$patch: replace}, {name: a, image: i}]}\n"),
    "other volumes": (LATER, "", "spec: {volumes: [{$patch: replace}]}\n"),
    "a volume that goes": (LATER, "", "spec: {volumes: [{name: audit-log, $patch: delete}]}\n"),
    "a mount that goes": (LATER, "", SERVER % "volumeMounts: [{mountPath: /var/log/kubernetes/audit, $patch: delete}]"),
    "few keys": (LATER, "", "spec: {$retainKeys: [containers], containers: [{name: kube-apiserver}]}\n"),
    "words that go": (LATER, "", SERVER % "$deleteFromPrimitiveList/command: [--audit-log-maxage=30]"),
    "another order": (FIRST, "", SIDECAR.replace("spec:", "spec:\n  $setElementOrder/containers: [{name: sidecar}, {name: kube-apiserver}]")),
    "a volume of two sources": (LATER, "", "spec: {volumes: [{name: audit-log, emptyDir: {}}]}\n"),
    "a mount that hides": (LATER, "", SERVER % "volumeMounts: [{mountPath: /var/log/kubernetes/audit/audit.log, name: k8s-certs}]"),
    "a sidecar in front": (FIRST, "", SIDECAR.replace("audit-log, readOnly", "k8s-certs, readOnly")),
    "a sidecar in front, in JSON": (FIRST, "+json", "[{op: add, path: /spec/containers/0, value: {name: a, image: i}}]\n"),
    "audit flags in args": (LATER, "", SERVER % "args: [--audit-log-path=/x/y]"),
    "audit flags in args, in JSON": (LATER, "+json", "[{op: add, path: /spec/containers/0/args, value: [--audit_log_path=/x/y]}]\n"),
    "another command": (LATER, "", SERVER % "command: [kube-apiserver]"),
    "a shell": (FIRST, "", SERVER % "command: [sh, -c, exec kube-apiserver]"),
    "a flag without its value": (FIRST, "+json", "[{op: add, path: /spec/containers/0/command/-, value: --audit-webhook-mode}]\n"),
    "a word that goes": (LATER, "+json", "[{op: remove, path: /spec/containers/0/command/34}]\n"),
    "a word that is moved": (LATER, "+json", "[{op: move, from: /spec/containers/0/command/34, path: /metadata/labels/a}]\n"),
    "a volume that is renamed": (LATER, "+json", "[{op: replace, path: /spec/volumes/1/name, value: audit-log}]\n"),
    "a mount that is replaced": (LATER, "+json", "[{op: replace, path: /spec/containers/0/volumeMounts/5, value: {mountPath: /o, name: k8s-certs}}]\n"),
    "a test of the whole": (LATER, "+json", "[{op: test, path: /spec/containers/0/volumeMounts, value: []}]\n"),
    "volumes copied": (LATER, "+json", "[{op: copy, from: /spec/volumes/0, path: /spec/volumes/-}]\n"),
    "no list": (LATER, "+json", "{op: add}\n"),
    "an unknown operation": (LATER, "+json", "[{op: append, path: /spec/volumes/-, value: {}}]\n"),
    "an operation nowhere": (LATER, "+json", "[{op: add, path: /spec/containers/7/command/-, value: --v=4}]\n"),
    "a service": (LATER, "", "kind: Service\n"),
    "no YAML": (LATER, "", "spec: [\n"),
    "a number in the command": (LATER, "+json", "[{op: add, path: /spec/containers/0/command/-, value: 4}]\n"),
}


def folder_with(case, name, given):
    """A folder with kaudit's patch and another one, and whether kaudit took it."""
    shutil.rmtree(case.path("patches"), ignore_errors=True)
    os.mkdir(case.path("patches"))
    where, kind, content = given
    case.write(f"patches/{where}{kind}.yaml", content)
    ran = case.kaudit("kubeadm", "patch", "--dir=patches")
    true(ran.code in (0, 2), f"{name}: {ran.code} {text(ran.err)}")
    return ran


def what_is_wrong(case):
    """What is wrong with the manifest that kubeadm makes with the folder; nothing if it is right."""
    manifest, said = kubeadm(case, configuration(), "--experimental-patches", case.path("patches"))
    if manifest is None:
        return "kubeadm stops: " + said
    case.write("m.yaml", manifest)
    check = case.kaudit("check", "m.yaml", "--quiet")
    if check.code != 0:
        return text(check.out) + text(check.err)
    ran = case.kaudit("enable", "--manifest=m.yaml", "--dry-run", "--exit-code", "--audit-log-maxage=30",
                      "--audit-log-path=/var/log/kubernetes/audit/audit.log")
    if ran.code == 0 and b"  name: kube-apiserver\n" not in manifest:
        return "the Pod has no name"
    return text(ran.out) + text(ran.err) if ran.code != 0 else ""


@test
def other_patches_that_are_taken_work(case):
    for name, given in WORKING_PATCHES.items():
        ran = folder_with(case, name, given)
        true(ran.code == 0, f"{name}: refused: {text(ran.err)}")
        equal("", what_is_wrong(case), name)


@test
def other_patches_that_are_refused_would_break(case):
    os.mkdir(case.path("own"))
    case.kaudit("kubeadm", "patch", "--dir=own").expect(0)
    for name, given in BROKEN_PATCHES.items():
        ran = folder_with(case, name, given)
        true(ran.code == 2, f"{name}: taken")
        shutil.copy(case.path("own/" + OWN), case.path("patches/" + OWN))
        true(what_is_wrong(case) != "", f"{name}: refused, and yet it works: {text(ran.err)}")


@test
def kubeadm_stops_where_kaudit_says_so(case):
    def make(kind):
        if kind == "nowhere":
            os.symlink("none", case.path("patches/kube-apiserver1.yaml"))
        elif kind == "directory":
            os.symlink("/etc", case.path("patches/etcd1+json.yaml"))
        elif kind == "socket":
            os.mknod(case.path("patches/kube-scheduler.yaml"), 0o140600)
        elif kind == "type":
            case.write("patches/etcd+foo.yaml", "{}\n")
        elif kind == "yaml":
            case.write("patches/kube-controller-manager.yaml", "a: [\n")

    for kind in ("nothing", "nowhere", "directory", "socket", "type", "yaml"):
        shutil.rmtree(case.path("patches"), ignore_errors=True)
        os.mkdir(case.path("patches"))
        os.symlink("/etc", case.path("patches/kube-apiserver"))  # kubeadm does not follow it
        os.symlink("/dev/null", case.path("patches/kube-apiserver2.yaml"))
        case.write("patches/kubeletconfiguration+foo.yaml", "{}\n")
        make(kind)
        ran = case.kaudit("kubeadm", "patch", "--dir=patches", "--quiet", "--kubernetes-version=1.20").expect(0)
        manifest, said = kubeadm(case, configuration(), "--experimental-patches", case.path("patches"))
        equal(kind == "nothing", manifest is not None, f"{kind}: whether kubeadm goes on: {said}")
        equal(kind == "nothing", not ran.err, f"{kind}: whether kaudit says nothing: {text(ran.err)}")


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


def cannot_run():
    """Why nothing can be compared here, or None."""
    if os.geteuid() != 0:
        return "needs root, for a mount namespace"
    tried = subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True,
                           timeout=harness.TIMEOUT, check=False)
    return f"no mount namespace can be made: {text(tried.stderr)}" if tried.returncode != 0 else None


def run_all(chosen, binary):
    """Prints what failed and why; how many did."""
    made = not os.path.isdir(KUBERNETES)
    os.makedirs(KUBERNETES, exist_ok=True)  # a mount point
    failed = 0
    try:
        for function in chosen:
            try:
                harness.run_test(function, binary)
            except Exception as failure:  # a broken test is a failed one
                failed += 1
                why = failure if isinstance(failure, Failure) else traceback.format_exc()
                print(f"FAILED  {function.__name__}\n{why}\n", flush=True)
    finally:
        if made:
            os.rmdir(KUBERNETES)
    return failed


def close(passed=0, failed=0, skipped=0):
    print(f"kubeadm: {passed} passed, {failed} failed, {skipped} skipped", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary", nargs="?", default=os.environ.get("KAUDIT_BIN"))
    parser.add_argument("-k", dest="word", default="")
    given = parser.parse_args()
    if not given.binary or not os.access(given.binary, os.X_OK):
        parser.error(f"no executable kaudit: {given.binary}")
    chosen = [function for function in harness.all_tests if given.word in function.__name__]
    if why := cannot_run():
        print(f"SKIPPED: nothing is compared with the real kubeadm: {why}", flush=True)
        close(skipped=len(chosen))
        return 1 if os.geteuid() == 0 and os.environ.get("CI") else 0
    try:
        build_kubernetes.binaries()
    except (build_kubernetes.Missing, subprocess.TimeoutExpired) as reason:
        print(f"FAILED: {reason}", flush=True)
        close(failed=len(chosen))
        return 1
    failed = run_all(chosen, os.path.abspath(given.binary))
    close(passed=len(chosen) - failed, failed=failed)
    return 1 if failed or not chosen else 0


sys.exit(main())
