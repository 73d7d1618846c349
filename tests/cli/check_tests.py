"""kaudit check: exit codes, what it looks at, what it prints, the host behind a live manifest, and
the table of rules."""

import json
import os
import shutil
import subprocess

from harness import (ENABLED, PLAIN, TESTDATA, TIMEOUT, equal, need_root, test, testdata, text,
                     true)
from live_node import LOGS, MANIFEST, MANIFESTS, MASKS, POLICY, POLICY_BYTES, SHOWN, LiveNode
from terminal_tests import BOLD_RED, on_terminal, uncoloured

POLICY_FLAG = b"    - --audit-policy-file=/etc/kubernetes/audit/audit-policy.yaml\n"
# One finding each: an error, a warning. PLAIN has a note, ENABLED none.
BAD = ENABLED.replace(POLICY_FLAG, b"")
RISKY = ENABLED.replace(b"--audit-log-maxage=30", b"--audit-log-maxage=7")

OFF = ": note: no audit flag is set; nothing is recorded [auditing-off]\n  fix: run kaudit enable\n"
LOST = """\
:21:24: error: --audit-log-path=/var/log/kubernetes/audit/audit.log is set, but no \
--audit-policy-file; nothing is recorded [backend-without-policy]
        - --audit-log-path=/var/log/kubernetes/audit/audit.log
                           ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
  fix: run kaudit enable
"""
# Depends on the machine that the tests run on.
ELSEWHERE = "--disable=disk-budget"


def rule_folders():
    return sorted(name for folder in ("check", "policy")
                  for name in os.listdir(os.path.join(TESTDATA, folder)))


def loaded(ran):
    return json.loads(ran.out)


def ids(ran):
    return [finding["id"] for finding in loaded(ran)["findings"]]


def lines(ran, masks=()):
    return ran.case.plain(ran.out, masks).splitlines()


# ---- exit codes ----------------------------------------------------------------------------------


@test
def the_exit_code_of_check_follows_fail_on(case):
    #        name    bytes    rule                          error, warning, note
    table = [("none", ENABLED, [], (0, 0, 0)),
             ("note", PLAIN, ["auditing-off"], (0, 0, 1)),
             ("warning", RISKY, ["rotation-below-benchmark"], (0, 1, 1)),
             ("error", BAD, ["backend-without-policy"], (1, 1, 1))]
    case.write("m.yaml")
    for name, data, rules, codes in table:
        case.write("m.yaml", data)
        with case.untouched():
            ran = case.kaudit("check", "m.yaml", "--format=json").expect(codes[0], err="")
            equal(rules, ids(ran), f"findings of the manifest with: {name}")
            for word, code in zip(("error", "warning", "note"), codes):
                case.kaudit("check", "m.yaml", f"--fail-on={word}").expect(code, err="")
                case.kaudit("check", f"--fail-on={word}", "--manifest=m.yaml").expect(code, err="")
                # Neither a form nor a table nor silence changes the verdict.
                for form in ("--format=json", "--format=sarif", "--format=github", "--summary",
                             "--quiet"):
                    case.kaudit("check", "m.yaml", form, f"--fail-on={word}").expect(code, err="")


@test
def a_file_that_cannot_be_checked_is_code_2(case):
    case.write("good.yaml", ENABLED)
    case.write("broken.yaml", "kind: [")
    case.write("other.yaml", "kind: ConfigMap\n")
    case.write("empty.yaml", "")
    case.write("script.yaml", testdata("enable", "refused-shell-wrapper", "in.yaml"))
    with case.untouched():
        for name in ("none.yaml", "broken.yaml", "other.yaml", "empty.yaml", "script.yaml"):
            for words in ((name,), (name, "good.yaml"), ("good.yaml", name), (name, "--quiet"),
                          (name, "--summary"), (name, "--profile=cis")):
                ran = case.kaudit("check", *words).expect(2, err="")
                true(name in text(ran.out), f"{words}: {name} is not named:\n{text(ran.out)}")
            ran = case.kaudit("check", name, "--format=json").expect(2, err="")
            equal(([name], []), ([e["file"] for e in loaded(ran)["errors"]], ids(ran)),
                  "the errors in JSON")


