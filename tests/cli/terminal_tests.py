"""A real terminal: colour, and its absence where nobody wants it."""

import os
import pty
import select
import subprocess
import time

from harness import ENABLED, PLAIN, TIMEOUT, equal, test, text, true

RED, GREEN, BOLD_RED = b"\x1b[31m", b"\x1b[32m", b"\x1b[1;31m"


def on_terminal(case, *words, streams=("stdin", "stdout", "stderr"), **env):
    """What a terminal shows of a run; streams that are not on it are pipes or empty."""
    master, slave = pty.openpty()
    places = {name: slave if name in streams else subprocess.DEVNULL
              for name in ("stdin", "stdout", "stderr")}
    process = subprocess.Popen([case.binary, *words], cwd=case.dir, env=case.environment(**env), **places)
    os.close(slave)
    shown = b""
    end = time.monotonic() + TIMEOUT
    while time.monotonic() < end and select.select([master], [], [], end - time.monotonic())[0]:
        try:
            read = os.read(master, 65536)
        except OSError:  # the other side is closed
            break
        if not read:
            break
        shown += read
    os.close(master)
    return process.wait(timeout=TIMEOUT), shown


def uncoloured(data):
    for code in (b"0", b"1", b"2", b"31", b"32", b"33", b"35", b"36", b"1;31", b"1;33", b"1;36"):
        data = data.replace(b"\x1b[" + code + b"m", b"")
    return data.replace(b"\r\n", b"\n")


@test
def a_terminal_gets_a_coloured_diff_and_report(case):
    case.write("m.yaml")
    code, shown = on_terminal(case, "enable", "--manifest=m.yaml", "--dry-run")
    equal(0, code, "exit code")
    true(GREEN + b"+    - --audit-log-maxage=30" in shown, f"no green line of the diff: {shown!r}")
    true(GREEN + b"+\x1b[0m --audit-log-maxage=30" in shown, f"no green mark in the report: {shown!r}")
    true(b"\x1b[" not in uncoloured(shown), f"an unknown sequence: {uncoloured(shown)!r}")
    plain = case.kaudit("enable", "--manifest=m.yaml", "--dry-run").expect(0)
    equal(plain.out + plain.err, uncoloured(shown), "the text under the colours")
    true(b"\x1b" not in plain.out + plain.err, "colour in a pipe")


@test
def a_diff_that_removes_is_red(case):
    case.write("m.yaml", ENABLED)
    _, shown = on_terminal(case, "disable", "--manifest=m.yaml", "--dry-run")
    true(RED + b"-    - --audit-log-maxage=30" in shown, f"no red line of the diff: {shown!r}")


@test
def a_refusal_is_red_and_its_caret_stands_right(case):
    case.write("m.yaml", "kind: ConfigMap\n")
    code, shown = on_terminal(case, "enable", "--manifest=m.yaml")
    equal(2, code, "exit code")
    true(BOLD_RED + b"error:\x1b[0m" in shown, f"no red word: {shown!r}")
    equal(case.kaudit("enable", "--manifest=m.yaml").err, uncoloured(shown), "the text")


@test
def no_colour_where_nobody_wants_it(case):
    case.write("m.yaml")
    dry = ("enable", "--manifest=m.yaml", "--dry-run")
    for words, env in ((dry, {"NO_COLOR": "1"}), (dry, {"TERM": "dumb"}), (dry, {"TERM": None}),
                       ((*dry, "--color=never"), {}), ((*dry, "--color", "never"), {"NO_COLOR": ""})):
        code, shown = on_terminal(case, *words, **env)
        equal(0, code, "exit code")
        true(b"+    - --audit-log-maxage=30" in shown, f"no diff: {shown!r}")
        true(b"\x1b" not in shown, f"colour with {words} {env}: {shown[:200]!r}")
    # no-color.org: an empty NO_COLOR does not count.
    true(b"\x1b[" in on_terminal(case, *dry, NO_COLOR="")[1], "no colour with an empty NO_COLOR")


@test
def colour_in_a_pipe_only_when_asked_for(case):
    case.write("m.yaml")
    dry = ("enable", "--manifest=m.yaml", "--dry-run", "--color=always")
    for env in ({}, {"NO_COLOR": "1"}, {"TERM": "dumb"}):
        ran = case.kaudit(*dry, env=case.environment(**env)).expect(0)
        true(GREEN + b"+    - --audit-log-maxage=30" in ran.out and GREEN in ran.err,
             f"no colour with --color=always {env}")


@test
def the_two_streams_are_coloured_each_on_its_own(case):
    case.write("m.yaml")
    dry = ("enable", "--manifest=m.yaml", "--dry-run")
    _, report = on_terminal(case, *dry, streams=("stderr",))
    true(GREEN + b"+\x1b[0m --audit-log-maxage" in report, f"no colour on stderr: {report!r}")
    _, diff = on_terminal(case, *dry, streams=("stdout",))
    true(GREEN + b"+    - --audit-log-maxage" in diff, f"no colour on stdout: {diff!r}")
    _, manifest = on_terminal(case, "enable", "--manifest=m.yaml", "-o", "-", streams=("stdout",))
    equal(ENABLED, manifest.replace(b"\r\n", b"\n"), "a manifest on a terminal has no colours")


@test
def json_and_help_have_no_colour(case):
    case.write("m.yaml")
    for words in (("enable", "--manifest=m.yaml", "--dry-run", "--format=json", "--color=always"),
                  ("enable", "--manifest=m.yaml", "-o", "-", "--quiet", "--color=always"),
                  ("--help",), ("--version",)):
        code, shown = on_terminal(case, *words)
        equal(0, code, text(words[0]))
        true(b"\x1b" not in shown, f"colour in {words}: {shown[:200]!r}")


@test
def a_terminal_is_not_asked(case):
    """Nobody types, and the write is done all the same."""
    case.write("m.yaml")
    begin = time.monotonic()
    code, _ = on_terminal(case, "enable", "--manifest=m.yaml")
    equal((0, ENABLED), (code, case.read("m.yaml")), "a write on a terminal")
    true(time.monotonic() - begin < 5, "it waited")
    case.write("m.yaml", PLAIN)
