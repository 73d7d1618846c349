"""--wait, on nodes of their own (fake_node.py) whose kubelet and API server are scripts.

A wait takes its ten seconds, so that scenarios run side by side, from the first test that asks.
"""

import concurrent.futures
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from harness import ENABLED, PLAIN, Skip, equal, need_root, need_tool, test, text, true
from output_tests import ADDED

HERE = os.path.dirname(os.path.abspath(__file__))
MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml"
POLICY = "/etc/kubernetes/audit/audit-policy.yaml"
LOG = "/var/log/kubernetes/audit/audit.log"
GOOD = "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: Metadata\n"
OTHER = GOOD + "  omitStages: [RequestReceived]\n"
# These nodes have only a loopback.
BEFORE = text(PLAIN).replace("192.0.2.14", "127.0.0.1")
AFTER = text(ENABLED).replace("192.0.2.14", "127.0.0.1")
THEIRS = BEFORE + "# theirs\n"

SCENARIOS = {
    "good": {"steps": [{"kaudit": ["enable", "--wait=60"]}, {"kaudit": ["enable", "--wait=60"]},
                       {"kaudit": ["disable", "--wait=60", "--format=json"]}]},
    "looked at": {"steps": [{"kaudit": ["status"]}, {"kaudit": ["enable", "--wait=60"]},
                            {"kaudit": ["status", "--format=json"]},
                            {"write": MANIFEST + ".bak", "text": BEFORE},
                            {"kaudit": ["check"]}]},
    "mute": {"manifest": AFTER,
             "steps": [{"kaudit": ["status"]},
                       {"write": "/etc/mute", "text": ""}, {"kaudit": ["status"]},
                       {"write": LOG, "text": ""}, {"kaudit": ["status", "--format=json"]},
                       # Nobody knows which one the API server has read.
                       {"sleep": 1.1}, {"write": POLICY, "text": OTHER},
                       {"kaudit": ["status", "--format=json"]}]},
    "nothing to record": {
        "manifest": AFTER, "policy": GOOD.replace("Metadata", "None"),
        "steps": [{"write": "/etc/mute", "text": ""}, {"write": LOG, "text": ""},
                  {"kaudit": ["status", "--format=json"]},
                  {"write": LOG, "text": '{"stageTimestamp":"2020-01-01T00:00:00.000000Z"}\n'},
                  {"kaudit": ["status"]},
                  {"write": LOG, "text": '{"stageTimestamp":"2099-01-01T00:00:00.000000Z"}\n'},
                  {"kaudit": ["status"]}]},
    "running differs": {"kubelet": {"deaf": True},
                        "steps": [{"kaudit": ["enable"]}, {"kaudit": ["check"]},
                                  {"kaudit": ["status"]}]},
    "refused policy": {"policy": GOOD.replace("Metadata", "metadata"),
                       "steps": [{"kaudit": ["enable", "--wait=60", "--force"]}]},
    "installed policy": {
        "manifest": AFTER,
        "steps": [{"write": "/etc/new.yaml", "text": OTHER},
                  {"kaudit": ["policy", "install", "/etc/new.yaml", "--wait=60"]},
                  {"kaudit": ["policy", "install", "/etc/new.yaml", "--wait=60"]},
                  # Edited in place, by somebody who then installs the file itself.
                  {"sleep": 1.1}, {"write": POLICY, "text": GOOD},
                  {"kaudit": ["policy", "install", POLICY, "--wait=60"]}]},
    "refused installed policy": {
        "manifest": AFTER,
        "steps": [{"write": "/etc/new.yaml", "text": GOOD.replace("Metadata", "metadata")},
                  {"kaudit": ["policy", "install", "/etc/new.yaml", "--wait=60", "--force"]}]},
    # The API server has read it; the old Pod would not start without.
    "missing policy": {
        "manifest": AFTER,
        "steps": [{"remove": POLICY}, {"write": "/etc/new.yaml", "text": OTHER},
                  {"kaudit": ["policy", "install", "/etc/new.yaml", "--wait=60"],
                   "signals": [[3, "QUIT"]]}]},
    # Without inotify's word the kubelet finds the policy's change only with the manifest's.
    "edited in place": {
        "manifest": AFTER,
        "steps": [{"sleep": 1.1}, {"write": POLICY, "text": GOOD.replace("Metadata", "metadata")},
                  {"kaudit": ["policy", "install", POLICY, "--wait=60", "--force",
                              "--rollback-wait=3"]}]},
    "refused first policy": {
        "steps": [{"remove": POLICY},
                  {"write": "/etc/new.yaml", "text": GOOD.replace("Metadata", "metadata")},
                  {"kaudit": ["enable", "--policy-from=/etc/new.yaml", "--wait=60", "--force"]}]},
    "terminal": {"steps": [{"kaudit": ["enable", "--wait=60"], "terminal": True}]},
    "crash loop": {"steps": [{"kaudit": ["enable", "--wait=60", "--audit-log-mode=batch"]}]},
    "failed mount": {"steps": [{"make": POLICY},
                               {"kaudit": ["enable", "--wait=3", "--force"]}]},
    "ctrl-c": {"steps": [{"kaudit": ["enable", "--wait=60"], "signals": [[3, "INT"]]}]},
    "terminated": {"steps": [{"kaudit": ["enable", "--wait=60", "--format=json"],
                              "signals": [[3, "TERM"]]}]},
    "twice": {"steps": [{"kaudit": ["enable", "--wait=60"], "signals": [[3, "INT"], [5, "INT"]]}]},
    "hang-up": {"steps": [{"kaudit": ["enable", "--wait=60"], "signals": [[2, "HANG-UP"]]}]},
    "killed": {"steps": [{"kaudit": ["enable", "--wait=60"], "signals": [[3, "KILL"]]},
                         {"kaudit": ["enable", "--wait=60", "--audit-log-maxage=9"],
                          "signals": [[3, "KILL"]]},
                         {"kaudit": ["rollback", "--wait=60"]}]},
    "foreign": {"steps": [{"kaudit": ["enable", "--wait=60"],
                           "signals": [[3, "write:" + THEIRS]]}]},
    "foreign later": {"policy": GOOD.replace("Metadata", "metadata"),
                      "steps": [{"kaudit": ["enable", "--wait=60", "--force"],
                                 "signals": [[7, "write:" + THEIRS]]}]},
    "killed while taking back": {
        "policy": GOOD.replace("Metadata", "metadata"),
        "steps": [{"kaudit": ["enable", "--wait=60", "--force"], "signals": [[7, "KILL"]]},
                  {"kaudit": ["rollback", "--wait=60"]}]},
    "killed rollback": {"steps": [{"kaudit": ["enable"]},
                                  {"kaudit": ["rollback", "--wait=60"], "signals": [[3, "KILL"]]},
                                  {"kaudit": ["rollback", "--wait=60"]}]},
    "never seen": {"kubelet": {"deaf": True},
                   "steps": [{"kaudit": ["enable"]}, {"kaudit": ["rollback", "--wait=15"]}]},
    "deaf": {"kubelet": {"deaf": True},
             "steps": [{"kaudit": ["enable", "--wait=2", "--rollback-wait=2"]}]},
    "linger": {"kubelet": {"linger": 5}, "steps": [{"kaudit": ["enable", "--wait=60"]}]},
    "no kubelet": {"no_kubelet": True,
                   "steps": [{"kaudit": ["enable", "--wait=60"]},
                             {"kaudit": ["enable", "--wait=60", "--format=json"]}]},
    "no kubelet for a policy": {
        "no_kubelet": True, "manifest": AFTER,
        "steps": [{"remove": POLICY}, {"write": "/etc/new.yaml", "text": GOOD},
                  {"kaudit": ["enable", "--policy-from=/etc/new.yaml", "--wait=60"]}]},
}