@test
def check_says_why_a_file_cannot_be_checked(case):
    case.write("broken.yaml", "kind: Pod\nspec: [a, b\n")
    case.kaudit("check", "broken.yaml").expect(2, err="", out="""\
broken.yaml:2:13: error: not valid YAML: end of sequence flow not found
    spec: [a, b
               ^
  hint: Kubernetes cannot read this file either; mend it first

1 file could not be checked
""")
    case.kaudit("check", "none.yaml").expect(2, err="", out="""\
none.yaml: error: cannot read DIR/none.yaml: No such file or directory
  hint: check the path

1 file could not be checked
""")
    os.mkdir(case.path("root"))
    case.kaudit("check", "--root=root").expect(2, err="", masks=MASKS, out=f"""\
{SHOWN}: error: cannot read {SHOWN}: No such file or directory
  hint: is this a control-plane node? --manifest names another file

1 file could not be checked
""")


@test
def an_unreadable_manifest_to_check_says_sudo(case):
    case.write("m.yaml", mode=0o600)
    with case.untouched():
        case.kaudit_as_nobody("check", "m.yaml").expect(2, err="", out="""\
m.yaml: error: cannot read DIR/m.yaml: Permission denied
  hint: run it with sudo

1 file could not be checked
""")


@test
def a_report_that_nobody_gets_is_no_success(case):
    case.write("m.yaml", ENABLED)
    with open("/dev/full", "wb") as full:
        done = subprocess.run([case.binary, "check", "m.yaml"], stdout=full, stderr=subprocess.PIPE,
                              cwd=case.dir, env=case.environment(), timeout=TIMEOUT, check=False)
    equal((2, b"kaudit: error: cannot write to standard output: No space left on device\n"),
          (done.returncode, done.stderr), "exit code and standard error")


MISTYPED = [
    (["m.yaml", "--fail-on=fatal"], "'--fail-on=fatal' is not possible",
     "give error, warning or note"),
    (["m.yaml", "--profile=pci"], "'--profile=pci' is not possible", "give cis or stig"),
    (["m.yaml", "--format=xml"], "'--format=xml' is not possible",
     "give text, json, sarif, github or markdown"),
    (["m.yaml", "--format=markdown"], "'--format=markdown' needs '--list-rules'",
     "give text, json, sarif or github"),
    (["m.yaml", "--format=sarif", "--profile=cis"], "sarif and github are forms of findings alone",
     "give '--format=json'"),
    (["--list-rules", "--format=github"], "sarif and github are forms of findings alone",
     "give '--format=json'"),
    (["m.yaml", "--summary", "--format=json"], "'--summary' is a table of its own",
     "leave out '--profile' and '--format'; the JSON holds the same totals"),
    (["--list-rules", "m.yaml"], "'--list-rules' and '--explain' look at no file",
     "leave the file out"),
    (["--manifest=m.yaml", "m.yaml"], "'--manifest' and a file name are both given",
     "name every file without an option"),
    (["-", "m.yaml", "-"], "standard input is named twice", "name it once"),
    (["m.yaml", ""], "an argument is empty",
     "was a shell variable unset? give a value, or leave the option out"),
    (["m.yaml", "--dry-run"], "'--dry-run' is not an option of 'kaudit check'",
     "it belongs to 'kaudit enable', 'kaudit disable', 'kaudit policy install', 'kaudit rollback', 'kaudit kubeadm patch'"),
    (["m.yaml", "--disable=rotation-unsett"],
     "there is no rule 'rotation-unsett', did you mean 'rotation-unset'?",
     "'kaudit check --list-rules' lists them"),
    (["--explain", "policy-file-mising"],
     "there is no rule 'policy-file-mising', did you mean 'policy-file-missing'?",
     "'kaudit check --list-rules' lists them"),
    (["--explain=zzzzzzzz"], "there is no rule 'zzzzzzzz'",
     "'kaudit check --list-rules' lists them"),
]


