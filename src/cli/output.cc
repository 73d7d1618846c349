#include "cli/output.h"

#include <fmt/core.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>

#include "text/excerpt.h"

namespace kaudit::cli {
namespace {

bool wants_color(ColorMode mode, int descriptor) {
  if (mode != ColorMode::Auto) return mode == ColorMode::Always;
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  if (no_color != nullptr && *no_color != '\0') return false;
  return isatty(descriptor) == 1 && term != nullptr && std::string_view(term) != "dumb";
}

int write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

// No write of so many bytes blocks where poll(2) promises room for some (pipe(7), PIPE_BUF).
constexpr std::size_t kChunk = 4096;
constexpr std::chrono::seconds kPatience{1};

void write_briefly(int descriptor, std::string_view bytes) {
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (!bytes.empty()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        give_up - std::chrono::steady_clock::now());
    pollfd ready{descriptor, POLLOUT, 0};
    if (left.count() <= 0 || poll(&ready, 1, static_cast<int>(left.count())) < 0) return;
    if ((ready.revents & POLLOUT) == 0) return;
    const ssize_t written = ::write(descriptor, bytes.data(), std::min(bytes.size(), kChunk));
    if (written < 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string message_text(std::string_view label, std::string_view code, const text::Error& error,
                         const text::SourceText* source, bool color) {
  const bool placed = source != nullptr && error.place.has_value();
  const std::string prefix = placed              ? text::place_prefix(*source, error.place)
                             : source != nullptr ? source->name() + ": "
                                                 : "kaudit: ";
  std::string out = fmt::format("{}{} {}\n", painted(prefix, "1", color),
                                painted(label, code, color), error.message);
  if (placed) out += text::excerpt(*source, *error.place);
  if (!error.hint.empty())
    out += fmt::format("  {} {}\n", painted("hint:", "1;36", color), error.hint);
  return out;
}

}  // namespace

Output make_output(const Options& options) {
  Output output;
  output.color_out = wants_color(options.color, STDOUT_FILENO);
  output.color_err = wants_color(options.color, STDERR_FILENO);
  output.quiet = options.quiet;
  return output;
}

std::string painted(std::string_view text, std::string_view code, bool color) {
  return color ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

std::string error_text(const text::Error& error, const text::SourceText* source, bool color) {
  return message_text("error:", "1;31", error, source, color);
}

std::string warning_text(const text::Error& error, const text::SourceText* source, bool color) {
  return message_text("warning:", "1;33", error, source, color);
}

int write_now(std::string_view bytes) {
  return write_all(STDOUT_FILENO, bytes);
}

void flush_briefly(const Output& output) {
  write_briefly(STDOUT_FILENO, output.out);
  write_briefly(STDERR_FILENO, output.err);
}

int flush(const Output& output) {
  const int out = write_now(output.out);
  write_all(STDERR_FILENO, output.err);
  return out;
}

}  // namespace kaudit::cli
