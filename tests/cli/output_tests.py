"""What goes to which stream, -o and pipes, and the JSON form."""

import json
import os
import subprocess

from harness import ENABLED, PLAIN, equal, need_tool, test, text, true

ADDED = """\
  + --audit-policy-file=/etc/kubernetes/audit/audit-policy.yaml  (kaudit's default)
  + --audit-log-path=/var/log/kubernetes/audit/audit.log  (kaudit's default)
  + --audit-log-maxage=30  (kaudit's default)
  + --audit-log-maxbackup=10  (kaudit's default)
  + --audit-log-maxsize=100  (kaudit's default)
  + mount /etc/kubernetes/audit/audit-policy.yaml (volume audit-policy)  (for --audit-policy-file)
  + mount /var/log/kubernetes/audit (volume audit-log)  (for --audit-log-path)
"""
KEPT = """\
  = --audit-policy-file=/etc/kubernetes/audit/audit-policy.yaml  (already there)
  = --audit-log-path=/var/log/kubernetes/audit/audit.log  (already there)
  = --audit-log-maxage=30  (already there)
  = --audit-log-maxbackup=10  (already there)
  = --audit-log-maxsize=100  (already there)
  = mount /etc/kubernetes/audit/audit-policy.yaml (volume audit-policy)  (already serves the policy file)
  = mount /var/log/kubernetes/audit (volume audit-log)  (already serves the log directory)
"""
REMOVED = """\
  - --audit-log-maxage=30  (an audit flag)
  - --audit-log-maxbackup=10  (an audit flag)
  - --audit-log-maxsize=100  (an audit flag)
  - --audit-log-path=/var/log/kubernetes/audit/audit.log  (an audit flag)
  - --audit-policy-file=/etc/kubernetes/audit/audit-policy.yaml  (an audit flag)
  - mount /var/log/kubernetes/audit (volume audit-log)  (it served only auditing)
  - mount /etc/kubernetes/audit/audit-policy.yaml (volume audit-policy)  (it served only auditing)
"""
POLICY_FIRST = ("the audit policy must be at /etc/kubernetes/audit/audit-policy.yaml on the node "
                "before the kubelet reads this manifest\n")
LEFT = ("left on the host: the policy /etc/kubernetes/audit/audit-policy.yaml and the logs in "
        "/var/log/kubernetes/audit\n")
DIFF = """\
--- m.yaml
+++ m.yaml
@@ -15,6 +15,11 @@
     - kube-apiserver
     - --advertise-address=192.0.2.14
     - --allow-privileged=true
+    - --audit-log-maxage=30
+    - --audit-log-maxbackup=10
+    - --audit-log-maxsize=100
+    - --audit-log-path=/var/log/kubernetes/audit/audit.log
+    - --audit-policy-file=/etc/kubernetes/audit/audit-policy.yaml
     - --authorization-mode=Node,RBAC
     - --client-ca-file=/etc/kubernetes/pki/ca.crt
     - --enable-admission-plugins=NodeRestriction
@@ -76,6 +81,11 @@
       periodSeconds: 10
       timeoutSeconds: 15
     volumeMounts:
+    - mountPath: /var/log/kubernetes/audit
+      name: audit-log
+    - mountPath: /etc/kubernetes/audit/audit-policy.yaml
+      name: audit-policy
+      readOnly: true
     - mountPath: /etc/ssl/certs
       name: ca-certs
       readOnly: true
@@ -95,6 +105,14 @@
     seccompProfile:
       type: RuntimeDefault
   volumes:
+  - hostPath:
+      path: /var/log/kubernetes/audit
+      type: DirectoryOrCreate
+    name: audit-log
+  - hostPath:
+      path: /etc/kubernetes/audit/audit-policy.yaml
+      type: File
+    name: audit-policy
   - hostPath:
       path: /etc/ssl/certs
       type: DirectoryOrCreate
"""


@test
def a_dry_run_prints_the_diff_and_writes_nothing(case):
    case.write("m.yaml")
    with case.untouched():
        case.kaudit("enable", "--manifest=m.yaml", "--dry-run").expect(
            0, out=DIFF, err=ADDED + "dry run: m.yaml was not changed\n" + POLICY_FIRST)
        case.kaudit("enable", "--manifest=m.yaml", "--dry-run", "--quiet").expect(0, out=DIFF, err="")