@test
def check_refuses_what_it_does_not_understand(case):
    case.write("m.yaml", ENABLED)
    with case.untouched():
        for words, message, hint in MISTYPED:
            case.kaudit("check", *words).expect(
                2, out="", err=f"kaudit: error: {message}\n  hint: {hint}\n")


# ---- what is looked at ---------------------------------------------------------------------------


@test
def several_files_are_all_reported_and_a_broken_one_among_them(case):
    case.write("off.yaml", PLAIN)
    case.write("good.yaml", ENABLED)
    case.write("broken.yaml", "kind: Pod\nspec: [a, b\n")
    case.write("bad.yaml", BAD)
    words = ("off.yaml", "good.yaml", "broken.yaml", "none.yaml", "bad.yaml")
    with case.untouched():
        case.kaudit("check", *words).expect(2, err="", out=f"""\
off.yaml{OFF}
broken.yaml:2:13: error: not valid YAML: end of sequence flow not found
    spec: [a, b
               ^
  hint: Kubernetes cannot read this file either; mend it first

none.yaml: error: cannot read DIR/none.yaml: No such file or directory
  hint: check the path

bad.yaml{LOST}
1 error and 1 note in 3 files; 2 files could not be checked
""")
        ran = case.kaudit("check", *words, "--format=json").expect(2, err="")
    equal([("off.yaml", "auditing-off"), ("bad.yaml", "backend-without-policy")],
          [(f["file"], f["id"]) for f in loaded(ran)["findings"]], "findings")
    equal([("broken.yaml", 2, 13), ("none.yaml", None, None)],
          [(e["file"], e["line"], e["column"]) for e in loaded(ran)["errors"]], "errors")
    equal({"files": 5, "checked": 3, "skipped": 0, "errors": 1, "warnings": 0, "notes": 1},
          loaded(ran)["summary"], "summary")


@test
def check_reads_standard_input(case):
    with case.untouched():
        case.kaudit("check", "-", stdin=ENABLED).expect(0, err="", out="no findings in 1 file\n")
        case.kaudit("check", "-", stdin=PLAIN).expect(
            0, err="", out=f"<stdin>{OFF}\n1 note in 1 file\n")
        case.kaudit("check", "--manifest=-", stdin=BAD).expect(
            1, err="", out=f"<stdin>{LOST}\n1 error in 1 file\n")
        case.kaudit("check", "-", stdin=b"").expect(2, err="")
    case.write("m.yaml", PLAIN)
    ran = case.kaudit("check", "m.yaml", "-", "--format=json", stdin=BAD).expect(1, err="")
    equal(["m.yaml", "<stdin>"], [f["file"] for f in loaded(ran)["findings"]], "files")


@test
def a_directory_stands_for_the_manifests_in_it_and_below(case):
    for name in ("a.yaml", "c.json", "d.manifest", "sub/deep/b.yml"):
        case.write("dir/" + name, PLAIN)
    case.write("dir/etcd.yaml", "apiVersion: v1\nkind: Pod\nmetadata:\n  name: etcd\n")
    case.write("dir/service.yaml",
               "apiVersion: v1\nkind: Service\nmetadata:\n  name: kube-apiserver\n")
    case.write("dir/values.yaml", "kind: [")  # nothing in it could run an API server
    for name in ("readme.md", ".hidden.yaml", "a.yaml.bak", ".git/e.yaml"):
        case.write("dir/" + name, "kind: [ # kube-apiserver")
    case.write("outside/f.yaml", BAD)
    os.symlink("../outside", case.path("dir/link"))
    with case.untouched():
        ran = case.kaudit("check", "dir", "--format=json").expect(0, err="")
        equal(["dir/a.yaml", "dir/c.json", "dir/d.manifest", "dir/sub/deep/b.yml"],
              [f["file"] for f in loaded(ran)["findings"]], "files")
        equal({"files": 4, "checked": 4, "skipped": 3, "errors": 0, "warnings": 0, "notes": 4},
              loaded(ran)["summary"], "summary")
        equal("4 notes in 4 files; 3 files are no API server's manifest",
              lines(case.kaudit("check", "dir").expect(0, err=""))[-1], "the closing line")
        # Named, a file that is no API server's manifest is an error.
        case.kaudit("check", "dir", "dir/etcd.yaml").expect(2, err="")
    case.write("dir/broken.yaml", "kind: [ # kube-apiserver")
    ran = case.kaudit("check", "dir", "outside", "--format=json").expect(2, err="")
    equal((["dir/broken.yaml"], "outside/f.yaml"),
          ([e["file"] for e in loaded(ran)["errors"]], loaded(ran)["findings"][-1]["file"]),
          "the broken one, and the other directory all the same")


