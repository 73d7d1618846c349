#include "cli/input.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

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

namespace {

constexpr std::size_t kPiece = std::size_t{1} << 18;

std::unexpected<text::Error> unreadable(const std::string& name, int error) {
  const auto kind = error == ENOENT   ? ErrorKind::NotFound
                    : error == EACCES ? ErrorKind::Permission
                                      : ErrorKind::Io;
  return fail(kind, fmt::format("cannot read {}: {}", name, std::strerror(error)),
              "check the path");
}

}  // namespace

InputStream::InputStream(int descriptor, std::string name)
    : descriptor_(descriptor), name_(std::move(name)), buffer_(kPiece, '\0') {}

InputStream::InputStream(InputStream&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      name_(std::move(other.name_)),
      buffer_(std::move(other.buffer_)) {}

InputStream::~InputStream() {
  if (descriptor_ > STDIN_FILENO) ::close(descriptor_);
}

text::Result<InputStream> InputStream::open(const std::string& path) {
  if (path == "-") return InputStream(STDIN_FILENO, "standard input");
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (descriptor < 0) return unreadable(path, errno);
  return InputStream(descriptor, path);
}

text::Result<std::string_view> InputStream::read() {
  for (;;) {
    const ssize_t size = ::read(descriptor_, buffer_.data(), buffer_.size());
    if (size >= 0) return std::string_view(buffer_.data(), static_cast<std::size_t>(size));
    if (errno != EINTR) return unreadable(name_, errno);
  }
}

}  // namespace kaudit::cli
