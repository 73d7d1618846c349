"""A second run writes nothing; a first one keeps all that is not bytes."""

import os

from harness import ENABLED, NOBODY, PLAIN, Skip, equal, need_root, test, testdata, text, true


@test
def a_second_run_writes_nothing(case):
    case.write("m.yaml")
    case.kaudit("enable", "--manifest=m.yaml", "--audit-log-maxage=7").expect(0)
    with case.untouched():  # inode and mtime to the nanosecond, of the directory too
        for words in ([], ["--audit-log-maxage=7"], ["--audit-log-maxage=007"], ["--diff"]):
            ran = case.kaudit("enable", "--manifest=m.yaml", *words).expect(0, out="")
            true(text(ran.err).endswith("already enabled: m.yaml\n"), f"{words}: {text(ran.err)}")
    case.kaudit("disable", "--manifest=m.yaml").expect(0)
    equal(PLAIN, case.read("m.yaml"), "disabled again")
    with case.untouched():
        case.kaudit("disable", "--manifest=m.yaml").expect(0, out="", err="already disabled: m.yaml\n")


@test
def other_spellings_of_the_same_settings_are_enough(case):
    case.write("m.yaml", testdata("enable", "already-enabled-in-other-spellings", "in.yaml"))
    with case.untouched():
        ran = case.kaudit("enable", "--manifest=m.yaml").expect(0, out="")
        true(text(ran.err).endswith("already enabled: m.yaml\n"), text(ran.err))


@test
def a_changed_setting_is_written_and_said(case):
    case.write("m.yaml", ENABLED)
    ran = case.kaudit("enable", "--manifest=m.yaml", "--audit-log-maxage=90").expect(0, out="")
    equal(ENABLED.replace(b"maxage=30", b"maxage=90"), case.read("m.yaml"), "the manifest")
    line = [line for line in text(ran.err).splitlines() if line.startswith("  ~ ")]
    equal(["  ~ --audit-log-maxage=90  (given; it was 30)"], line, "the report of a change")


@test
def mode_is_kept_and_no_file_is_left(case):
    for mode in (0o600, 0o640, 0o644, 0o400, 0o755):
        for mask in (0o000, 0o022, 0o077):
            case.write("m.yaml", PLAIN, mode=mode)
            old = os.umask(mask)
            case.kaudit("enable", "--manifest=m.yaml").expect(0)
            os.umask(old)
            equal((ENABLED, mode), (case.read("m.yaml"), case.mode("m.yaml")), f"umask {mask:o}")
            equal(["m.yaml"], case.names(), "files left")
            os.remove(case.path("m.yaml"))


@test
def owner_is_kept(case):
    need_root()
    case.write("m.yaml", PLAIN, mode=0o640)
    os.chown(case.path("m.yaml"), NOBODY, 12)
    case.kaudit("enable", "--manifest=m.yaml").expect(0)
    status = os.stat(case.path("m.yaml"))
    equal((ENABLED, NOBODY, 12, 0o100640),
          (case.read("m.yaml"), status.st_uid, status.st_gid, status.st_mode), "bytes, owner, mode")


@test
def extended_attributes_are_kept(case):
    case.write("m.yaml")
    try:
        os.setxattr(case.path("m.yaml"), "user.origin", b"kubeadm\0init")
        os.setxattr(case.path("m.yaml"), "user.empty", b"")
    except OSError as error:
        raise Skip(f"this file system takes no user attributes: {error.strerror}") from error
    case.kaudit("enable", "--manifest=m.yaml").expect(0)
    equal(ENABLED, case.read("m.yaml"), "the manifest")
    kept = {name: os.getxattr(case.path("m.yaml"), name) for name in os.listxattr(case.path("m.yaml"))
            if name.startswith("user.")}
    equal({"user.origin": b"kubeadm\0init", "user.empty": b""}, kept, "attributes")


