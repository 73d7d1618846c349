"""kaudit policy init, lint, explain and table, as a user runs them."""

import json
import os

from harness import PLAIN, equal, need_root, test, text, true
from live_node import MASKS, POLICY, LiveNode

PRESETS = ("minimal", "recommended", "cis", "stig", "tutorial")
HEAD = "apiVersion: audit.k8s.io/v1\nkind: Policy\n"
GOOD = HEAD + "rules:\n- level: Metadata\n"
LEAKING = HEAD + """rules:
- level: RequestResponse
  resources:
  - group: ""
    resources: [secrets]
- level: Metadata
"""
NO_RULES = "apiVersion: audit.k8s.io/v1\nkind: Policy\n"
MINIMAL = """# Audit policy: minimal
#
# Who asked for what, when, from where, and with which answer, for every
# request. No bodies, so nothing secret gets into the log. It is complete, but
# not quiet: health checks and heartbeats are recorded, too.
apiVersion: audit.k8s.io/v1
kind: Policy

# A request is recorded when it is answered. An event at its arrival as well
# would double the log and say nothing more.
omitStages:
  - RequestReceived

rules:
  # Everything.
  - level: Metadata
"""


def loaded(ran):
    return json.loads(ran.out)


# ---- init ----------------------------------------------------------------------------------------


@test
def init_prints_the_recommended_policy(case):
    with case.untouched():
        plain = case.kaudit("policy", "init").expect(0, err="")
        named = case.kaudit("policy", "init", "--preset=recommended", "-o", "-").expect(0, err="")
        true(plain.out.startswith(b"# Audit policy: recommended\n"), text(plain.out[:200]))
        equal(plain.out, named.out, "with its name")
        case.kaudit("policy", "init", "--preset=minimal").expect(0, out=MINIMAL, err="")


@test
def presets_pass_lint_but_for_those_whose_purpose_forbids_it(case):
    for preset in PRESETS:
        policy = case.kaudit("policy", "init", f"--preset={preset}").expect(0, err="").out
        code = 1 if preset in ("stig", "tutorial") else 0
        ran = case.kaudit("policy", "lint", "-", "--fail-on=warning", stdin=policy).expect(code, err="")
        named = case.kaudit("policy", "lint", f"preset:{preset}", "--fail-on=warning").expect(code)
        equal(text(ran.out).replace("<stdin>", f"preset:{preset}"), text(named.out), preset)
        # Nothing that keeps the API server from starting.
        case.kaudit("policy", "lint", "-", stdin=policy).expect(0)


@test
def init_writes_a_file_and_replaces_none(case):
    words = ("policy", "init", "--preset=minimal", "-o", "p.yaml")
    case.kaudit(*words).expect(0, out="", err="wrote the preset minimal to p.yaml\n")
    equal(MINIMAL, text(case.read("p.yaml")), "the file")
    equal(0o600, case.mode("p.yaml"), "its mode")
    with case.untouched():
        case.kaudit(*words).expect(0, out="", err="kept the preset minimal in p.yaml\n")
        case.kaudit(*words, "--quiet").expect(0, out="", err="")
        case.kaudit("policy", "init", "--preset=cis", "-o", "p.yaml").expect(
            2, out="", err="kaudit: error: p.yaml is there already\n"
            "  hint: name another file, or move that one away\n")
        case.kaudit("policy", "init", "-o", "none/p.yaml").expect(
            2, out="", err="kaudit: error: cannot find DIR/none: No such file or directory\n"
            "  hint: check the path\n")


@test
def init_has_a_form_for_machines(case):
    said = loaded(case.kaudit("policy", "init", "--preset=minimal", "--format=json").expect(0, err=""))
    equal({"schemaVersion": 1, "command": "policy init", "preset": "minimal", "changed": False,
           "policy": MINIMAL}, said, "to standard output")
    ran = case.kaudit("policy", "init", "--preset=minimal", "--format=json", "-o", "p.yaml", "-q")
    equal({"schemaVersion": 1, "command": "policy init", "preset": "minimal", "changed": True,
           "file": "p.yaml"}, loaded(ran.expect(0, err="")), "to a file")