@test
def patch_makes_of_the_diff_what_a_real_run_writes(case):
    patch = need_tool("patch")
    variants = {"lf": PLAIN, "crlf": PLAIN.replace(b"\n", b"\r\n"), "end": PLAIN.rstrip(b"\n"),
                "mark": b"\xef\xbb\xbf" + PLAIN}
    for name, data in variants.items():
        for words in (["--audit-log-maxage=7"], ["--audit-log-path=/data/a.log"]):
            case.write("m.yaml", data)
            case.write("patched.yaml", data)
            diff = case.kaudit("enable", "--manifest=m.yaml", "--dry-run", *words).expect(0).out
            done = subprocess.run([patch, "--binary", "-s", case.path("patched.yaml")], input=diff,
                                  capture_output=True, check=False)
            equal(0, done.returncode, f"{name}: patch: {text(done.stdout)}")
            case.kaudit("enable", "--manifest=m.yaml", *words).expect(0, out="")
            true(case.read("m.yaml") != data, "nothing was written")
            equal(case.read("m.yaml"), case.read("patched.yaml"), f"{name} {words}")


@test
def a_write_reports_on_standard_error_only(case):
    case.write("m.yaml")
    case.kaudit("enable", "--manifest=m.yaml").expect(
        0, out="", err=ADDED + "wrote m.yaml\n" + POLICY_FIRST)
    equal(ENABLED, case.read("m.yaml"), "enabled")
    case.kaudit("enable", "--manifest=m.yaml").expect(0, out="", err=KEPT + "already enabled: m.yaml\n")
    case.kaudit("enable", "--manifest=m.yaml", "--dry-run").expect(
        0, out="", err=KEPT + "already enabled: m.yaml\n")
    case.kaudit("disable", "--manifest=m.yaml").expect(
        0, out="", err=REMOVED + "wrote m.yaml\n" + LEFT)
    equal(PLAIN, case.read("m.yaml"), "disabled")
    case.kaudit("disable", "--manifest=m.yaml").expect(0, out="", err="already disabled: m.yaml\n")


@test
def diff_and_quiet_while_writing(case):
    case.write("m.yaml")
    case.kaudit("enable", "--manifest=m.yaml", "--diff", "--quiet").expect(0, out=DIFF, err="")
    equal(ENABLED, case.read("m.yaml"), "the manifest")
    case.kaudit("enable", "--manifest=m.yaml", "--quiet").expect(0, out="", err="")
    case.write("broken.yaml", "kind: ConfigMap\n")
    ran = case.kaudit("enable", "--manifest=broken.yaml", "--quiet").expect(2, out="")
    true(ran.err.startswith(b"broken.yaml:1:7: error: "), "--quiet must not swallow a refusal")


@test
def a_pipe_reads_standard_input_and_writes_standard_output(case):
    with case.untouched():
        case.kaudit("enable", "--manifest=-", stdin=PLAIN).expect(
            0, out=ENABLED, err=ADDED + POLICY_FIRST)
        case.kaudit("disable", "--manifest", "-", stdin=ENABLED).expect(0, out=PLAIN, err=REMOVED + LEFT)
        case.kaudit("enable", "--manifest=-", stdin=ENABLED).expect(
            0, out=ENABLED, err=KEPT + "already enabled: <stdin>\n")
        case.kaudit("enable", "--manifest=-", "--dry-run", stdin=PLAIN).expect(
            0, out=DIFF.replace("m.yaml", "<stdin>"),
            err=ADDED + "dry run: <stdin> was not changed\n" + POLICY_FIRST)
        case.kaudit("enable", "--manifest=-", stdin=b"").expect(2, out="", err=(
            "<stdin>: error: the file is empty\n"
            "  hint: give the API server's static Pod manifest\n"))
    case.kaudit("enable", "--manifest=-", "-o", "o.yaml", stdin=PLAIN).expect(0, out="")
    equal(ENABLED, case.read("o.yaml"), "-o of a pipe")


