"""What kaudit promises on a live node, tried on one. The contract is docs/design.md."""

import http.client
import json
import os
import re
import signal
import ssl
import time

import node as nodes
from node import ADDRESS, ADMIN, BACKUPS, LOG, LOGS, MANIFEST, MANIFESTS, POLICY, PORT, api_servers, read, \
    wait_for, write
from scene import METADATA, REFUSED, REFUSED_FIELD, Failure, equal, scenario, true

RECIPE_MOUNT = "/etc/kubernetes/audit-policy.yaml"
RECIPE_LOG = "/etc/kubernetes/audit/audit.log"
MIB = 1 << 20


def replaced(data, old, new):
    """With exactly one place replaced."""
    equal(1, data.count(old), f"places of {old!r} in the manifest")
    return data.replace(old, new)


def identity(path):
    status = os.stat(path)
    return status.st_ino, status.st_mtime_ns


def settled(server):
    """Success may be said 10 s after the new API server started, not earlier."""
    true(server.age() >= 10, f"success was said {server.age():.1f} s after the new API server started")


def policy(level):
    return METADATA.replace("Metadata", level)


@scenario("enable --policy-from --wait on a kubeadm node; again")
def enable_and_wait(s):
    s.needs("enable", "--wait")
    s.needs("enable", "--policy-from")
    old = s.plain()
    command = ("enable", "--policy-from=preset:recommended", "--wait")
    run = s.kaudit(*command).expect(0)
    s.measure(run)
    new = s.healthy()
    true(new.key() != old.key(), "the API server was not restarted")
    settled(new)
    s.kubectl("create", "secret", "generic", "kaudit-one", "--from-literal=a=b")
    event = s.event_of(lambda e: e.get("verb") == "create" and
                       e.get("objectRef", {}).get("name") == "kaudit-one", "a Secret created")
    explained = s.kaudit("policy", "explain", POLICY, "--user=kubernetes-admin", "--group=system:masters",
                         "--group=system:authenticated", "--verb=create", "--resource=secrets",
                         "--namespace=default", "--format=json").expect(0)
    equal(json.loads(explained.out)["level"], event["level"], "the level of the event, as predicted")
    before = identity(MANIFEST)
    s.kaudit(*command).expect(0, "already enabled")
    equal(before, identity(MANIFEST), "the manifest's inode and time")
    equal(new.key(), s.healthy().key(), "the API server's pid and start after the second run")


@scenario("disable --wait")
def disable_and_wait(s):
    s.needs("disable", "--wait")
    old = s.enabled()
    s.measure(s.kaudit("disable", "--wait").expect(0))
    true(s.healthy().key() != old.key(), "the API server was not restarted")
    s.without_auditing()


def recipe(s):
    """The circulating recipe to the letter: policy and log are mounted elsewhere than the flags say."""
    manifest = s.enabled_manifest()
    for before, right, wrong in (("path: ", POLICY, RECIPE_MOUNT), ("mountPath: ", POLICY, RECIPE_MOUNT),
                                 ("--audit-log-path=", LOG, RECIPE_LOG)):
        manifest = replaced(manifest, f"{before}{right}\n".encode(), f"{before}{wrong}\n".encode())
    return manifest


@scenario("the circulating recipe's mistake: check names it, enable --wait mends it")
def recipe_repaired(s):
    broken = recipe(s)
    s.plain()
    s.write_policy()
    s.node.put(broken)
    wait_for(lambda: not api_servers(), 90, "the end of the API server after the recipe")
    run, findings = s.findings()
    run.expect(1)
    errors = {f["id"] for f in findings if f["severity"] == "error"}
    true("mount-near-miss" in errors, f"check does not name the near miss: {errors}")
    s.needs("enable", "--wait")
    s.kaudit("enable", "--wait").expect(0)
    true(s.healthy().flags(), "the API server runs without audit flags")
    true(os.path.getsize(RECIPE_LOG) > 0, f"{RECIPE_LOG} is empty")