@test
def an_unknown_preset_is_refused(case):
    names = "the presets are minimal, recommended, cis, stig, tutorial"
    case.kaudit("policy", "init", "--preset=recomended").expect(
        2, out="", err="kaudit: error: there is no preset 'recomended', did you mean "
        f"'recommended'?\n  hint: {names}\n")
    case.kaudit("policy", "table", "preset:all").expect(
        2, out="", err=f"kaudit: error: there is no preset 'all'\n  hint: {names}\n")


# ---- lint ----------------------------------------------------------------------------------------


@test
def lint_says_what_is_wrong_and_where(case):
    case.write("good.yaml", GOOD)
    case.write("leak.yaml", LEAKING)
    case.write("none.yaml", NO_RULES)
    with case.untouched():
        case.kaudit("policy", "lint", "good.yaml").expect(0, out="no findings in 1 file\n", err="")
        case.kaudit("policy", "lint", "none.yaml").expect(1, err="", out="""\
none.yaml:1:1: error: the policy has no rules; the API server will not start [policy-no-rules]
    apiVersion: audit.k8s.io/v1
    ^~~~~~~~~~~~~~~~~~~~~~~~~~~
  fix: write at least one rule, for instance '- level: Metadata'

1 error in 1 file
""")
        ran = case.kaudit("policy", "lint", "leak.yaml").expect(0, err="")
        true("[secret-bodies]" in text(ran.out), text(ran.out))
        case.kaudit("policy", "lint", "leak.yaml", "--fail-on=warning").expect(1, err="")
        case.kaudit("policy", "lint", "leak.yaml", "--disable=secret-bodies",
                    "--fail-on=warning").expect(0, out="no findings in 1 file\n", err="")
        case.kaudit("policy", "lint", "good.yaml", "-", stdin=NO_RULES.encode()).expect(1, err="")
        case.kaudit("policy", "lint", "nothing.yaml", "good.yaml").expect(2, err="", out="""\
nothing.yaml: error: cannot read DIR/nothing.yaml: No such file or directory
  hint: check the path

no findings in 1 file; 1 file could not be checked
""")


@test
def lint_has_every_form_of_check(case):
    case.write("leak.yaml", LEAKING)
    lint = ("policy", "lint", "leak.yaml")
    said = loaded(case.kaudit(*lint, "--format=json").expect(0, err=""))
    equal(("policy lint", ["secret-bodies"]),
          (said["command"], [finding["id"] for finding in said["findings"]]), "JSON")
    place = said["findings"][0]
    equal(("leak.yaml", 7, "rules[0].resources[0].resources[0]"),
          (place["file"], place["line"], place["path"]), "the place")
    sarif = loaded(case.kaudit(*lint, "--format=sarif").expect(0, err=""))
    equal(["secret-bodies"], [r["ruleId"] for r in sarif["runs"][0]["results"]], "SARIF")
    github = case.kaudit(*lint, "--format=github").expect(0, err="")
    true(github.out.startswith(b"::warning file=leak.yaml,line=7,"), text(github.out))
    summary = case.kaudit(*lint, "--summary").expect(0, err="")
    true("secret-bodies" in text(summary.out), text(summary.out))
    explained = case.kaudit("policy", "lint", "--explain=secret-bodies").expect(0, err="")
    true(explained.out.startswith(b"secret-bodies\n"), text(explained.out))


@test
def lint_takes_the_policies_of_a_directory(case):
    case.write("d/a.yaml", GOOD)
    case.write("d/deep/b.json", '{"apiVersion": "audit.k8s.io/v1", "kind": "Policy", '
                                '"rules": [{"level": "metadata"}]}')
    case.write("d/pod.yaml", PLAIN)
    os.mkdir(case.path("empty"))
    said = loaded(case.kaudit("policy", "lint", "d", "--format=json").expect(1, err=""))
    equal([("d/deep/b.json", "policy-level")],
          [(finding["file"], finding["id"]) for finding in said["findings"]], "findings")
    equal(2, said["summary"]["files"], "files")
    case.kaudit("policy", "lint", "empty").expect(2, err="", out="""\
empty: error: no audit policy is in empty
  hint: name the file itself, whatever is in it

1 file could not be checked
""")


@test
def the_release_decides_what_is_refused(case):
    case.write("old.yaml", GOOD.replace("audit.k8s.io/v1", "audit.k8s.io/v1beta1"))
    case.kaudit("policy", "lint", "old.yaml").expect(1, err="")
    case.kaudit("policy", "lint", "old.yaml", "--kubernetes-version=1.20").expect(0, err="")