@test
def output_to_standard_output_leaves_the_manifest_alone(case):
    case.write("m.yaml")
    with case.untouched():
        case.kaudit("enable", "--manifest=m.yaml", "-o", "-").expect(
            0, out=ENABLED, err=ADDED + POLICY_FIRST)
        case.kaudit("enable", "--manifest=m.yaml", "--output=-", "--quiet").expect(
            0, out=ENABLED, err="")


@test
def output_to_a_file_is_private_or_keeps_its_mode(case):
    case.write("m.yaml", mode=0o644)
    manifest = case.snapshot("")[case.path("m.yaml")]
    for mask in (0o000, 0o077):
        old = os.umask(mask)
        case.kaudit("enable", "--manifest=m.yaml", "-o", "new.yaml").expect(
            0, out="", err=ADDED + "wrote new.yaml\n" + POLICY_FIRST)
        os.umask(old)
        equal(0o600, case.mode("new.yaml"), "the mode of a new file")
        os.remove(case.path("new.yaml"))
    case.write("old.yaml", "something else\n", mode=0o640)
    os.symlink("old.yaml", case.path("link.yaml"))
    case.kaudit("enable", "--manifest=m.yaml", "-o", "link.yaml").expect(0)
    equal(0o640, case.mode("old.yaml"), "the mode of an existing file")
    equal(ENABLED, case.read("old.yaml"), "what stood behind the symlink")
    equal("old.yaml", os.readlink(case.path("link.yaml")), "the symlink")
    equal(["link.yaml", "m.yaml", "old.yaml"], case.names(), "files left")
    equal(manifest, case.snapshot("")[case.path("m.yaml")], "the manifest")


@test
def output_refuses_the_manifest_itself(case):
    case.write("m.yaml")
    os.symlink("m.yaml", case.path("link.yaml"))
    os.link(case.path("m.yaml"), case.path("hard.yaml"))
    with case.untouched():
        for name in ("m.yaml", "./m.yaml", "link.yaml", "hard.yaml", case.path("m.yaml")):
            shown = case.plain(name) if name.startswith("/") else f"DIR/{name}"
            case.kaudit("enable", "--manifest=m.yaml", "-o", name).expect(2, out="", err=(
                f"m.yaml: error: {shown} is the manifest itself, which -o never changes\n"
                "  hint: leave out -o to change it, or name another file\n"))
        case.kaudit("enable", "--manifest=m.yaml", "-o", "/dev/full").expect(2, out="", err=(
            "m.yaml: error: /dev/full is not a regular file\n"
            "  hint: write to standard output with -o -\n"))
        case.kaudit("enable", "--manifest=m.yaml", "-o", "none/x.yaml").expect(2, out="", err=(
            "m.yaml: error: cannot find DIR/none: No such file or directory\n"
            "  hint: check the path\n"))


KEYS = ["schemaVersion", "command", "manifest", "changed", "dryRun", "restartExpected", "backup",
        "diff", "steps", "findings", "warnings", "advice"]
REFUSAL_KEYS = ["schemaVersion", "command", "changed", "restartExpected", "backup", "diff", "error"]


def as_json(ran):
    return json.loads(ran.out.decode("utf-8"))


@test
def json_of_a_dry_run_a_write_and_nothing_to_do(case):
    case.write("m.yaml")
    dry = as_json(case.kaudit("enable", "--manifest=m.yaml", "--dry-run", "--format=json").expect(
        0, err=""))
    equal(PLAIN, case.read("m.yaml"), "the manifest after a dry run")
    equal(KEYS, list(dry), "the keys")
    equal((1, "enable", "m.yaml", True, True, False, None, DIFF),
          tuple(dry[k] for k in KEYS[:8]), "a dry run")
    equal({"action": "added", "what": "--audit-log-maxage=30", "why": "kaudit's default"},
          dry["steps"][2], "a step")
    equal(7, len(dry["steps"]), "steps")
    wrote = as_json(case.kaudit("enable", "--manifest=m.yaml", "--format=json").expect(0, err=""))
    equal(ENABLED, case.read("m.yaml"), "the manifest after a write")
    equal((1, "enable", "m.yaml", True, False, False, None, DIFF),
          tuple(wrote[k] for k in KEYS[:8]), "a write of a manifest that is not live")
    again = as_json(case.kaudit("enable", "--manifest=m.yaml", "--format=json").expect(0, err=""))
    equal((1, "enable", "m.yaml", False, False, False, None, ""),
          tuple(again[k] for k in KEYS[:8]), "nothing to do")
    piped = case.kaudit("disable", "--manifest=-", "--dry-run", "--format=json", stdin=ENABLED)
    equal(("disable", "<stdin>", True), tuple(as_json(piped.expect(0, err=""))[k] for k in KEYS[1:4]),
          "a dry run of a pipe")