@scenario("a policy that the API server refuses, forced in")
def refused_policy(s):
    s.needs("enable", "--wait")
    s.plain()
    write(POLICY, REFUSED)
    if s.has("policy lint", "--format"):
        s.kaudit("enable").expect(2, re.escape(REFUSED_FIELD))
    run = s.kaudit("enable", "--force", "--wait").expect(3, re.escape(REFUSED_FIELD))
    s.measure(run)
    s.without_auditing()
    kept = [name for name in os.listdir(BACKUPS) if name.endswith(".log") or "failed" in name]
    true(kept, f"nothing of the failure is kept in {BACKUPS}: {os.listdir(BACKUPS)}")


@scenario("a mount that the kubelet refuses, forced in")
def refused_mount(s):
    s.needs("enable", "--rollback-wait")
    s.plain()
    os.makedirs(POLICY)
    run = s.kaudit("enable", "--force", "--wait=45s", "--rollback-wait=3m")
    run.expect(3, re.escape(POLICY), "director")
    true(run.seconds() < 45 + 180, f"it took {run.seconds():.0f} s")
    s.without_auditing()


def waiting(s, **more):
    """A run of enable --wait, 2 s after it has written the manifest."""
    s.plain()
    s.write_policy()
    run = s.start("enable", "--wait", **more)
    run.until(s.manifest_changed(s.node.plain), "the manifest is written")
    time.sleep(2)
    return run


@scenario("Ctrl-C during the wait")
def interrupt(s):
    s.needs("enable", "--wait")
    run = waiting(s)
    run.signal(signal.SIGINT)
    run.wait().expect(3)
    s.without_auditing()


@scenario("a copy of the old manifest in the kubelet's directory")
def sibling(s):
    s.enabled()
    old = api_servers()[-1]
    copy = f"{MANIFESTS}/kube-apiserver.yaml.bak"
    s.node.put(s.node.plain, "kube-apiserver.yaml.bak")
    s.restarted(old, limit=90)
    runs = MANIFEST if api_servers()[-1].flags() else copy
    before = identity(MANIFEST)
    s.kaudit("enable", "--audit-log-maxage=60").expect(2, re.escape(copy))
    equal(before, identity(MANIFEST), "the manifest's inode and time")
    run, findings = s.findings()
    run.expect(1)
    said = [f["message"] for f in findings if f["id"] == "sibling-manifest"]
    equal(1, len(said), "findings about the copy")
    true(f"runs {runs}" in said[0], f"the kubelet runs {runs}, but check says: {said[0]}")
    running = api_servers()[-1]
    os.remove(copy)
    s.restarted(running)
    true(s.healthy().flags(), "the API server runs without audit flags, although the copy is gone")


class Client:
    """kubectl's certificate on one connection, for many requests."""

    def __init__(self, s):
        files = {}
        for name in ("certificate", "key"):
            found = re.search(rf"client-{name}-data: (\S+)", read(ADMIN).decode())
            files[name] = f"{s.node.state}/admin.{name}"
            write(files[name], nodes.base64.b64decode(found[1]))
        context = nodes.anonymous()
        context.load_cert_chain(files["certificate"], files["key"])
        self.connection = http.client.HTTPSConnection(ADDRESS, PORT, timeout=10, context=context)

    def ask(self, method, path, body=None, kind="application/json"):
        """Status and audit ID of the answer."""
        self.connection.request(method, path, body and json.dumps(body), {"Content-Type": kind})
        answer = self.connection.getresponse()
        answer.read()
        return answer.status, answer.getheader("Audit-Id")

    def get(self, path):
        """The audit ID of a successful request."""
        status, audit_id = self.ask("GET", path)
        equal(200, status, f"status of GET {path}")
        return audit_id