@test
def without_a_file_it_is_the_policy_of_the_manifest(case):
    node = LiveNode(case)
    case.kaudit("policy", "lint", "--root=root").expect(
        2, err="", masks=MASKS,
        out="/etc/kubernetes/manifests/kube-apiserver.yaml: error: "
        "/etc/kubernetes/manifests/kube-apiserver.yaml sets no --audit-policy-file\n"
        "  hint: name a policy file, or a preset as preset:recommended\n\n"
        "1 file could not be checked\n")
    node.enable().expect(0)
    with case.untouched():
        case.kaudit("policy", "lint", "--root=root").expect(0, out="no findings in 1 file\n", err="")
        case.kaudit("policy", "table", "--root=root").expect(0, err="")
    case.write(POLICY, NO_RULES)
    ran = case.kaudit("policy", "lint", "--root=root").expect(1, err="")
    true(f"{POLICY.removeprefix('root')}:1:1: error: the policy has no rules" in
         case.plain(ran.out, MASKS), text(ran.out))


@test
def enable_refuses_a_policy_that_would_stop_the_api_server(case):
    need_root()
    node = LiveNode(case)
    case.write(POLICY, GOOD.replace("Metadata", "metadata"))
    node.refuses("the policy file /etc/kubernetes/audit/audit-policy.yaml cannot be loaded: line "
                 "4: rules[0].level is 'metadata', which is no level; the API server will not start",
                 hint="mend it first; --force skips this check", place=True)


# ---- explain -------------------------------------------------------------------------------------


@test
def explain_says_what_is_recorded_and_why(case):
    case.write("p.yaml", LEAKING)
    asked = ("policy", "explain", "p.yaml", "--user=jane", "--verb=get")
    with case.untouched():
        case.kaudit(*asked, "--resource=secrets", "-n", "web", "--name=key").expect(0, err="", out="""\
RequestResponse: metadata and the bodies of request and response
p.yaml:4:3: decided by rules[0] (line 4)
    - level: RequestResponse
      ^
request        get secrets in namespace web, named key
by             jane, in system:authenticated
events at      RequestReceived and ResponseComplete, or Panic
metadata       user, verb, URL, object, time, address, answer's code
request body   no: reading sends none
response body  the object
managedFields  kept
""")
        ran = case.kaudit(*asked, "--resource=pods", "-n", "web").expect(0, err="")
        true("rules[0] (line 4)  RequestResponse, but the resource is pods, not secrets" in
             text(ran.out), text(ran.out))
        said = loaded(case.kaudit(*asked, "--resource=pods", "--format=json").expect(0, err=""))
        equal(("policy explain", "Metadata", 1, 8),
              tuple(said[key] for key in ("command", "level", "rule", "ruleLine")), "JSON")


@test
def explain_needs_one_request(case):
    case.write("p.yaml", GOOD)
    for words, message, hint in (
            ([], "which request? '--resource' or '--path' is missing",
             "for instance '--verb=get --resource=secrets --namespace=default'"),
            (["--path=/healthz", "--resource=pods"],
             "'--path' says all of a request, and '--resource', '--namespace' or '--name' is "
             "given, too", "leave one out"),
            (["--requests=r.jsonl", "--user=jane"],
             "'--requests' names a file of requests, and one is described by options",
             "leave one out")):
        case.kaudit("policy", "explain", "p.yaml", *words).expect(
            2, out="", err=f"kaudit: error: {message}\n  hint: {hint}\n")


