"""Exit codes, and what is said to somebody who mistyped: whole messages, and nothing written."""

from harness import ENABLED, equal, test, testdata, text, true

UNSET = "was a shell variable unset? give a value, or leave the option out"
COMMANDS = "'kaudit --help' lists the commands"

# Words, message, hint. Every one of them is refused before anything is read.
MISTYPED = [
    ([], "the command is missing", COMMANDS),
    ([""], "the command is empty", COMMANDS),
    (["enabel"], "unknown command 'enabel', did you mean 'enable'?", COMMANDS),
    (["rolback"], "unknown command 'rolback', did you mean 'rollback'?", COMMANDS),
    (["ENABLE"], "unknown command 'ENABLE', did you mean 'enable'?", COMMANDS),
    (["frobnicate"], "unknown command 'frobnicate'", COMMANDS),
    (["--versoin"], "unknown option '--versoin', did you mean '--version'?", COMMANDS),
    (["enable", "--dryrun"], "unknown option '--dryrun', did you mean '--dry-run'?",
     "'kaudit enable --help' lists the options"),
    (["enable", "--audit-log-maxagee=3"],
     "unknown option '--audit-log-maxagee', did you mean '--audit-log-maxage'?",
     "'kaudit enable --help' lists the options"),
    (["disable", "--dry-rum"], "unknown option '--dry-rum', did you mean '--dry-run'?",
     "'kaudit disable --help' lists the options"),
    (["enable", "-x"], "unknown option '-x'", "'kaudit enable --help' lists the options"),
    (["enable", "-dry-run"], "'-dry-run' needs two dashes", "write '--dry-run'"),
    (["enable", "--manifest", "m.yaml", "\u2013dry-run"], "unexpected argument '\u2013dry-run'",
     "write it with two plain dashes: '--dry-run'"),
    (["enable", "m.yaml"], "unexpected argument 'm.yaml'",
     "to name the manifest, write '--manifest=m.yaml'"),
    (["enable", "--manifest=m.yaml", "--audit-log-path=", "--dry-run"],
     "'--audit-log-path=' has no value", UNSET),
    (["enable", "--manifest=m.yaml", "--audit-log-path", "", "--dry-run"],
     "the value of '--audit-log-path' is empty", UNSET),
    (["enable", "--manifest=m.yaml", "--audit-log-path", "--dry-run"],
     "'--audit-log-path' needs a value, and '--dry-run' is an option", UNSET),
    (["enable", "--manifest=m.yaml", "--dry-run", "--audit-log-path"],
     "'--audit-log-path' needs a value", UNSET),
    (["enable", "--manifest=", "--dry-run"], "'--manifest=' has no value", UNSET),
    (["enable", "--manifest=m.yaml", "--dry-run", "false"], "unexpected argument 'false'",
     "write '--dry-run=false'"),
    (["enable", "--manifest=m.yaml", "--dry-run=maybe"],
     "'--dry-run=maybe' is neither true nor false", "write '--dry-run' or '--dry-run=false'"),
    (["disable", "--manifest=m.yaml", "--audit-log-maxage=3"],
     "'--audit-log-maxage' is not an option of 'kaudit disable'",
     "it belongs to 'kaudit enable', 'kaudit kubeadm patch'"),
    (["enable", "--manifest=m.yaml", "--manifest=n.yaml"],
     "'--manifest' is given twice, as 'm.yaml' and as 'n.yaml'", "give it once"),
    (["enable", "--manifest=m.yaml", "--exit-code"], "'--exit-code' needs '--dry-run'",
     "without it the exit code says whether kaudit succeeded"),
    (["enable", "--manifest=m.yaml", "-o", "x", "--dry-run"],
     "'--dry-run' writes nothing, and '-o' names a file to write", "leave one out"),
    (["enable", "--manifest=m.yaml", "-o", "-", "--format", "json"],
     "'--format json' and '-o -' both want standard output",
     "add '--dry-run', or write to a file with '-o FILE' and '--manifest FILE'"),
    (["enable", "--manifest=-", "--format=json"],
     "'--format json' and '--manifest -' both want standard output",
     "add '--dry-run', or write to a file with '-o FILE' and '--manifest FILE'"),
    (["enable", "--manifest=m.yaml", "-o", "-", "--diff"],
     "'--diff' and '-o -' both want standard output", "add '--dry-run' to see the diff alone"),
    (["rollback", "--manifest=-"], "'kaudit rollback' cannot read standard input",
     "name the manifest whose last change is to be undone"),
    (["enable", "--manifest=m.yaml", "--color=red"], "'--color=red' is not possible",
     "give auto, always or never"),
    (["enable", "--manifest=m.yaml", "--host-path=/a"], "'--host-path=/a' is not CONTAINER=HOST",
     "write '--host-path=/path/in/container=/path/on/host'"),
    (["enable", "--manifest=m.yaml", "--kubernetes-version=latest"],
     "'--kubernetes-version=latest' is not a Kubernetes version", "write it as 1.30 or v1.30.2"),
    (["enable", "--manifest=m.yaml", "--root=/nonexistent"],
     "cannot open the root directory /nonexistent: No such file or directory", "check the path"),
]


