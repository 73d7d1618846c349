#!/usr/bin/env python3
"""Runs the tests of the built binary: run.py [BINARY] [-k WORD]. BINARY may come from KAUDIT_BIN.

With -k only the tests whose name (file.test) contains WORD. Needs nothing but Python 3.11; tests
that need root or a tool that is not there are skipped, and named.
"""

import argparse
import importlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import harness  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary", nargs="?", default=os.environ.get("KAUDIT_BIN"))
    parser.add_argument("-k", dest="word", default="")
    given = parser.parse_args()
    if not given.binary or not os.access(given.binary, os.X_OK):
        parser.error(f"no executable kaudit: {given.binary}")
    return given


def run_one(function, binary):
    """What came of it: passed, failed or skipped, and why."""
    try:
        harness.run_test(function, binary)
        return "passed", ""
    except harness.Skip as reason:
        return "skipped", str(reason)
    except harness.Failure as failure:
        return "failed", str(failure)
    except subprocess.TimeoutExpired as timeout:
        return "failed", str(timeout)
    except Exception:  # a broken test is a failed one, and the others still run
        return "failed", traceback.format_exc()


def main():
    given = arguments()
    for name in sorted(os.listdir(HERE)):
        if name.endswith("_tests.py"):
            importlib.import_module(name.removesuffix(".py"))
    os.umask(0o022)
    count = {"passed": 0, "failed": 0, "skipped": 0}
    # A copy that every user can reach and that no rebuild replaces meanwhile.
    with tempfile.TemporaryDirectory(prefix="kaudit-binary-") as directory:
        os.chmod(directory, 0o755)
        binary = os.path.join(directory, "kaudit")
        shutil.copy(given.binary, binary)
        os.chmod(binary, 0o755)
        for function in harness.all_tests:
            name = f"{function.__module__.removesuffix('_tests')}.{function.__name__}"
            if given.word not in name:
                continue
            begin = time.monotonic()
            result, why = run_one(function, binary)
            count[result] += 1
            seconds = time.monotonic() - begin
            if result == "failed":
                print(f"FAILED  {name}\n{why}\n", flush=True)
            elif result == "skipped":
                print(f"SKIPPED {name}: {why}", flush=True)
            if seconds > 5:
                print(f"        {name} took {seconds:.0f} s", flush=True)
    print("cli-binary: {passed} passed, {failed} failed, {skipped} skipped".format(**count))
    # A run in which nothing ran has shown nothing.
    return 1 if count["failed"] or sum(count.values()) == count["skipped"] else 0


sys.exit(main())