@scenario("rotation loses no event")
def rotation(s):
    s.plain()
    s.write_policy()
    old = api_servers()[-1]
    s.kaudit("enable", "--audit-log-maxsize=1").expect(0)
    s.restarted(old)
    client, made = Client(s), set()
    while len(s.logs()) < 3:
        true(len(made) < 20000, f"{len(made)} requests did not rotate the log twice: {s.logs()}")
        made.update(client.get("/api/v1/namespaces/kube-system") for _ in range(100))
    true(None not in made, "the API server names no Audit-Id in its answers")

    def missing():
        return made - {e["auditID"] for e in s.events() if e["stage"] == "ResponseComplete"}
    deadline = time.monotonic() + 10  # the last events may still be on their way
    while missing() and time.monotonic() < deadline:
        time.sleep(0.1)
    equal(set(), missing(), f"requests, of {len(made)}, that are in no log file")
    for name in s.logs():
        true(os.path.getsize(f"{LOGS}/{name}") <= MIB, f"{name} is larger than 1 MiB")


@scenario("policy install: a changed policy, then one that is refused")
def policy_install(s):
    s.needs("policy install", "--wait")
    old = s.enabled()
    new_policy, refused = f"{s.node.state}/new.yaml", f"{s.node.state}/refused.yaml"
    write(new_policy, policy("RequestResponse"))
    write(refused, REFUSED)
    run = s.kaudit("policy", "install", new_policy, "--manifest", MANIFEST, "--wait").expect(0)
    s.measure(run)
    changed = s.healthy()
    true(changed.key() != old.key(), "the API server was not restarted")
    equal(old.flags(), changed.flags(), "audit flags")
    s.kubectl("create", "configmap", "kaudit-nine", "--from-literal=a=b")
    event = s.event_of(lambda e: e.get("verb") == "create" and
                       e.get("objectRef", {}).get("name") == "kaudit-nine", "a ConfigMap created")
    equal("RequestResponse", event["level"], "the level of the new policy")
    before = read(MANIFEST), read(POLICY)
    s.kaudit("policy", "install", refused, "--manifest", MANIFEST, "--wait").expect(2)
    equal(before, (read(MANIFEST), read(POLICY)), "manifest and policy after the refusal")
    run = s.kaudit("policy", "install", refused, "--manifest", MANIFEST, "--force", "--wait")
    run.expect(3, re.escape(REFUSED_FIELD))
    equal(before, (read(MANIFEST), read(POLICY)), "manifest and policy after the failure")
    s.healthy()


def killed(s, point):
    """Kills kaudit when `point(old)` has come, and takes its change back."""
    old = s.plain()
    s.write_policy()
    run = s.start("enable", "--wait")
    run.until(s.manifest_changed(s.node.plain), "the manifest is written")
    run.until(lambda: point(old), "the point at which it is killed")
    run.signal(signal.SIGKILL)
    run.wait()
    s.kaudit("enable").expect(0, "interrupted", "kaudit rollback")
    s.kaudit("rollback", "--wait").expect(0)
    s.without_auditing()


def newer(old):
    return api_servers() and api_servers()[-1].key() != old.key()


@scenario("kaudit killed at three points of the wait, then rollback --wait")
def kill_and_rollback(s):
    s.needs("rollback", "--wait")
    killed(s, lambda old: True)
    killed(s, newer)
    killed(s, lambda old: newer(old) and api_servers()[-1].age() > 5 and s.node.ready())


@scenario("an old API server that keeps its port for 15 s")
def shutdown_delay(s):
    s.needs("enable", "--wait")
    manifest = replaced(s.node.plain, b"    - --secure-port=6443\n",
                        b"    - --secure-port=6443\n    - --shutdown-delay-duration=15s\n")
    old = s.plain(manifest)
    s.write_policy()
    s.measure(s.kaudit("enable", "--wait").expect(0))
    new = s.healthy()
    true(new.key() != old.key() and new.flags(), "the API server that runs is not the new one")