@test
def explain_answers_a_file_of_requests(case):
    case.write("p.yaml", LEAKING)
    requests = (b'{"user":"jane","verb":"get","resource":"secrets","namespace":"web"}\n'
                b'{"verb":"get","path":"/healthz"}\n')
    answers = ('{"level":"RequestResponse","omitStages":[],"rule":0,"ruleLine":4}\n'
               '{"level":"Metadata","omitStages":[],"rule":1,"ruleLine":8}\n')
    case.write("r.jsonl", requests)
    explain = ("policy", "explain", "p.yaml")
    with case.untouched():
        case.kaudit(*explain, "--requests=r.jsonl").expect(0, out=answers, err="")
        case.kaudit(*explain, "--requests=-", stdin=requests).expect(0, out=answers, err="")
        case.kaudit(*explain, "--requests=-", stdin=b"").expect(0, out="", err="")
        bad = b'{"user":"jane","verb":"get","recource":"secrets"}\n'
        case.kaudit(*explain, "--requests=-", stdin=requests + bad + requests).expect(
            2, out=answers, err="""\
<stdin>:3:29: error: 'recource' is no key of a request; did you mean 'resource'?
    {"user":"jane","verb":"get","recource":"secrets"}
                                ^~~~~~~~~~
  hint: the keys are user, groups, verb, apiGroup, resource, subresource, namespace, name, path
""")
        case.kaudit(*explain, "--requests=none.jsonl").expect(
            2, out="", err="kaudit: error: cannot read none.jsonl: No such file or directory\n"
            "  hint: check the path\n")
        case.kaudit("policy", "explain", "-", "--requests=-").expect(
            2, out="", err="kaudit: error: standard input is named twice\n  hint: name it once\n")
        many = case.kaudit(*explain, "--requests=-", stdin=requests * 20000).expect(0, err="")
        equal(answers.encode() * 20000, many.out, "forty thousand requests")


# ---- table ---------------------------------------------------------------------------------------


@test
def table_shows_what_is_recorded(case):
    case.write("p.yaml", GOOD)
    with case.untouched():
        ran = case.kaudit("policy", "table", "p.yaml").expect(0, err="")
        true(text(ran.out).startswith("for a user that no rule names (group system:authenticated), "
                                      "namespace default\n"), text(ran.out))
        for line in text(ran.out).splitlines():
            true(len(line) <= 80, f"longer than 80 columns: {line}")
        coloured = case.kaudit("policy", "table", "p.yaml", "--color=always").expect(0, err="")
        true(b"\x1b[" in coloured.out and b"\x1b[" not in ran.out, "colour only where asked for")
        page = case.kaudit("policy", "table", "p.yaml", "--format=html").expect(0, err="")
        true(page.out.startswith(b"<!DOCTYPE html>"), text(page.out[:100]))
        true(b"<script" not in page.out and b"http://" not in page.out, "one self-contained page")
        said = loaded(case.kaudit("policy", "table", "p.yaml", "--format=json").expect(0, err=""))
        pods = [row for row in said["rows"] if row["group"] == "" and row["name"] == "pods"]
        equal({"level": "Metadata", "rule": 0, "ruleLine": 4},
              {key: pods[0]["verbs"]["get"][key] for key in ("level", "rule", "ruleLine")}, "pods")


@test
def table_compares_two_policies(case):
    case.write("a.yaml", GOOD)
    case.write("b.yaml", LEAKING)
    compare = ("policy", "table", "a.yaml", "--diff", "b.yaml")
    with case.untouched():
        ran = case.kaudit(*compare).expect(0, err="")
        true("secrets" in text(ran.out) and "8 cells differ" in text(ran.out), text(ran.out))
        case.kaudit(*compare, "--exit-code").expect(1, err="")
        case.kaudit("policy", "table", "a.yaml", "--diff=a.yaml", "--exit-code").expect(0, err="")
        case.kaudit("policy", "table", "a.yaml", "--exit-code").expect(
            2, out="", err="kaudit: error: '--exit-code' needs '--diff'\n"
            "  hint: name the policy to compare with\n")
        case.kaudit(*compare, "--format=html").expect(
            2, out="", err="kaudit: error: '--diff' is a table for people\n"
            "  hint: leave out '--format'\n")
        case.kaudit("policy", "table", "-", "--diff=-", stdin=GOOD.encode()).expect(
            2, out="", err="kaudit: error: standard input is named twice\n  hint: name it once\n")


@test
def a_policy_that_does_not_load_has_no_table(case):
    case.write("p.yaml", NO_RULES)
    case.kaudit("policy", "table", "p.yaml").expect(2, out="", err="""\
p.yaml:1:1: error: kube-apiserver 1.36 refuses this policy: the policy has no rules
    apiVersion: audit.k8s.io/v1
    ^~~~~~~~~~~~~~~~~~~~~~~~~~~
  hint: write at least one rule, for instance '- level: Metadata'; 'kaudit policy lint' says all that is wrong
""")