@test
def a_symlink_stays_and_its_file_changes(case):
    case.write("store/real.yaml", mode=0o644)
    os.mkdir(case.path("links"))
    os.symlink("../store/real.yaml", case.path("links/m.yaml"))
    os.symlink(case.path("links/m.yaml"), case.path("far.yaml"))
    case.kaudit("enable", "--manifest=far.yaml").expect(0)
    equal(case.path("links/m.yaml"), os.readlink(case.path("far.yaml")), "the outer symlink")
    equal("../store/real.yaml", os.readlink(case.path("links/m.yaml")), "the inner symlink")
    equal((ENABLED, 0o644), (case.read("store/real.yaml"), case.mode("store/real.yaml")), "the file")
    equal((["m.yaml"], ["real.yaml"]), (case.names("links"), case.names("store")), "files left")


@test
def a_dangling_symlink_and_a_loop_are_refused(case):
    os.symlink("gone.yaml", case.path("m.yaml"))
    os.symlink("loop.yaml", case.path("loop.yaml"))
    with case.untouched():
        case.kaudit("enable", "--manifest=m.yaml").expect(2, out="", err=(
            "kaudit: error: cannot find DIR/m.yaml: No such file or directory\n  hint: check the path\n"))
        case.kaudit("enable", "--manifest=loop.yaml").expect(2, out="", err=(
            "kaudit: error: cannot find DIR/loop.yaml: Too many levels of symbolic links\n"
            "  hint: this symlink leads back to itself\n"))


@test
def strange_names_work(case):
    for name in ("with blank.yaml", "-o.yaml", "ünï.yaml", "a=b.yaml", "x" * 200 + ".yaml"):
        case.write(name)
        case.kaudit("enable", f"--manifest={name}").expect(0)
        equal(ENABLED, case.read(name), name)


@test
def what_is_not_a_regular_file_is_refused_without_waiting(case):
    os.mkfifo(case.path("pipe"))
    for name in ("pipe", "/dev/null"):
        shown = "DIR/pipe" if name == "pipe" else name
        case.kaudit("enable", f"--manifest={name}").expect(2, out="", err=(
            f"kaudit: error: {shown} is not a regular file\n"
            "  hint: name the manifest's file with --manifest\n"))


@test
def a_file_name_of_255_bytes_leaves_no_room_for_a_temporary_file(case):
    name = "x" * 250 + ".yaml"
    case.write(name)
    with case.untouched():
        ran = case.kaudit("enable", f"--manifest={name}").expect(2, out="")
        true(b"File name too long" in ran.err, text(ran.err))


@test
def a_stale_temporary_file_is_removed_and_strangers_stay(case):
    case.write("m.yaml")
    case.write(".m.yaml.kaudit-new", "left by a crash")
    case.write(".m.yaml.kaudit-old", "left by a crash")
    for name in (".m.yaml.swp", ".other.yaml.kaudit-new", "m.yaml.kaudit-new"):
        case.write(name, "not ours")
    case.kaudit("enable", "--manifest=m.yaml").expect(0)
    equal(ENABLED, case.read("m.yaml"), "the manifest")
    equal([".m.yaml.swp", ".other.yaml.kaudit-new", "m.yaml", "m.yaml.kaudit-new"], case.names(), "files")


@test
def ten_mebibytes_are_the_limit_in_place(case):
    padding = b"# " + b"x" * 97 + b"\n"
    big = PLAIN + padding * ((10 << 20) // len(padding))
    true(len(big) > 10 << 20, "the test's own file is too small")
    case.write("m.yaml", big)
    with case.untouched():
        ran = case.kaudit("enable", "--manifest=m.yaml").expect(2, out="")
        true(b"larger than" in ran.err and b"-o FILE" in ran.err, f"no way out is named:\n{text(ran.err)}")
        case.kaudit("enable", "--manifest=m.yaml", "--dry-run").expect(2, out="")
    case.kaudit("enable", "--manifest=m.yaml", "-o", "o.yaml").expect(0)
    equal(ENABLED + padding * ((10 << 20) // len(padding)), case.read("o.yaml"), "the result of -o")