@test
def a_mistyped_command_line_gets_the_nearest_word_and_writes_nothing(case):
    case.write("m.yaml")
    case.write("n.yaml")
    with case.untouched():
        for words, message, hint in MISTYPED:
            case.kaudit(*words, stdin=b"").expect(
                2, out="", err=f"kaudit: error: {message}\n  hint: {hint}\n")


@test
def help_and_version_are_data_on_standard_output(case):
    case.kaudit("--version").expect(0, out="kaudit 0.1.0\n", err="")
    ran = case.kaudit("--help").expect(0, err="")
    true("""
Exit codes:
  0  done, or there was nothing to do
  1  check, policy lint: findings at or above --fail-on; with --exit-code: there
     would be a change, or the policies differ; status: no events are being
     recorded
  2  refused: bad usage, unreadable or unsupported input, unsafe request;
     nothing was changed
  3  --wait: the change was taken back, and the API server is healthy as before
  4  --wait: the API server is not healthy, or its state is unknown
""" in text(ran.out), f"the exit codes are not in --help:\n{text(ran.out)}")
    for line in text(ran.out).splitlines():
        true(len(line) <= 80, f"a line of --help is longer than 80 columns: {line}")
    for words in (["enable", "--help"], ["--help", "enable"], ["enable", "--dryrun", "-h"]):
        equal(case.kaudit("enable", "--help").out, case.kaudit(*words).expect(0, err="").out, "help")
    every = text(case.kaudit("--help-all").expect(0, err="").out)
    for flag in ("--audit-policy-file", "--audit-log-compress", "--audit-webhook-batch-max-wait"):
        true(flag in every, f"--help-all does not name {flag}")


@test
def the_exit_code_says_what_happened(case):
    case.write("m.yaml")
    case.write("on.yaml", ENABLED)
    case.kaudit("enable", "--manifest=m.yaml", "--dry-run").expect(0)
    case.kaudit("enable", "--manifest=m.yaml", "--dry-run", "--exit-code").expect(1)
    case.kaudit("enable", "--manifest=on.yaml", "--dry-run", "--exit-code").expect(0)
    case.kaudit("disable", "--manifest=on.yaml", "--dry-run", "--exit-code").expect(1)
    case.kaudit("disable", "--manifest=m.yaml", "--dry-run", "--exit-code").expect(0)
    case.write("broken.yaml", "kind: [")
    case.kaudit("enable", "--manifest=broken.yaml", "--dry-run", "--exit-code").expect(2)
    case.kaudit("enable", "--manifest=m.yaml").expect(0)
    equal(ENABLED, case.read("m.yaml"), "the manifest")


@test
def a_manifest_that_cannot_be_read(case):
    case.write("dir/m.yaml")
    with case.untouched():
        for command in ("enable", "disable", "rollback"):
            case.kaudit(command, "--manifest=none.yaml").expect(2, out="", err=(
                "kaudit: error: cannot find DIR/none.yaml: No such file or directory\n"
                "  hint: check the path\n"))
            case.kaudit(command, "--manifest=dir").expect(2, out="", err=(
                "kaudit: error: DIR/dir is not a regular file\n"
                "  hint: name the manifest's file with --manifest\n"))
        case.kaudit("enable", "--manifest=dir/m.yaml/x").expect(2, out="", err=(
            "kaudit: error: cannot find DIR/dir/m.yaml/x: Not a directory\n  hint: check the path\n"))


@test
def dry_run_of_a_manifest_that_cannot_be_read(case):
    case.write("dir/m.yaml")
    case.kaudit("enable", "--manifest=none.yaml", "--dry-run").expect(2, out="", err=(
        "kaudit: error: cannot read DIR/none.yaml: No such file or directory\n"
        "  hint: check the path\n"))
    case.kaudit("enable", "--manifest=dir", "-o", "-").expect(2, out="", err=(
        "kaudit: error: cannot read DIR/dir: Is a directory\n"))


@test
def an_unreadable_manifest_says_sudo(case):
    case.write("m.yaml", mode=0o600)
    with case.untouched():
        for words in (["--dry-run"], ["-o", "-"], []):
            case.kaudit_as_nobody("enable", "--manifest=m.yaml", *words).expect(2, out="", err=(
                "kaudit: error: cannot read DIR/m.yaml: Permission denied\n"
                "  hint: run it with sudo\n"))


