#include "cli/output.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
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

int flush(const Output& output) {
  const int out = write_now(output.out);
  write_all(STDERR_FILENO, output.err);
  return out;
}

}  // namespace kaudit::cli
