#include "host/posix_process_table.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "host/posix_file_system.h"

namespace kaudit::host {
namespace {

// The kernel's own limit on one process's arguments is 2 MiB by default (a quarter of the stack).
constexpr std::size_t kArgumentLimit = std::size_t{6} << 20;
// /proc/stat has a line for each CPU, and one with a number for each interrupt.
constexpr std::size_t kStatLimit = std::size_t{1} << 20;

std::vector<std::string> split_at_zero_bytes(const std::string& bytes) {
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin < bytes.size();) {
    const std::size_t end = std::min(bytes.find('\0', begin), bytes.size());
    words.push_back(bytes.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

// The number with which the text begins.
std::optional<std::int64_t> leading_number(std::string_view text) {
  std::int64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || number < 0) return std::nullopt;
  return number;
}

// The moment of boot, seconds since 1970: the line "btime 1700000000" of /proc/stat
// (fs/proc/stat.c, show_stat).
std::optional<std::int64_t> boot_time(std::string_view stat) {
  constexpr std::string_view kLabel = "\nbtime ";
  const std::size_t at = stat.find(kLabel);
  if (at == std::string_view::npos) return std::nullopt;
  return leading_number(stat.substr(at + kLabel.size()));
}

// Field 22 of /proc/PID/stat, clock ticks since boot. The second field is the program's name in
// parentheses; it may hold blanks and parentheses itself, so fields count from the last one
// (fs/proc/array.c, do_task_stat).
std::optional<std::int64_t> start_ticks(std::string_view stat) {
  constexpr int kFieldsAfterName = 22 - 2;
  std::size_t at = stat.rfind(')');
  for (int field = 0; field < kFieldsAfterName && at != std::string_view::npos; ++field) {
    at = stat.find(' ', at + 1);
  }
  if (at == std::string_view::npos) return std::nullopt;
  return leading_number(stat.substr(at + 1));
}

// What a file of proc says, or "".
std::string content(const FileSystem& files, const std::string& path) {
  return files.read_file(path, kStatLimit).value_or("");
}

void read_start(std::optional<std::int64_t> boot, std::string_view stat, Process& process) {
  const long ticks_per_second = sysconf(_SC_CLK_TCK);
  const auto ticks = start_ticks(stat);
  if (!ticks || ticks_per_second <= 0) return;
  process.started_since_boot =
      std::chrono::nanoseconds(std::chrono::seconds(1)) / ticks_per_second * *ticks;
  if (boot) process.started = *boot + *ticks / ticks_per_second;
}

}  // namespace

text::Result<std::vector<Process>> PosixProcessTable::processes() const {
  const auto files = PosixFileSystem::open("/");
  if (!files) return std::unexpected(files.error());
  const auto names = (*files)->list_directory(proc_);
  if (!names) return std::unexpected(names.error());
  const bool reads_starts = starts_ == StartTimes::Read;
  const auto boot = reads_starts ? boot_time(content(**files, proc_ + "/stat")) : std::nullopt;
  std::vector<Process> found;
  for (const std::string& name : *names) {
    int pid = 0;
    const char* end = name.data() + name.size();
    const auto read = std::from_chars(name.data(), end, pid);
    if (read.ec != std::errc() || read.ptr != end) continue;
    const std::string directory = proc_ + "/" + name;
    const auto bytes = (*files)->read_file(directory + "/cmdline", kArgumentLimit);
    if (!bytes || bytes->empty()) continue;
    Process process{pid, split_at_zero_bytes(*bytes)};
    if (reads_starts) read_start(boot, content(**files, directory + "/stat"), process);
    found.push_back(std::move(process));
  }
  std::ranges::sort(found, {}, &Process::pid);
  return found;
}

}  // namespace kaudit::host