REFUSED = [
    ("kind: Pod\nspec: [a, b\n", """\
m.yaml:2:13: error: not valid YAML: end of sequence flow not found
    spec: [a, b
               ^
  hint: Kubernetes cannot read this file either; mend it first
"""),
    (b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n---\n" + ENABLED, """\
m.yaml:2:7: error: the first document is of kind ConfigMap, not a Pod, and the kubelet reads only the first
    kind: ConfigMap
          ^~~~~~~~~
  hint: give the API server's static Pod manifest, usually /etc/kubernetes/manifests/kube-apiserver.yaml
"""),
    (testdata("enable", "refused-shell-wrapper", "in.yaml"), """\
m.yaml:16:7: error: kube-apiserver is started by a shell script, and a new list item would not reach it
        - exec kube-apiserver --allow-privileged=true 1>>/var/log/api.log 2>...
          ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
  hint: write the command as a list: kube-apiserver first, then one flag an item
"""),
    (testdata("enable", "refused-two-api-servers", "in.yaml"), """\
m.yaml:20:5: error: several containers of the Pod could be the API server
      - name: second
        ^~~~~~~~~~~~
  hint: keep one of them
"""),
    (testdata("enable", "refused-template", "in.yaml"), """\
m.yaml:13:27: error: this is a template, not a manifest
        - --advertise-address={{ .AdvertiseAddress }}
                              ^~
  hint: render it first, then run kaudit on the result
"""),
    (testdata("enable", "refused-null-flag", "in.yaml"), """\
m.yaml:14:6: error: spec.containers[0].command[2] is null
        -
         ^
  hint: remove the item
"""),
    (testdata("enable", "refused-duplicate-command", "in.yaml"), """\
m.yaml:24:5: error: duplicate key 'command' in the API server's container; the kubelet reads the last one
        command: [kube-apiserver, --v=4]
        ^~~~~~~
  hint: remove one of them
"""),
    (testdata("enable", "refused-nul-byte", "in.yaml"), """\
m.yaml:31:5: error: control character U+0000 at offset 690 is not allowed in YAML
    # a   b
        ^
  hint: remove it; Kubernetes' parser rejects the file as it is
"""),
    (testdata("enable", "refused-utf-16-with-a-mark", "in.yaml"), """\
m.yaml:1:1: error: the file is UTF-16 or UTF-32, and kaudit edits UTF-8 only
    ??a p i V e r s i o n :   v 1 
    ^
  hint: convert it first, for instance with iconv -f UTF-16 -t UTF-8
"""),
    ("", """\
m.yaml: error: the file is empty
  hint: give the API server's static Pod manifest
"""),
    ("# nothing\n", """\
m.yaml: error: the file holds no document
  hint: give the API server's static Pod manifest
"""),
]


@test
def an_unsupported_manifest_is_refused_with_place_line_and_caret(case):
    for data, message in REFUSED:
        case.write("m.yaml", data)
        with case.untouched():
            case.kaudit("enable", "--manifest=m.yaml").expect(2, out="", err=message)
            case.kaudit("enable", "--manifest=m.yaml", "--dry-run").expect(2, out="", err=message)


@test
def control_characters_of_a_manifest_do_not_reach_the_terminal(case):
    case.write("m.yaml", b"kind: Pod\nx: \"\x1b[31mred\x07\n")
    ran = case.kaudit("enable", "--manifest=m.yaml").expect(2, out="")
    true(b"\x1b" not in ran.err and b"\x07" not in ran.err, f"raw control characters: {ran.err!r}")


@test
def a_given_value_is_validated_as_the_api_server_would(case):
    case.write("m.yaml")
    with case.untouched():
        for word, message, hint in (
                ("--audit-log-maxage=thirty",
                 "kube-apiserver 1.31 would refuse to start: '--audit-log-maxage=thirty' is not a "
                 "whole number (digits only, no unit)", "give a whole number such as 30"),
                ("--audit-webhook-batch-max-wait=30",
                 "kube-apiserver 1.31 would refuse to start: '--audit-webhook-batch-max-wait=30' has "
                 "no unit (write it like 30s, 500ms or 1m30s)",
                 "give a duration with its unit, such as 30s or 1m30s"),
                ("--audit-log-mode=Batch",
                 "kube-apiserver 1.31 would refuse to start: '--audit-log-mode=Batch' is not one of "
                 "its words", "give batch, blocking or blocking-strict"),
                ("--audit-log-path=a.log", "--audit-log-path=a.log is not an absolute path",
                 "give the path inside the API server's container, beginning with '/'")):
            case.kaudit("enable", "--manifest=m.yaml", word).expect(
                2, out="", err=f"m.yaml: error: {message}\n  hint: {hint}\n")