@test
def a_directory_without_a_manifest_is_a_mistake(case):
    os.mkdir(case.path("dir"))
    said = "dir: error: no API server's manifest is in it\n" \
           "  hint: name the file itself, whatever its extension\n\n"
    case.kaudit("check", "dir").expect(2, err="", out=said + "1 file could not be checked\n")
    case.write("dir/other.yaml", "kind: ConfigMap\n")
    case.kaudit("check", "dir").expect(2, err="", out=said + (
        "1 file is no API server's manifest; 1 file could not be checked\n"))


@test
def names_that_shells_and_links_find_hard(case):
    for name in ("a b.yaml", "-m.yaml", "ümlaut.yaml", "a,b:c.yaml"):
        case.write(name, BAD)
        case.kaudit("check", "--", name).expect(
            1, err="", out=f"{name}{LOST}\n1 error in 1 file\n")
        ran = case.kaudit("check", "--format=json", "--", name).expect(1, err="")
        equal(name, loaded(ran)["findings"][0]["file"], "the file in JSON")
    case.kaudit("check", "a b.yaml").expect(1, err="")


@test
def a_name_cannot_steer_the_terminal(case):
    case.write("a\x1b[31m\nb.yaml", BAD)
    for form in (), ("--summary",):
        ran = case.kaudit("check", "a\x1b[31m\nb.yaml", *form).expect(1, err="")
        true(b"\x1b" not in ran.out, f"a raw escape: {ran.out!r}")


@test
def check_takes_another_release_than_the_images(case):
    version = b"    - --audit-log-version=audit.k8s.io/v1beta1\n"
    case.write("m.yaml", ENABLED.replace(POLICY_FLAG, version + POLICY_FLAG))
    for words, severity, code in (([], "error", 1), (["--kubernetes-version=1.22"], "warning", 0)):
        ran = case.kaudit("check", "m.yaml", "--format=json", *words).expect(code, err="")
        equal([("audit-version-removed", severity)],
              [(f["id"], f["severity"]) for f in loaded(ran)["findings"]], f"findings with {words}")


# ---- what is left out ----------------------------------------------------------------------------


@test
def a_disabled_rule_is_left_out(case):
    case.write("bad.yaml", BAD)
    case.write("off.yaml", PLAIN)
    with case.untouched():
        case.kaudit("check", "bad.yaml", "--disable=backend-without-policy").expect(
            0, err="", out="no findings in 1 file\n")
        case.kaudit("check", "bad.yaml", "off.yaml", "--disable", "backend-without-policy",
                    "--disable", "auditing-off").expect(0, err="", out="no findings in 2 files\n")
        case.kaudit("check", "bad.yaml", "off.yaml", "--disable=auditing-off").expect(
            1, err="", out=f"bad.yaml{LOST}\n1 error in 2 files\n")


@test
def quiet_leaves_out_what_does_not_count(case):
    case.write("good.yaml", ENABLED)
    case.write("off.yaml", PLAIN)
    case.write("bad.yaml", BAD)
    case.kaudit("check", "good.yaml", "off.yaml", "--quiet").expect(0, out="", err="")
    case.kaudit("check", "off.yaml", "-q", "--fail-on=note").expect(
        1, err="", out=f"off.yaml{OFF}\n1 note in 1 file\n")
    case.kaudit("check", "off.yaml", "bad.yaml", "-q").expect(
        1, err="", out=f"bad.yaml{LOST}\n1 error in 2 files\n")