@test
def json_of_a_refusal(case):
    case.write("m.yaml", "apiVersion: v1\nkind: ConfigMap\n")
    ran = case.kaudit("enable", "--manifest=m.yaml", "--format=json").expect(2)
    said = as_json(ran)
    equal(REFUSAL_KEYS, list(said), "the keys")
    equal((1, "enable", False, False, None, ""), tuple(said[k] for k in REFUSAL_KEYS[:6]), "values")
    equal({"line": 2, "column": 7,
           "message": "the first document is of kind ConfigMap, not a Pod, and the kubelet reads only the first",
           "hint": "give the API server's static Pod manifest, usually "
                   "/etc/kubernetes/manifests/kube-apiserver.yaml", "file": "m.yaml"}, said["error"], "the error")
    true(ran.err.startswith(b"m.yaml:2:7: error: "), "the refusal is said to a person too")


@test
def json_of_a_mistyped_command_line(case):
    case.write("m.yaml")
    ran = case.kaudit("enable", "--manifest=m.yaml", "--format=json", "--dryrun").expect(2)
    equal(b"", ran.out, "stdout, as no format is known yet")


@test
def json_of_a_name_that_is_not_utf_8(case):
    name = os.fsencode(case.dir) + b"/\xff.yaml"
    with open(name, "wb") as file:
        file.write(PLAIN)
    ran = case.run([case.binary, "enable", b"--manifest=\xff.yaml", "--format=json"],
                   shown=["enable", "--manifest=FF.yaml"]).expect(0, err="")
    equal("\ufffd.yaml", as_json(ran)["manifest"], "the manifest's name")
    with open(name, "rb") as file:
        equal(ENABLED, file.read(), "the manifest")


# ---- streams that are not there --------------------------------------------------------------------


def shell(case, line, **env):
    return case.run(["/bin/sh", "-c", line], env=case.environment(K=case.binary, **env), shown=[line])


@test
def a_closed_standard_output_does_not_stop_a_write(case):
    for line in ('("$K" enable --manifest=m.yaml --diff; echo $? >code) | head -c 0',
                 '"$K" enable --manifest=m.yaml --diff >&-; echo $? >code',
                 '"$K" enable --manifest=m.yaml --diff >/dev/full; echo $? >code',
                 '"$K" enable --manifest=m.yaml --diff <&- >&- 2>&-; echo $? >code',
                 '"$K" enable --root=. --manifest=m.yaml <&- >&- 2>&-; echo $? >code'):
        case.write("m.yaml")
        shell(case, line)
        equal((ENABLED, b"0\n"), (case.read("m.yaml"), case.read("code")), line)
        equal(["code", "m.yaml"], case.names(), line)


@test
def what_nobody_got_is_no_success(case):
    case.write("m.yaml")
    for words in ("--dry-run", "-o -"):
        for stream in (">/dev/full", ">&-"):
            ran = shell(case, f'"$K" enable --manifest=m.yaml --quiet {words} {stream}').expect(2)
            true(b"standard output" in ran.err,
                 f"{words} {stream}: exit code 2 without a word: {text(ran.err)!r}")


@test
def a_closed_standard_input_is_said(case):
    shell(case, '"$K" enable --manifest=- <&-').expect(
        2, out="", err="kaudit: error: standard input cannot be read\n")


@test
def no_prompt_and_no_wait_in_a_pipe(case):
    case.write("m.yaml")
    read_end, write_end = os.pipe()  # nobody writes, nobody closes: a question would wait for ever
    try:
        done = subprocess.run([case.binary, "enable", "--manifest=m.yaml"], stdin=read_end, cwd=case.dir,
                              capture_output=True, timeout=5, env=case.environment(), check=False)
    finally:
        os.close(read_end)
        os.close(write_end)
    equal((0, ENABLED), (done.returncode, case.read("m.yaml")), "a run whose stdin never ends")
