#include "host/posix_process_table.h"

#include <algorithm>
#include <charconv>

#include "host/posix_file_system.h"

namespace kaudit::host {
namespace {

// The kernel's own limit on one process's arguments is 2 MiB by default (a quarter of the stack).
constexpr std::size_t kArgumentLimit = std::size_t{6} << 20;

std::vector<std::string> split_at_zero_bytes(const std::string& bytes) {
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin < bytes.size();) {
    const std::size_t end = std::min(bytes.find('\0', begin), bytes.size());
    words.push_back(bytes.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

}  // namespace

text::Result<std::vector<Process>> PosixProcessTable::processes() const {
  const auto files = PosixFileSystem::open("/");
  if (!files) return std::unexpected(files.error());
  const auto names = (*files)->list_directory(proc_);
  if (!names) return std::unexpected(names.error());
  std::vector<Process> found;
  for (const std::string& name : *names) {
    int pid = 0;
    const char* end = name.data() + name.size();
    const auto read = std::from_chars(name.data(), end, pid);
    if (read.ec != std::errc() || read.ptr != end) continue;
    const auto bytes = (*files)->read_file(proc_ + "/" + name + "/cmdline", kArgumentLimit);
    if (bytes && !bytes->empty()) found.push_back({pid, split_at_zero_bytes(*bytes)});
  }
  std::ranges::sort(found, {}, &Process::pid);
  return found;
}

}  // namespace kaudit::host