# ---- forms ---------------------------------------------------------------------------------------


@test
def findings_in_json(case):
    case.write("bad.yaml", BAD)
    case.write("off.yaml", PLAIN)
    case.write("broken.yaml", "kind: [")
    ran = case.kaudit("check", "bad.yaml", "off.yaml", "broken.yaml", "--format=json")
    said = loaded(ran.expect(2, err=""))
    equal(["schemaVersion", "command", "findings", "errors", "summary"], list(said), "keys")
    equal("check", said["command"], "command")
    equal(loaded(case.kaudit("enable", "--manifest=bad.yaml", "--dry-run", "--format=json"))
          ["schemaVersion"], said["schemaVersion"], "one schema for all commands")
    for finding in said["findings"]:
        equal(["id", "severity", "file", "line", "column", "path", "message", "consequence", "fix",
               "controls", "related"], list(finding), "keys of a finding")
    equal(["file", "line", "column", "message", "hint"], list(said["errors"][0]),
          "keys of an error")
    lost, off = said["findings"]
    equal(("error", 21, 24, "spec.containers[0].command[6]", "nothing is recorded",
           "run kaudit enable"),
          tuple(lost[key] for key in ("severity", "line", "column", "path", "consequence", "fix")),
          "the error")
    equal(("note", None, None, None), tuple(off[k] for k in ("severity", "line", "column", "path")),
          "a finding without a place")


@test
def findings_in_sarif(case):
    case.write("a b.yaml", BAD)
    case.write("off.yaml", PLAIN)
    said = loaded(case.kaudit("check", "a b.yaml", "off.yaml", "--format=sarif").expect(1, err=""))
    equal("2.1.0", said["version"], "version")
    run = said["runs"][0]
    equal("kaudit", run["tool"]["driver"]["name"], "the tool")
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    equal([("backend-without-policy", "error"), ("auditing-off", "note")],
          [(result["ruleId"], result["level"]) for result in run["results"]], "results")
    for result in run["results"]:
        equal(result["ruleId"], rules[result["ruleIndex"]], "the rule of an index")
    lost, off = (result["locations"][0]["physicalLocation"] for result in run["results"])
    equal(("a%20b.yaml", 21, 24), (lost["artifactLocation"]["uri"], lost["region"]["startLine"],
                                  lost["region"]["startColumn"]), "the place of the error")
    true("region" not in off, "a region of what has no place")
    equal(True, run["invocations"][0]["executionSuccessful"], "executionSuccessful")
    case.write("broken.yaml", "kind: [")
    said = loaded(case.kaudit("check", "broken.yaml", "--format=sarif").expect(2, err=""))
    equal(False, said["runs"][0]["invocations"][0]["executionSuccessful"], "executionSuccessful")


@test
def findings_as_commands_of_a_github_workflow(case):
    case.write("bad.yaml", BAD)
    case.write("risky.yaml", RISKY)
    case.write("off.yaml", PLAIN)
    case.write("broken.yaml", "kind: [")
    ran = case.kaudit("check", "bad.yaml", "risky.yaml", "off.yaml", "broken.yaml",
                      "--format=github").expect(2, err="")
    begins = ["::error file=bad.yaml,line=21,col=24,", "::warning file=risky.yaml,line=18,col=26,",
              "::notice file=off.yaml,", "::error file=broken.yaml,"]
    said = lines(ran)
    equal(len(begins), len(said), "a line a finding or error")
    for begin, line in zip(begins, said):
        true(line.startswith(begin), f"{line!r} does not begin with {begin!r}")
    case.write("good.yaml", ENABLED)
    case.kaudit("check", "good.yaml", "--format=github").expect(0, out="", err="")