@scenario("the old process's good answers are no success: mount-only repair, annotation-only change")
def same_arguments(s):
    s.needs("enable", "--wait")
    # The log file mounted singly: it works until the log is rotated, and enable corrects it.
    single = s.enabled_manifest()
    single = replaced(single, f"path: {LOGS}\n      type: DirectoryOrCreate".encode(),
                      f"path: {LOG}\n      type: FileOrCreate".encode())
    single = replaced(single, f"mountPath: {LOGS}\n".encode(), f"mountPath: {LOG}\n".encode())
    old = s.node.fresh(single, before=s.write_policy)
    s.kaudit("enable", "--wait").expect(0)
    new = s.healthy()
    equal(old.flags(), new.flags(), "audit flags")
    true(new.key() != old.key(), "the old process was taken for the new one")
    settled(new)
    s.needs("policy install", "--wait")
    new_policy = f"{s.node.state}/new.yaml"
    write(new_policy, policy("Request"))
    s.kaudit("policy", "install", new_policy, "--manifest", MANIFEST, "--wait").expect(0)
    true(s.healthy().key() != new.key(), "the old process was taken for the new one")
    settled(s.healthy())


def old_logs(count, year):
    names = [f"audit-{year}-01-{day:02}T00-00-00.000.log" for day in range(1, count + 1)]
    os.makedirs(LOGS, 0o700, exist_ok=True)
    for name in names:
        write(f"{LOGS}/{name}", "{}\n")
    return names


@scenario("rotated logs of last year stay, unless their deletion is allowed")
def retention(s):
    unlimited = re.sub(rb"    - --audit-log-max(age|backup|size)=\d+\n", b"", s.enabled_manifest())
    s.node.fresh(unlimited, before=s.write_policy)
    names = old_logs(25, time.gmtime().tm_year - 1)
    old = api_servers()[-1]
    before = read(MANIFEST)
    s.kaudit("enable").expect(0)
    equal(before, read(MANIFEST), "the manifest after an enable without limits")
    s.kaudit("enable", "--audit-log-maxage=30").expect(2, "25", "allow-log-deletion")
    s.kaudit("enable", "--audit-log-maxbackup=10").expect(2, "15", "allow-log-deletion")
    equal(before, read(MANIFEST), "the manifest after a refusal")
    s.kaudit("enable", "--audit-log-format=json").expect(0)
    running = s.restarted(old)
    time.sleep(5)
    equal(names, s.logs()[:-1], "the old logs after a change without limits")
    s.kaudit("enable", "--audit-log-maxage=30", "--allow-log-deletion").expect(0)
    s.restarted(running)
    wait_for(lambda: s.logs() == ["audit.log"], 20, "the API server's deletion, which was allowed")


# ---- beyond the thirteen -------------------------------------------------------------------------


def kubeadm_writes(s, configuration):
    """The manifest that kubeadm makes of a configuration; the live one stays."""
    write(f"{s.node.state}/audited.yaml", configuration)
    script = (f"mount -t tmpfs tmpfs {MANIFESTS} && {s.node.binaries}/kubeadm init phase control-plane "
              f"apiserver --config={s.node.state}/audited.yaml >/dev/null && cat {MANIFEST}")
    return s.node.run("unshare", "-m", "sh", "-c", script).stdout.encode()


def kubeadms_own(s):
    """What kubeadm writes when the same settings are in its configuration, put there by hand."""
    return kubeadm_writes(s, nodes.KUBEADM.replace("localhost]", f"""localhost],
  extraArgs: {{audit-policy-file: {POLICY}, audit-log-path: {LOG}, audit-log-maxage: "30",
    audit-log-maxbackup: "10", audit-log-maxsize: "100"}},
  extraVolumes: [
    {{name: audit-log, hostPath: {LOGS}, mountPath: {LOGS}, pathType: DirectoryOrCreate}},
    {{name: audit-policy, hostPath: {POLICY}, mountPath: {POLICY}, pathType: File, readOnly: true}}]"""))


@scenario("without --wait: what kubeadm would write, the log's directory, disable, rollback")
def without_waiting(s):
    old = s.plain()
    write(POLICY, METADATA)
    s.kaudit("enable").expect(0)
    enabled = s.restarted(old)
    equal(kubeadms_own(s), read(MANIFEST), "the manifest, against kubeadm's")
    equal(0o700, os.stat(LOGS).st_mode & 0o777, "mode of the log's directory")
    equal(["kube-apiserver.yaml"], os.listdir(MANIFESTS), "files in the kubelet's directory")
    s.event_of(lambda e: True, "anything")
    _, findings = s.findings()
    equal([], [f["id"] for f in findings if f["severity"] == "error"], "errors that check finds")
    before = identity(MANIFEST)
    s.kaudit("enable").expect(0, "already enabled")
    equal(before, identity(MANIFEST), "the manifest's inode and time")
    with_auditing = read(MANIFEST)
    s.kaudit("disable").expect(0)
    plain = s.restarted(enabled)
    s.without_auditing()
    s.kaudit("rollback").expect(0)
    s.restarted(plain)
    equal(with_auditing, read(MANIFEST), "the manifest after the rollback of disable")
    true(s.healthy().flags(), "the API server runs without audit flags")


