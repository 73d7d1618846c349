"""testdata through the binary: one process a lesson, exact bytes (testdata/README.md)."""

import os

from harness import TESTDATA, Failure, equal, test, testdata, text, true


def lessons(kind):
    return sorted(os.listdir(os.path.join(TESTDATA, kind)))


class Lesson:
    def __init__(self, kind, name):
        self.kind, self.name = kind, name
        self.files = os.listdir(os.path.join(TESTDATA, kind, name))
        self.form = "json" if "in.json" in self.files else "yaml"

    def read(self, name):
        return testdata(self.kind, self.name, name)

    def lines(self, name):
        return text(self.read(name)).splitlines() if name in self.files else []


def check_result(case, lesson, source, ran):
    ran.expect(0, out=b"")
    noop = "noop" in lesson.files
    want = lesson.read("in." + lesson.form) if noop else lesson.read("out." + lesson.form)
    equal(want, case.read("result"), "the bytes of the result")
    again = case.kaudit(lesson.kind, "--manifest", source, "-o", "-", *lesson.lines("args"))
    again.expect(0, out=want)
    if "undo" in lesson.files:
        undone = case.kaudit("disable", "--manifest", "result", "-o", "-")
        undone.expect(0)
        exact = text(lesson.read("undo")).startswith("exact")
        equal(exact, undone.out == lesson.read("in." + lesson.form), "disable gives the input back")


def check_refusal(case, lesson, ran):
    ran.expect(2, out=b"")
    true(not os.path.exists(case.path("result")), "a refusal wrote its result")
    phrase = lesson.lines("refused")[0]
    true(phrase in text(ran.err), f"the refusal does not say {phrase!r}:\n{text(ran.err)}")
    lines = text(ran.err).splitlines()
    true("error: " in lines[0] and "kaudit:" not in lines[0].replace("kaudit: error: ", ""),
         f"not one plain sentence:\n{text(ran.err)}")


def run_lessons(case, kind):
    failures = []
    for name in lessons(kind):
        lesson = Lesson(kind, name)
        source = case.write("in." + lesson.form, lesson.read("in." + lesson.form))
        if os.path.exists(case.path("result")):
            os.remove(case.path("result"))
        ran = case.kaudit(kind, "--manifest", source, "-o", "result", *lesson.lines("args"))
        try:
            if "refused" in lesson.files:
                check_refusal(case, lesson, ran)
            else:
                check_result(case, lesson, source, ran)
            equal(lesson.read("in." + lesson.form), case.read(source), "the manifest itself")
        except Failure as failure:
            failures.append(f"-- {kind}/{name}: {text(lesson.read('lesson')).strip()}\n{failure}")
    true(not failures, f"{len(failures)} of {len(lessons(kind))} lessons:\n" + "\n".join(failures))


@test
def every_enable_lesson_gives_its_bytes(case):
    run_lessons(case, "enable")


@test
def every_disable_lesson_gives_its_bytes(case):
    run_lessons(case, "disable")


@test
def enable_writes_what_kubeadm_writes_and_disable_takes_it_out(case):
    for release in lessons("kubeadm"):
        plain = testdata("kubeadm", release, "plain.yaml")
        enabled = testdata("kubeadm", release, "enabled.yaml")
        manifest = case.write("kube-apiserver.yaml", plain)
        case.kaudit("enable", "--manifest", manifest).expect(0)
        equal(enabled, case.read(manifest), f"{release} enabled")
        case.kaudit("disable", "--manifest", manifest).expect(0)
        equal(plain, case.read(manifest), f"{release} disabled")