@test
def a_summary_has_a_line_a_file_and_a_total_a_rule(case):
    case.write("bad.yaml", BAD)
    case.write("off.yaml", PLAIN)
    case.write("on.yaml", ENABLED)
    ran = case.kaudit("check", "--summary", "bad.yaml", "off.yaml", "on.yaml").expect(1, err="")
    said = lines(ran)
    rows = {line.split()[0]: line.split()[1:5] for line in said if line}
    equal(["1", "0", "0", "backend-without-policy"], rows["bad.yaml"], "the line of bad.yaml")
    equal(["0", "0", "1", "auditing-off"], rows["off.yaml"], "the line of off.yaml")
    equal(["0", "0", "0"], rows["on.yaml"][:3], "the line of on.yaml")
    totals = [line.split()[:3] for line in said if line.split()[:1] == ["1"]]
    equal([["1", "error", "backend-without-policy"], ["1", "note", "auditing-off"]], totals[:2],
          "the totals, the severest first")
    equal("1 error and 1 note in 3 files", said[-1], "the closing line")


@test
def check_has_colour_on_a_terminal_and_none_in_a_pipe(case):
    case.write("bad.yaml", BAD)
    for form in (), ("--summary",):
        words = ("check", "bad.yaml", *form)
        plain = case.kaudit(*words).expect(1, err="")
        true(b"\x1b" not in plain.out, f"colour in a pipe: {plain.out!r}")
        code, shown = on_terminal(case, *words)
        equal(1, code, "exit code")
        true(b"\x1b[1;31m" in shown, f"no red on a terminal: {shown!r}")
        equal(plain.out, uncoloured(shown), "the text under the colours")
        _, shown = on_terminal(case, *words, NO_COLOR="1")
        true(b"\x1b" not in shown, f"colour with NO_COLOR: {shown!r}")
        true(b"\x1b" not in on_terminal(case, *words, "--color=never")[1], "--color=never")
        forced = case.kaudit(*words, "--color=always").expect(1, err="")
        equal(plain.out, uncoloured(forced.out), "the text under asked-for colours")
        true(b"\x1b[1;31m" in forced.out, "no colour with --color=always")
    true(BOLD_RED + b"error:\x1b[0m" in on_terminal(case, "check", "bad.yaml")[1], "a red word")
    for form in ("json", "sarif", "github"):
        ran = case.kaudit("check", "bad.yaml", f"--format={form}", "--color=always")
        ran.expect(1, err="")
        true(b"\x1b" not in ran.out, f"colour in {form}")


# ---- a benchmark ---------------------------------------------------------------------------------


@test
def a_benchmark_fails_without_auditing_and_not_with_it(case):
    case.write("off.yaml", PLAIN)
    case.write("on.yaml", ENABLED)
    with case.untouched():
        for profile in ("cis", "stig"):
            words = ("check", f"--profile={profile}")
            case.kaudit(*words, "off.yaml").expect(1, err="")
            case.kaudit(*words, "on.yaml").expect(0, err="")
            case.kaudit(*words, "on.yaml", "off.yaml").expect(1, err="")
            ran = case.kaudit(*words, "off.yaml", "on.yaml", "--format=json").expect(1, err="")
            said = loaded(ran)
            equal((profile, ["off.yaml", "on.yaml"]),
                  (said["profile"], [file["file"] for file in said["files"]]), "profile and files")
            states = [[control["state"] for control in file["controls"]] for file in said["files"]]
            true("fail" in states[0], f"off: {states[0]}")
            true("fail" not in states[1] and "pass" in states[1], f"on: {states[1]}")
            true("manual" in states[1], f"nothing is left to a person: {states[1]}")
            for state, count in said["summary"].items():
                equal(sum(file.count(state) for file in states), count, f"the count of {state}")


# ---- the host of a live manifest -----------------------------------------------------------------


class CheckedNode:
    """A live node on which auditing is on and nothing is wrong."""

    def __init__(self, case):
        self.case = case
        self.node = LiveNode(case)
        self.node.enable().expect(0)

    def check(self, *words):
        with self.case.untouched():
            return self.node.kaudit("check", ELSEWHERE, *words)

    def finds(self, code, rules, *words):
        """Exactly these ids; gives the findings."""
        ran = self.check("--format=json", *words).expect(code, err="")
        equal(rules, ids(ran), "findings")
        return loaded(ran)["findings"]

    def says(self, line, *words):
        shown = lines(self.check(*words), MASKS)
        true(line in shown, f"no line {line!r} in:\n" + "\n".join(shown))


