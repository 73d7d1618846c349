#include "cli/input.h"

#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace kaudit::cli {

using text::ErrorKind;
using text::fail;

text::Result<std::string> read_standard_input(std::size_t limit, std::string hint) {
  std::string bytes;
  std::array<char, 1 << 16> buffer{};
  for (;;) {
    const ssize_t size = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return fail(ErrorKind::Io, "standard input cannot be read", "");
    if (size == 0) return bytes;
    bytes.append(buffer.data(), static_cast<std::size_t>(size));
    if (bytes.size() > limit)
      return fail(
          ErrorKind::Unsupported,
          fmt::format("standard input is larger than {} MiB, the kubelet's limit", limit >> 20),
          std::move(hint));
  }
}

}  // namespace kaudit::cli