MASKS = [(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{9}Z-[0-9a-f]{16}", "NAME"),
         (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", "TIME"),
         (r"\d+\.\d s", "N s"), (r"\(pid \d+\)", "(pid N)"), (r"kaudit-probe-[0-9a-f]{16}", "URI")]

WRITTEN = ADDED + (
    "made the log directory /var/log/kubernetes/audit\n"
    f"TIME N s: wrote {MANIFEST}\nTIME N s: backup: /var/lib/kaudit/backups/NAME.manifest\n")
UPGRADE = ("`kubeadm upgrade` writes this file anew and will drop the change: run kaudit enable "
           "--manifest FILE on the ClusterConfiguration, too\n")
READY = "TIME N s: ready (5 of 5 polls)\n"
RUNS = "TIME N s: API server runs (pid N)\n"
BACK = ("TIME N s: old manifest put back\n" + RUNS + "TIME N s: API server is healthy as before\n")
AS_BEFORE = f"{MANIFEST} was put back as it was; the API server is healthy as before (N s)\n"
KEPT = "kept for inspection: /var/lib/kaudit/backups/NAME.failed\n"
KEPT_LOG = KEPT + "kept for inspection: /var/lib/kaudit/backups/NAME.failed-log\n"

pool = {}


def play(binary, name):
    with tempfile.TemporaryDirectory(prefix="kaudit-node-") as directory:
        spec = {"kaudit": binary, "manifest": BEFORE, "policy": GOOD, **SCENARIOS[name]}
        path = os.path.join(directory, "spec.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(spec, file)
        done = subprocess.run(
            ["unshare", "-mnpf", "--kill-child", sys.executable,
             os.path.join(HERE, "fake_node.py"), path],
            capture_output=True, timeout=300, check=False)
        true(done.returncode == 0, f"{name}: {text(done.stderr)}")
        return json.loads(done.stdout)


def node(case, name):
    """What the scenario gave. The first call plays them all."""
    need_root()
    for tool in ("unshare", "openssl"):
        need_tool(tool)
    if subprocess.run(["unshare", "-mnpf", "true"], capture_output=True, check=False).returncode:
        raise Skip("no namespaces here")
    if not pool:
        # The binary of this test goes with it.
        directory = tempfile.mkdtemp(prefix="kaudit-wait-")
        binary = shutil.copy(case.binary, os.path.join(directory, "kaudit"))
        executor = concurrent.futures.ThreadPoolExecutor(8)
        pool.update({each: executor.submit(play, binary, each) for each in SCENARIOS})
        concurrent.futures.wait(pool.values())
        shutil.rmtree(directory)
    return pool[name].result()


def masked(output):
    for pattern, word in MASKS:
        output = re.sub(pattern, word, output)
    return output


def ended(result, code, manifest, err=None, audit=None):
    shown = masked(result["err"])
    equal(code, result["code"], f"exit code\n{shown}")
    if err is not None:
        equal(err, shown, "stderr")
    equal(manifest, result["manifest"], "the manifest")
    if audit is not None:
        equal([audit], [bool(server["audit"]) for server in result["running"]],
              "auditing of the API servers that run")


def states(played):
    return [json.loads(data)["state"] for name, data in sorted(played["backups"].items())
            if name.endswith(".json")]


@test
def a_good_change_is_kept_and_said_step_by_step(case):
    played = node(case, "good")
    ended(played["results"][0], 0, AFTER, audit=True, err=WRITTEN + RUNS + READY + (
        "TIME N s: first audit event seen, level Metadata\n"
        "the API server runs with the new manifest and is healthy (N s)\n") + UPGRADE)
    true(played["results"][0]["seconds"] >= 10, "ten seconds are needed to be sure")
    equal(["kube-apiserver.yaml"], played["manifests"], "files beside the manifest")
    equal(["done", "done"], states(played), "records")


@test
def a_terminal_has_one_line_that_turns(case):
    result = node(case, "terminal")["results"][0]
    ended(result, 0, AFTER)
    rows = result["err"].split("\r\n")
    rows = rows[next(at for at, row in enumerate(rows) if "\r\x1b[K" in row):]
    equal([f"* N s wrote {MANIFEST}", "* N s backup: /var/lib/kaudit/backups/NAME.manifest",
           "* N s API server runs (pid N)", "* N s ready (5 of 5 polls)",
           "* N s first audit event seen, level Metadata"],
          [re.sub(r"\x1b\[\d*m| (?= )", "", masked(row.split("\r\x1b[K")[-1]))
           for row in rows[:5]], "the lines that stay")
    turns = [turn for row in rows for turn in row.split("\r\x1b[K")[:-1] if turn]
    true(len(turns) > 20, f"{len(turns)} turns")
    for turn in turns:
        true(re.fullmatch(r"[|/\\-]  ?\s*\d+\.\d s  .*", turn), f"no turn: {turn!r}")
        true(len(turn) < 60, f"longer than the row: {turn!r}")
    true("waiting for the API server's process" in turns[0], turns[0])
    true(any("polls)" in turn for turn in turns), "good polls are counted")


@test
def again_it_looks_only_whether_all_is_well(case):
    first, again = node(case, "good")["results"][:2]
    ended(again, 0, AFTER, audit=True)
    true(masked(again["err"]).endswith(
        f"already enabled: {MANIFEST}\n" + RUNS +
        "the API server runs with these settings and is healthy\n"), again["err"])
    equal(first["running"], again["running"], "the API server was not restarted")


@test
def a_program_gets_a_json_object_a_line(case):
    result = node(case, "good")["results"][2]
    ended(result, 0, BEFORE, audit=False, err="")
    lines = [json.loads(line) for line in result["out"].splitlines()]
    equal(["manifest", "written", "written", "process-started", *["good-answer"] * 5, "ready",
           "result"], [line["event"] for line in lines], "events")
    for line in lines:
        true(re.fullmatch(r"2\d{3}-.*Z", line["time"]) and line["elapsedSeconds"] >= 0, str(line))
    for key in ("changed", "restartExpected", "backup", "diff"):
        true(key in lines[0], f"{key} is in the first line")
    equal({1}, {line["schemaVersion"] for line in lines}, "schema versions")
    equal((0, "kept", True, True, ""),
          tuple(lines[-1][key] for key in ("exitCode", "outcome", "changed", "healthy", "reason")),
          "the result")
    equal(result["running"][0]["pid"], lines[3]["pid"], "pid")


def annotated(policy):
    """The manifest with the mark of this policy, behind kubeadm's own annotation."""
    line = next(line for line in AFTER.split("\n") if "advertise-address.endpoint" in line)
    mark = hashlib.sha256(policy.encode()).hexdigest()
    return AFTER.replace(line, f'{line}\n    kaudit.io/policy-sha256: "{mark}"')


@test
def an_installed_policy_restarts_the_api_server_once(case):
    first, again, edited = node(case, "installed policy")["results"]
    ended(first, 0, annotated(OTHER), audit=True)
    equal(OTHER, first["policy"], "the policy")
    true(f"replaced the audit policy {POLICY} by /etc/new.yaml\n" in first["err"], first["err"])
    true("first audit event seen, level Metadata\n" in first["err"], first["err"])
    ended(again, 0, annotated(OTHER), audit=True)
    equal(first["running"], again["running"], "the API server was not restarted")
    ended(edited, 0, annotated(GOOD), audit=True)
    true(again["running"][0]["pid"] != edited["running"][0]["pid"], "a new process")


@test
def a_refused_installed_policy_is_taken_back_with_its_manifest(case):
    played = node(case, "refused installed policy")
    ended(played["results"][0], 3, AFTER, audit=True)
    equal(GOOD, played["results"][0]["policy"], "the policy")
    equal(["rolled-back"], states(played), "records")
    reason = "the policy was refused: rules[0].level: Unsupported value: "
    true(f"kaudit: error: {reason}" in played["results"][0]["err"], played["results"][0]["err"])


@test
def a_policy_that_the_old_manifest_needs_stays(case):
    result = node(case, "missing policy")["results"][0]
    ended(result, 3, AFTER, audit=True)
    equal(OTHER, result["policy"], "the policy")
    true("if this fails there is no way back to a healthy API server: the policy file " in
         result["err"], result["err"])


@test
def a_policy_edited_in_place_has_no_way_back(case):
    result = node(case, "edited in place")["results"][0]
    ended(result, 4, AFTER)
    true("warning: the policy was edited in place, so that kaudit has no older one to go back to\n"
         in result["err"], result["err"])


@test
def a_policy_that_was_not_there_before_goes_with_the_change(case):
    played = node(case, "refused first policy")
    ended(played["results"][0], 3, BEFORE, audit=False)
    equal(None, played["results"][0]["policy"], "the policy")


@test
def a_refused_policy_is_taken_back_with_the_reason_quoted(case):
    played = node(case, "refused policy")
    reason = ('the policy was refused: rules[0].level: Unsupported value: "metadata": supported '
              'values: "None", "Metadata", "Request", "RequestResponse"')
    err = masked(played["results"][0]["err"])
    true(f"TIME N s: taking the change back: {reason}\n" + BACK in err, err)
    true(err.endswith(f"kaudit: error: {reason}\n" + AS_BEFORE + KEPT_LOG), err)
    ended(played["results"][0], 3, BEFORE, audit=False)
    equal(["rolled-back"], states(played), "records")
    failed = [data for name, data in played["backups"].items() if name.endswith(".failed")]
    equal([AFTER], failed, "the manifest that failed")
    log = [data for name, data in played["backups"].items() if name.endswith(".failed-log")]
    true(len(log) == 1 and "stderr F Error: loading audit policy file" in log[0], str(log))


@test
def a_crash_loop_is_taken_back_at_the_third_exit(case):
    played = node(case, "crash loop")
    ended(played["results"][0], 3, BEFORE, audit=False)
    err = masked(played["results"][0]["err"])
    true("kaudit: error: the API server ended 3 times, the last time after N s: it said: etcd is in "
         "a bad mood\n" + AS_BEFORE in err, err)


@test
def a_mount_that_the_kubelet_refuses_is_explained(case):
    played = node(case, "failed mount")
    ended(played["results"][0], 3, BEFORE, audit=False)
    err = masked(played["results"][0]["err"])
    true(f"kaudit: error: the policy file {POLICY} is a directory on this host; the API server will "
         "not start\n" + AS_BEFORE + KEPT in err, err)


@test
def ctrl_c_takes_the_change_back(case):
    played = node(case, "ctrl-c")
    ended(played["results"][0], 3, BEFORE, audit=False,
          err=WRITTEN + RUNS + "TIME N s: taking the change back: you asked to stop\n" + BACK +
          "kaudit: error: you asked to stop\n" + AS_BEFORE + KEPT)


@test
def sigterm_does_the_same(case):
    played = node(case, "terminated")
    ended(played["results"][0], 3, BEFORE, audit=False, err="")
    last = json.loads(played["results"][0]["out"].splitlines()[-1])
    equal((3, False, True, "you asked to stop"),
          tuple(last[key] for key in ("exitCode", "changed", "healthy", "reason")), "the result")


@test
def asked_twice_it_gives_up_and_says_how_things_are(case):
    played = node(case, "twice")
    result = played["results"][0]
    ended(result, 4, BEFORE)
    true("the old manifest is back, and nobody waited until the API server is ready\n"
         in result["err"], result["err"])


@test
def a_session_that_hangs_up_does_not_leave_half_a_change(case):
    played = node(case, "hang-up")
    ended(played["results"][0], 0, AFTER, audit=True)
    equal(["done"], states(played), "records")


@test
def a_wait_that_is_killed_is_told_and_mended(case):
    played = node(case, "killed")
    first, second, third = played["results"]
    equal([-9, -9, 0], [result["code"] for result in played["results"]], "exit codes")
    equal(AFTER, first["manifest"], "the manifest after the first")
    true("an earlier change of TIME was interrupted\n" in masked(second["err"]), second["err"])
    ended(third, 0, AFTER, audit=True)
    equal(["pending", "rolled-back"], states(played), "records")


@test
def a_manifest_that_somebody_else_changed_is_left_alone(case):
    played = node(case, "foreign")
    ended(played["results"][0], 4, THEIRS)
    err = masked(played["results"][0]["err"])
    true(err.endswith(
        f"kaudit: error: {MANIFEST} was changed by somebody else during the wait\n"
        "  hint: kaudit check, and look whether the API server is healthy\n"
        f"{MANIFEST} was left as it is now, and nobody waited for its API server\n"), err)


@test
def a_manifest_that_somebody_else_changes_later_is_not_called_healthy(case):
    played = node(case, "foreign later")
    ended(played["results"][0], 4, THEIRS)
    err = masked(played["results"][0]["err"])
    true("; the old manifest was put back, and then " + MANIFEST +
         " was changed by somebody else during the wait\n"
         "  hint: kaudit check, and look whether the API server is healthy\n"
         f"{MANIFEST} was left as it is now, and nobody waited for its API server\n" in err, err)
    equal(["rolled-back"], states(played), "records")


@test
def killed_while_it_takes_back_it_is_mended(case):
    played = node(case, "killed while taking back")
    first, second = played["results"]
    equal((-9, BEFORE), (first["code"], first["manifest"]), "the first")
    ended(second, 0, BEFORE, audit=False,
          err=f"the change of TIME is not in {MANIFEST}; its record was removed\n" + RUNS +
          "the API server runs with these settings and is healthy\n")
    equal([], states(played), "records")


@test
def a_rollback_that_is_killed_is_ended_by_the_next(case):
    played = node(case, "killed rollback")
    _, second, third = played["results"]
    equal((-9, BEFORE), (second["code"], second["manifest"]), "the second")
    ended(third, 0, BEFORE, audit=False)
    true(masked(third["err"]).startswith(f"{MANIFEST} was already as before the change of TIME; its "
                                         "record was completed\n"), third["err"])
    equal(["rolled-back", "rolled-back"], states(played), "records")


@test
def a_change_that_the_kubelet_never_saw_can_be_taken_back(case):
    played = node(case, "never seen")
    ended(played["results"][1], 0, BEFORE, audit=False)
    equal(["rolled-back"], states(played), "records")


@test
def the_old_process_is_not_taken_for_the_new_one(case):
    played = node(case, "deaf")
    ended(played["results"][0], 4, BEFORE)
    err = masked(played["results"][0]["err"])
    true("kaudit: error: the kubelet did not start a new API server within 2 s\n" in err, err)
    true("was put back as it was, but the API server is not healthy: it did not become healthy "
         "again within 2 s\n" in err, err)


@test
def the_port_may_be_occupied_for_a_while(case):
    played = node(case, "linger")
    ended(played["results"][0], 0, AFTER, audit=True)
    true("API server ended (1 so far)" in played["results"][0]["err"],
         played["results"][0]["err"])


@test
def without_a_kubelet_nothing_is_written(case):
    played = node(case, "no kubelet")
    ended(played["results"][0], 2, BEFORE,
          err=f"{MANIFEST}: error: no kubelet can be seen among the processes here, and without one "
              "nothing would restart the API server\n  hint: run kaudit on the node itself with the "
              "kubelet running, or leave out --wait\n")
    equal({}, played["backups"], "backups")
    lines = played["results"][1]["out"].splitlines()
    equal(1, len(lines), "lines of JSON")
    last = json.loads(lines[0])
    equal(("result", 2, "refused", False),
          tuple(last[key] for key in ("event", "exitCode", "outcome", "changed")), "the result")


@test
def without_a_kubelet_no_policy_is_written_either(case):
    played = node(case, "no kubelet for a policy")
    ended(played["results"][0], 2, AFTER,
          err=f"{MANIFEST}: error: no kubelet can be seen among the processes here, and without one "
              "nothing would restart the API server\n  hint: run kaudit on the node itself with the "
              "kubelet running, or leave out --wait\n")
    equal(None, played["results"][0]["policy"], "the policy")


@test
def what_one_cannot_wait_for_is_refused(case):
    case.write("m.yaml")
    for words, message, hint in (
            (["--manifest=m.yaml"],
             "kaudit: error: the kubelet does not run m.yaml, so that there is nothing to wait for",
             "leave out --wait"),
            (["--manifest=m.yaml", "--dry-run"],
             "kaudit: error: '--wait' waits for the kubelet, and with '--dry-run' it has nothing to "
             "do", "leave one out"),
            (["--manifest=m.yaml", "-o", "x"],
             "kaudit: error: '--wait' waits for the kubelet, and with '-o' it has nothing to do",
             "leave one out"),
            (["--root=."],
             "kaudit: error: '--wait' needs this machine's processes, and '--root' names another's "
             "files", "leave out '--wait', or run kaudit on the node itself")):
        with case.untouched():
            case.kaudit("enable", "--wait", *words).expect(
                2, out="", err=f"{message}\n  hint: {hint}\n")


# ---- status and check, where something runs --------------------------------------------------------


@test
def status_tells_what_is_recorded_now(case):
    before, _, after, _ = node(case, "looked at")["results"]
    ended(before, 1, BEFORE)
    equal("auditing:   not recorded: the API server runs without audit flags\n"
          "API server: pid N, started TIME\n"
          f"manifest:   {MANIFEST}, which agrees\n",
          re.sub(r"pid \d+, started [-0-9T:]*Z", "pid N, started TIME", before["out"]), "stdout")
    ended(after, 0, AFTER)
    report = json.loads(after["out"])
    equal((True, "", True), (report["recording"], report["reason"], report["probeRecorded"]),
          "recording")
    equal(after["running"][0]["pid"], report["running"]["pid"], "pid")
    equal({"audit-log-path": "/var/log/kubernetes/audit/audit.log", "audit-policy-file": POLICY,
           "audit-log-maxage": "30", "audit-log-maxbackup": "10", "audit-log-maxsize": "100"},
          report["running"]["auditFlags"], "flags")
    equal(hashlib.sha256(GOOD.encode()).hexdigest(), report["policy"]["sha256"], "policy")
    true(report["log"]["lastEventAgeSeconds"] >= 0 and report["log"]["bytes"] > 0,
         str(report["log"]))


def status_text(shown):
    """Without what differs from run to run."""
    for pattern, mask in ((r"pid \d+, started [-0-9T:]*Z", "pid N, started TIME"),
                          (r"last event: +\d+ (s|days) ago", r"last event: N \1 ago"),
                          (r"\d+ bytes with", "N bytes with")):
        shown = re.sub(pattern, mask, shown)
    return shown


def status_of(state, policy, last):
    return (f"auditing:   {state}\n"
            "API server: pid N, started TIME\n"
            f"            --audit-policy-file={POLICY}\n"
            f"            --audit-log-path={LOG}\n"
            "            --audit-log-maxage=30\n"
            "            --audit-log-maxbackup=10\n"
            "            --audit-log-maxsize=100\n"
            f"manifest:   {MANIFEST}, which agrees\n"
            f"policy:     {POLICY}, sha256 {hashlib.sha256(policy.encode()).hexdigest()}\n"
            f"last event: {last}\n"
            f"log:        {LOG}, N bytes with 0 rotated\n")


UNSEEN = "a request of kaudit's own was not recorded within 2 s"


@test
def status_asks_whether_a_request_of_its_own_is_recorded(case):
    before, mute, empty, unread = node(case, "mute")["results"]
    ended(before, 0, AFTER)
    equal(status_of("recorded, a request of kaudit's own, too", GOOD, "N s ago"),
          status_text(before["out"]), "stdout")
    true(before["seconds"] < 1.5, f"it took {before['seconds']} s")
    ended(mute, 1, AFTER)
    equal(status_of("not recorded: " + UNSEEN, GOOD, "N s ago"), status_text(mute["out"]), "stdout")
    true(2 <= mute["seconds"] < 20, f"it took {mute['seconds']} s")
    for found, reason, probe in ((empty, UNSEEN, False), (unread, f"no event is in {LOG}", None)):
        ended(found, 1, AFTER)
        report = json.loads(found["out"])
        equal((False, reason, probe, None, 0),
              (report["recording"], report["reason"], report["probeRecorded"],
               report["log"]["lastEvent"], report["log"]["bytes"]), "report")


@test
def status_goes_by_the_last_event_where_the_policy_may_record_no_request(case):
    empty, old, new = node(case, "nothing to record")["results"]
    policy = GOOD.replace("Metadata", "None")
    ended(empty, 1, AFTER)
    report = json.loads(empty["out"])
    equal((False, f"no event is in {LOG}", None, None),
          (report["recording"], report["reason"], report["probeRecorded"],
           report["log"]["lastEvent"]), "report")
    ended(old, 1, AFTER)
    equal(status_of("not recorded: no event was written since the API server was started", policy,
                    "N days ago"), status_text(old["out"]), "stdout")
    ended(new, 0, AFTER)
    equal(status_of("recorded", policy, "N s ago"), status_text(new["out"]), "stdout")


@test
def check_tells_which_of_two_files_runs(case):
    found = node(case, "looked at")["results"][3]
    equal(1, found["code"], "exit code")
    true(f"{MANIFEST}.bak defines the same Pod, and the kubelet runs {MANIFEST}.bak from its next "
         f"listing on; the API server that runs now has the settings of {MANIFEST}" in found["out"],
         found["out"])


@test
def check_tells_that_the_manifest_is_not_in_force(case):
    _, check, status = node(case, "running differs")["results"]
    true("warning: the API server that runs has no --audit-policy-file, no --audit-log-path, no "
         "--audit-log-maxage, no --audit-log-maxbackup, no --audit-log-maxsize, unlike the manifest; "
         "what the manifest says is not in force [running-differs]\n" in check["out"], check["out"])
    equal(1, status["code"], "exit code")
    true("which differs in --audit-policy-file, --audit-log-path, " in status["out"], status["out"])