@scenario("a lost terminal: SIGHUP and a closed pipe do not end the wait; SIGTERM takes the change back")
def other_signals(s):
    s.needs("enable", "--wait")
    reader, writer = os.pipe()
    run = waiting(s, pipe=writer)
    os.close(writer)
    os.close(reader)
    run.signal(signal.SIGHUP)
    run.wait().expect(0)
    true(s.healthy().flags(), "the API server runs without audit flags")
    run = waiting(s)
    run.signal(signal.SIGTERM)
    run.wait().expect(3)
    s.without_auditing()


@scenario("status says whether events are recorded now")
def status(s):
    s.needs("status", "--format")
    s.enabled()
    s.event_of(lambda e: True, "anything")
    s.kaudit("status").expect(0, str(api_servers()[-1].pid))
    json.loads(s.kaudit("status", "--format=json").expect(0).out)
    old = api_servers()[-1]
    s.kaudit("disable").expect(0)
    s.restarted(old)
    true(s.kaudit("status").code != 0, "status is 0 although nothing is recorded")


def map_named(name):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"a": "b"}}


CORE, APPS = "/api/v1", "/apis/apps/v1"
DEFAULT = "/api/v1/namespaces/default"
MERGE = "application/merge-patch+json"
# What is asked, and the attributes that the API server makes of it: verb, group, resource, subresource,
# namespace, name; or only the verb where no resource is meant.
REQUESTS = [
    (("GET", "/healthz"), ("get",)),
    (("GET", "/readyz?verbose"), ("get",)),
    (("GET", "/version"), ("get",)),
    (("GET", "/apis"), ("get",)),
    (("GET", "/some-random-path"), ("get",)),
    (("GET", f"{DEFAULT}/secrets"), ("list", "", "secrets", "", "default", "")),
    (("GET", f"{CORE}/secrets"), ("list", "", "secrets", "", "", "")),
    (("GET", f"{CORE}/namespaces/kube-system/secrets"), ("list", "", "secrets", "", "kube-system", "")),
    (("GET", f"{DEFAULT}/secrets/none"), ("get", "", "secrets", "", "default", "none")),
    (("POST", f"{DEFAULT}/configmaps", map_named("m")), ("create", "", "configmaps", "", "default", "")),
    (("PUT", f"{DEFAULT}/configmaps/m", map_named("m")), ("update", "", "configmaps", "", "default", "m")),
    (("DELETE", f"{DEFAULT}/configmaps/m"), ("delete", "", "configmaps", "", "default", "m")),
    (("DELETE", f"{DEFAULT}/configmaps?labelSelector=no%3Dsuch"),
     ("deletecollection", "", "configmaps", "", "default", "")),
    (("GET", f"{CORE}/namespaces/default"), ("get", "", "namespaces", "", "default", "default")),
    (("PATCH", f"{CORE}/namespaces/default", {"metadata": {"labels": {"a": "b"}}}, MERGE),
     ("patch", "", "namespaces", "", "default", "default")),
    (("GET", f"{DEFAULT}/pods/none/log"), ("get", "", "pods", "log", "default", "none")),
    (("POST", f"{DEFAULT}/pods/none/exec"), ("create", "", "pods", "exec", "default", "none")),
    (("POST", f"{DEFAULT}/serviceaccounts/none/token", {"apiVersion": "authentication.k8s.io/v1",
                                                       "kind": "TokenRequest", "spec": {"audiences": []}}),
     ("create", "", "serviceaccounts", "token", "default", "none")),
    (("GET", f"{APPS}/deployments"), ("list", "apps", "deployments", "", "", "")),
    (("GET", f"{APPS}/namespaces/default/deployments/none/scale"),
     ("get", "apps", "deployments", "scale", "default", "none")),
    (("GET", "/apis/coordination.k8s.io/v1/leases"), ("list", "coordination.k8s.io", "leases", "", "", "")),
    (("GET", f"{DEFAULT}/events"), ("list", "", "events", "", "default", "")),
    (("POST", "/apis/authentication.k8s.io/v1/tokenreviews",
      {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": "no"}}),
     ("create", "authentication.k8s.io", "tokenreviews", "", "", "")),
]


def request_of(user, groups, path, verb, *resource):
    """The line of policy explain --requests."""
    line = {"user": user, "groups": groups, "verb": verb}
    if resource:
        return line | dict(zip(("apiGroup", "resource", "subresource", "namespace", "name"), resource))
    return line | {"path": path.partition("?")[0]}


def request_of_event(event):
    about = event.get("objectRef")
    resource = ()
    if about:
        # The name in a created object is not in the request's attributes.
        name = "" if event["verb"] == "create" and not about.get("subresource") else about.get("name", "")
        resource = (about.get("apiGroup", ""), about["resource"], about.get("subresource", ""),
                    about.get("namespace", ""), name)
    user = event["user"]
    return request_of(user["username"], user.get("groups", []), event["requestURI"], event["verb"], *resource)


def predicted(s, requests):
    """The levels that kaudit predicts under the policy on the node."""
    file = f"{s.node.state}/requests.jsonl"
    write(file, "".join(json.dumps(request) + "\n" for request in requests))
    answers = s.kaudit("policy", "explain", POLICY, f"--requests={file}").expect(0).out.splitlines()
    return [json.loads(answer)["level"] for answer in answers]


def agrees(s, preset):
    old = s.plain()
    s.kaudit("enable", f"--policy-from=preset:{preset}").expect(0)
    s.restarted(old)
    client = Client(s)
    asked = [(*client.ask(*question), question[1], attributes) for question, attributes in REQUESTS]
    time.sleep(2)  # for events that must not come
    events = [event for event in s.events() if event["stage"] == "ResponseComplete"]
    levels = {event["auditID"]: event["level"] for event in events}
    groups = ["system:masters", "system:authenticated"]
    levels_asked = predicted(s, [request_of("kubernetes-admin", groups, path, *attributes)
                                 for _, _, path, attributes in asked])
    wrong = [f"{attributes} ({path}, {status}): predicted {level}, recorded {levels.get(audit_id, 'None')}"
             for level, (status, audit_id, path, attributes) in zip(levels_asked, asked)
             if level != levels.get(audit_id, "None")]
    # And what the cluster did by itself meanwhile.
    for level, event in zip(predicted(s, map(request_of_event, events)), events):
        if level != event["level"]:
            wrong.append(f"{request_of_event(event)}: predicted {level}, recorded {event['level']}")
    true(not wrong, f"{preset}: of {len(asked)} requests and {len(events)} events\n" + "\n".join(wrong[:40]))
    s.measured.append(f"{preset}: {len(asked)} requests and {len(events)} events as predicted")


@scenario("policy explain predicts what the API server records")
def explained(s):
    s.needs("policy explain", "--requests")
    for preset in ("recommended", "tutorial"):
        agrees(s, preset)


@scenario("kubeadm's configuration and its manifest: enable of both gives the same")
def cluster_configuration(s):
    s.needs("kubeadm", "patch")
    init, cluster = nodes.KUBEADM.split("---\n")
    plain, audited = f"{s.node.state}/cluster.yaml", f"{s.node.state}/cluster-audited.yaml"
    write(plain, cluster)
    s.kaudit("enable", f"--manifest={plain}", "-o", audited).expect(0)
    equal(s.enabled_manifest(), kubeadm_writes(s, f"{init}---\n{read(audited).decode()}"),
          "the manifest that kubeadm writes")