@test
def a_right_node_has_no_findings(case):
    node = CheckedNode(case)
    node.check().expect(0, err="", out="no findings in 2 files\n")
    node.check("--fail-on=note").expect(0, err="")
    without_elsewhere = node.node.kaudit("check", "--fail-on=error").expect(0, err="")
    true(b" error: " not in without_elsewhere.out, text(without_elsewhere.out))


@test
def the_policy_of_a_live_manifest_is_missing(case):
    node = CheckedNode(case)
    os.remove(case.path(POLICY))
    found = node.finds(1, ["policy-file-missing"])
    equal(("error", 22, 27), tuple(found[0][key] for key in ("severity", "line", "column")),
          "severity and place")
    node.says(f"{SHOWN}:22:27: error: the policy file /etc/kubernetes/audit/audit-policy.yaml is "
              "not on this host; the API server will not start [policy-file-missing]")
    # As its file and as its directory it is just as live.
    node.finds(1, ["policy-file-missing"], MANIFEST)
    node.finds(1, ["policy-file-missing"], MANIFESTS)
    node.finds(0, [], "--host-checks=off")


@test
def the_policy_of_a_live_manifest_is_no_policy(case):
    node = CheckedNode(case)
    invalid = "policy-file-invalid"
    for data, rules in ((b"", ["policy-file-empty"]),
                        (b"kind: [", [invalid, "policy-syntax"]),
                        (b"apiVersion: v1\nkind: ConfigMap\n",
                         [invalid, "policy-api-version", "policy-kind"]),
                        (POLICY_BYTES.replace(b"rules:\n- level: Metadata\n", b""),
                         [invalid, "policy-no-rules"])):
        case.write(POLICY, data)
        node.finds(1, rules)
    os.remove(case.path(POLICY))
    os.mkdir(case.path(POLICY))
    node.finds(1, ["policy-file-is-directory"])


@test
def host_checks_may_be_asked_for(case):
    need_root()
    case.write("m.yaml", ENABLED)
    os.mkdir(case.path("root"))
    words = ("check", "--root=root", "m.yaml", "--format=json", ELSEWHERE)
    equal([], ids(case.kaudit(*words).expect(0, err="")), "no live manifest, no host")
    asked = ids(case.kaudit(*words, "--host-checks=on").expect(1, err=""))
    true("policy-file-missing" in asked, f"findings: {asked}")


@test
def a_sibling_of_a_live_manifest(case):
    node = CheckedNode(case)
    case.write(MANIFESTS + "/kube-apiserver.yaml.bak", node.node.manifest())
    found = node.finds(1, ["sibling-manifest"])
    equal(("error", None), (found[0]["severity"], found[0]["line"]), "severity and place")
    node.says("  fix: stop the kubelet, move that file out of the directory, start the kubelet")
    shown = text(case.plain(node.check().out, MASKS))
    true(f"{SHOWN}.bak defines the same Pod" in shown, shown)
    true(f"the kubelet runs {SHOWN}.bak" in shown, f"it sorts last, so that it runs:\n{shown}")
    os.rename(case.path(MANIFESTS + "/kube-apiserver.yaml.bak"),
              case.path(MANIFESTS + "/.kube-apiserver.yaml.bak"))
    node.finds(0, [])


@test
def the_mode_and_owner_of_a_live_manifest(case):
    node = CheckedNode(case)
    os.chmod(case.path(MANIFEST), 0o644)
    equal("warning", node.finds(0, ["manifest-mode"])[0]["severity"], "severity")
    node.finds(1, ["manifest-mode"], "--fail-on=warning")
    # Benchmarks for older releases accept it.
    node.finds(0, [], "--kubernetes-version=1.23")
    os.chmod(case.path(MANIFEST), 0o400)
    node.finds(0, [])
    os.chown(case.path(MANIFEST), 1000, 0)
    equal("warning", node.finds(0, ["manifest-owner"])[0]["severity"], "severity")


