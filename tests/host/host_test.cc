#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>

#include "host/io_error.h"
#include "host/kubelet_journal.h"
#include "host/node_path.h"
#include "host/posix_process_table.h"
#include "host/signal_stop_requests.h"
#include "host/system_clock.h"
#include "host/utc_time.h"

namespace kaudit::host {
namespace {

using text::ErrorKind;

TEST(NodePath, SplitsAndJoins) {
  EXPECT_EQ(parent_path("/etc/kubernetes/x.yaml"), "/etc/kubernetes");
  EXPECT_EQ(parent_path("/etc//x"), "/etc");
  EXPECT_EQ(parent_path("/etc/"), "/");
  EXPECT_EQ(parent_path("/x"), "/");
  EXPECT_EQ(parent_path("/"), "/");
  EXPECT_EQ(base_name("/etc/kubernetes/x.yaml"), "x.yaml");
  EXPECT_EQ(base_name("/etc/"), "etc");
  EXPECT_EQ(base_name("/"), "");
  EXPECT_EQ(join("/etc", "x"), "/etc/x");
  EXPECT_EQ(join("/", "x"), "/x");
}

TEST(UtcTime, WritesAndReadsRfc3339) {
  // `date -u -d @1795417200` and `date -u -d @951782400`: leap day of a century year.
  EXPECT_EQ(to_rfc3339({1'795'417'200, 42}), "2026-11-23T07:00:00.000000042Z");
  EXPECT_EQ(to_rfc3339({951'782'400, 999'999'999}), "2000-02-29T00:00:00.999999999Z");
  EXPECT_EQ(to_rfc3339({-1, 0}), "1969-12-31T23:59:59.000000000Z");
  EXPECT_EQ(from_rfc3339("2026-11-23T07:00:00.000000042Z"), (UtcTime{1'795'417'200, 42}));
  EXPECT_EQ(to_date({951'782'400, 0}), "2000-02-29");
}

TEST(UtcTime, ReadsNothingElse) {
  for (const char* text : {"", "2026-11-23T07:00:00Z", "2026-11-23T07:00:00.00000004xZ",
                           "2026-02-30T07:00:00.000000000Z", "2026-11-23T24:00:00.000000000Z",
                           "2026-13-23T07:00:00.000000000Z", "2026-11-23 07:00:00.000000000Z",
                           "2026-11-23T07:60:00.000000000Z", "2026-11-23T07:00:00.000000000Z "}) {
    EXPECT_EQ(from_rfc3339(text), std::nullopt) << text;
  }
}

TEST(UtcTime, ReadsWhatGoWrites) {
  for (const char* text :
       {"2026-11-23T07:00:00.25Z", "2026-11-23T09:00:00.250000+02:00",
        "2026-11-23T03:30:00.250000000-03:30", "2026-11-24T00:45:00.2500+17:45"}) {
    EXPECT_EQ(from_go_time(text), (UtcTime{1'795'417'200, 250'000'000})) << text;
  }
  EXPECT_EQ(from_go_time("2026-11-23T07:00:00Z"), (UtcTime{1'795'417'200, 0}));
  for (const char* text :
       {"", "2026-11-23T07:00:00", "2026-11-23T07:00:00.Z", "2026-11-23T07:00:00.1",
        "2026-11-23T07:00:00.1234567890Z", "2026-11-23T07:00:00.1xZ", "2026-11-23T07:00:00+2",
        "2026-11-23T07:00:00+02:00Z", "2026-11-23T07:00:0xZ", "yesterday, about seven o'clock Z"}) {
    EXPECT_EQ(from_go_time(text), std::nullopt) << text;
  }
}

struct Row {
  int code;
  bool is_root;
  ErrorKind kind;
  const char* message;
  const char* hint;
};

TEST(IoError, SaysWhatHappenedAndTheWayOut) {
  const Row rows[] = {
      {EACCES, false, ErrorKind::Permission, "cannot read /x: Permission denied",
       "run it with sudo"},
      {EPERM, true, ErrorKind::Permission, "cannot read /x: Operation not permitted",
       "root is refused too: look for an immutable file (lsattr), a security policy (SELinux, "
       "AppArmor) or a missing capability"},
      {ENOENT, true, ErrorKind::NotFound, "cannot read /x: No such file or directory",
       "check the path"},
      {EROFS, true, ErrorKind::Io, "cannot read /x: Read-only file system",
       "this file system is mounted read-only: remount it read-write, or write elsewhere with -o "
       "FILE"},
      {ENOSPC, true, ErrorKind::Io, "cannot read /x: No space left on device",
       "free some space on this file system, then run it again"},
      {EIO, true, ErrorKind::Io, "cannot read /x: Input/output error",
       "the disk reports an error: look at the kernel's log (dmesg)"},
      {EEXIST, true, ErrorKind::Conflict, "cannot read /x: File exists", ""},
      {99999, true, ErrorKind::Io, "cannot read /x: unknown error", ""},
  };
  for (const Row& row : rows) {
    const text::Error error = io_error("cannot read /x", row.code, row.is_root);
    EXPECT_EQ(error.kind, row.kind) << row.code;
    EXPECT_EQ(error.message, row.message);
    EXPECT_EQ(error.hint, row.hint);
  }
}

TEST(PosixProcessTable, ReadsTheArgumentsOfEveryProcess) {
  std::string pattern = std::filesystem::temp_directory_path() / "kaudit-test-XXXXXX";
  const std::filesystem::path proc = mkdtemp(pattern.data());
  for (const char* name : {"10", "9", "self", "2x", "7"}) {
    std::filesystem::create_directory(proc / name);
  }
  const auto cmdline = [&](const char* pid, std::string bytes) {
    std::ofstream(proc / pid / "cmdline", std::ios::binary) << bytes;
  };
  cmdline("10", std::string("/usr/bin/kubelet\0--config\0\0", 27));
  cmdline("9", "");  // a kernel thread
  cmdline("7", std::string("sh\0", 3));
  const auto processes = PosixProcessTable(proc).processes();
  std::filesystem::remove_all(proc);
  ASSERT_TRUE(processes);
  ASSERT_EQ(processes->size(), 2u);
  EXPECT_EQ((*processes)[0].pid, 7);
  EXPECT_EQ((*processes)[1].pid, 10);
  EXPECT_THAT((*processes)[1].argv, testing::ElementsAre("/usr/bin/kubelet", "--config", ""));
  EXPECT_FALSE(PosixProcessTable("/nonexistent-proc").processes());
}

struct StartRow {
  const char* why;
  std::string stat;        // of the machine
  std::string of_process;  // of process 7
  std::optional<std::int64_t> started;
  std::optional<int> since_boot;  // seconds
};

TEST(PosixProcessTable, TellsWhenAProcessWasStarted) {
  const std::string tick = std::to_string(sysconf(_SC_CLK_TCK));
  const std::string ticks = std::to_string(90 * sysconf(_SC_CLK_TCK) + 1);
  const std::string boot = "cpu 1 2\nintr 5 btime 6\nbtime 1700000000\nprocesses 9\n";
  // Fields 3 to 21 of proc(5).
  const std::string middle = " S 1 7 7 0 -1 4194304 1 0 0 0 3 4 0 0 20 0 1 0 ";
  const std::vector<StartRow> rows = {
      {"90 seconds after boot", boot, "7 (sh)" + middle + ticks + " 99 88\n", 1'700'000'090, 90},
      {"a name like a stat", boot, "7 (a) (b) 1 2)" + middle + tick + " 99\n", 1'700'000'001, 1},
      {"no time of boot", "cpu 1 2\nbtimes 5\n", "7 (sh)" + middle + ticks + " 99\n", {}, 90},
      {"a time of boot that is none", "cpu\nbtime x\n", "7 (sh)" + middle + ticks + "\n", {}, 90},
      {"too few fields", boot, "7 (sh) S 1 7 7 0 -1\n", {}, {}},
      {"no name", boot, "", {}, {}},
      {"no number", boot, "7 (sh)" + middle + "x 99\n", {}, {}},
  };
  std::string pattern = std::filesystem::temp_directory_path() / "kaudit-test-XXXXXX";
  const std::filesystem::path proc = mkdtemp(pattern.data());
  std::filesystem::create_directory(proc / "7");
  std::ofstream(proc / "7" / "cmdline") << "sh";
  const auto process = [&] { return PosixProcessTable(proc).processes().value().at(0); };
  EXPECT_EQ(process().started, std::nullopt) << "no stat at all";
  for (const StartRow& row : rows) {
    std::ofstream(proc / "stat") << row.stat;
    std::ofstream(proc / "7" / "stat") << row.of_process;
    EXPECT_EQ(process().started, row.started) << row.why;
    // One tick more than whole seconds in the rows that have ninety of them.
    const auto since_boot = process().started_since_boot;
    ASSERT_EQ(since_boot.has_value(), row.since_boot.has_value()) << row.why;
    if (since_boot) {
      EXPECT_EQ(std::chrono::floor<std::chrono::seconds>(*since_boot).count(), *row.since_boot);
    }
  }
  std::filesystem::remove_all(proc);
}

TEST(PosixProcessTable, SeesThatThisProcessIsYoung) {
  const auto processes = PosixProcessTable().processes();
  if (!processes) GTEST_SKIP() << "no /proc here";
  const auto self = std::ranges::find(*processes, getpid(), &Process::pid);
  ASSERT_NE(self, processes->end());
  ASSERT_TRUE(self->started);
  const std::int64_t now = SystemClock().utc_now().seconds;
  EXPECT_LE(*self->started, now + 2);  // the kernel rounds the time of boot
  EXPECT_GE(*self->started, now - 3600);
}

TEST(PosixProcessTable, CountsStartsOnTheClockSinceBoot) {
  const auto processes = PosixProcessTable().processes();
  if (!processes) GTEST_SKIP() << "no /proc here";
  const auto self = std::ranges::find(*processes, getpid(), &Process::pid);
  ASSERT_NE(self, processes->end());
  ASSERT_TRUE(self->started_since_boot);
  const auto now = SystemClock().since_boot();
  EXPECT_LE(*self->started_since_boot, now);
  EXPECT_GE(*self->started_since_boot, now - std::chrono::hours(1));
}

TEST(KubeletJournal, IsTextOrNothing) {
  // Whatever this machine has, it is text.
  const std::string journal = kubelet_journal(std::chrono::seconds(1));
  EXPECT_TRUE(journal.empty() || journal.ends_with('\n'));
}

TEST(SignalStopRequests, CountsInsteadOfEnding) {
  {
    SignalStopRequests stops;
    EXPECT_EQ(stops.count(), 0);
    raise(SIGINT);
    raise(SIGTERM);
    EXPECT_EQ(stops.count(), 2);
    raise(SIGHUP);  // neither ends the process nor counts
    raise(SIGPIPE);
    EXPECT_EQ(stops.count(), 2);
  }
  SignalStopRequests again;
  EXPECT_EQ(again.count(), 0);
}

TEST(SignalStopRequests, LeavesSignalsAsTheyWere) {
  struct sigaction before {
  }, after{};
  sigaction(SIGINT, nullptr, &before);
  { const SignalStopRequests stops; }
  sigaction(SIGINT, nullptr, &after);
  EXPECT_EQ(before.sa_handler, after.sa_handler);
}

TEST(SystemClock, GoesForward) {
  SystemClock clock;
  const auto before = clock.monotonic();
  clock.sleep_for(std::chrono::milliseconds(1));
  EXPECT_GE(clock.monotonic() - before, std::chrono::milliseconds(1));
  EXPECT_GT(clock.utc_now(), (UtcTime{1'700'000'000, 0}));
}

}  // namespace
}  // namespace kaudit::host