@test
def the_mode_of_the_log_directory(case):
    node = CheckedNode(case)
    os.chmod(case.path(LOGS), 0o755)
    found = node.finds(0, ["log-directory-mode"])
    equal(("note", 21, 24), tuple(found[0][key] for key in ("severity", "line", "column")), "place")
    node.finds(0, ["log-directory-mode"], "--fail-on=warning")
    node.finds(1, ["log-directory-mode"], "--fail-on=note")


@test
def logs_that_the_limits_in_force_delete(case):
    node = CheckedNode(case)
    case.write(LOGS + "/audit-2020-01-02T03-04-05.000.log", "event\n")
    found = node.finds(0, ["retention-would-delete"])
    equal("warning", found[0]["severity"], "severity")
    true("2020-01-02" in found[0]["message"], found[0]["message"])
    true("--allow-log-deletion" not in found[0]["fix"], f"no option of check: {found[0]['fix']}")


@test
def a_host_path_of_a_live_manifest_is_missing(case):
    node = CheckedNode(case)
    case.write(MANIFEST, node.node.manifest().replace(
        b"path: /etc/kubernetes/pki\n      type: DirectoryOrCreate",
        b"path: /etc/kubernetes/pki\n      type: Directory"))
    node.finds(0, [])
    os.rmdir(case.path("root/etc/kubernetes/pki"))
    node.finds(1, ["host-path-missing"])


# ---- together with enable ------------------------------------------------------------------------


@test
def what_enable_makes_of_a_manifest_of_kubeadm_passes(case):
    for release in sorted(os.listdir(os.path.join(TESTDATA, "kubeadm"))):
        case.write("m.yaml", testdata("kubeadm", release, "plain.yaml"))
        case.kaudit("enable", "--manifest=m.yaml").expect(0)
        case.kaudit("check", "m.yaml", "--fail-on=note").expect(
            0, err="", out="no findings in 1 file\n")
        case.kaudit("check", "m.yaml", "--profile=cis").expect(0, err="")


@test
def what_enable_made_on_a_live_node_passes_there(case):
    """Even where it found auditing half set up."""
    node = LiveNode(case, BAD)
    node.kaudit("check", ELSEWHERE).expect(1, err="")
    node.enable().expect(0)
    node.kaudit("check", ELSEWHERE).expect(0, err="", out="no findings in 2 files\n")
    shutil.rmtree(case.path(LOGS))
    node.kaudit("check", ELSEWHERE).expect(0, err="")  # the kubelet makes it


# ---- the table of rules --------------------------------------------------------------------------


@test
def every_rule_is_listed(case):
    with case.untouched():
        ran = case.kaudit("check", "--list-rules").expect(0, err="")
        listed = [line.split()[0] for line in lines(ran)
                  if line.startswith("  ") and not line.startswith("   ")]
        equal(rule_folders(), sorted(listed), "the ids, against testdata")
        for line in lines(ran):
            true(len(line) <= 80, f"a line is longer than 80 columns: {line}")
        said = loaded(case.kaudit("check", "--list-rules", "--format=json").expect(0, err=""))
        equal(rule_folders(), sorted(rule["id"] for rule in said["rules"]), "the ids in JSON")
        for rule in said["rules"]:
            true(rule["severity"] in ("error", "warning", "note"), f"{rule}")
            true(rule["summary"] and rule["why"] and rule["source"], f"a rule says nothing: {rule}")


@test
def the_page_of_rules_is_up_to_date(case):
    ran = case.kaudit("check", "--list-rules", "--format=markdown").expect(0, err="")
    with open(os.path.join(TESTDATA, "..", "docs", "rules.md"), "rb") as page:
        equal(page.read(), ran.out,
              "docs/rules.md: write it anew with `kaudit check --list-rules --format=markdown`")


@test
def every_rule_is_explained(case):
    with case.untouched():
        for rule in rule_folders():
            said = lines(case.kaudit("check", "--explain", rule).expect(0, err=""))
            equal(rule, said[0], "the first line")
            true(len(said) > 3, f"{rule} is not explained: {said}")
            for line in said:
                true(len(line) <= 80, f"a line is longer than 80 columns: {line}")
