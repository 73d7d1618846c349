#include "property/watchdog.h"

#include <fmt/core.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

namespace kaudit::support {

namespace {

constexpr unsigned kSeconds = 20;

std::string_view watched_name;
std::string_view watched_bytes;

// Only calls that are safe in a signal handler.
void give_up(int /*signal*/) {
  const auto say = [](std::string_view text) {
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text.data(), text.size());
  };
  say("\nno end after 20 s: ");
  say(watched_name);
  say("\n");
  say(watched_bytes);
  say("\n");
  std::abort();
}

}  // namespace

Watched::Watched(std::string_view name, std::string_view bytes) {
  watched_name = name;
  watched_bytes = bytes;
  std::signal(SIGALRM, give_up);
  alarm(kSeconds);
}

Watched::~Watched() {
  alarm(0);
}

std::string printable(std::string_view bytes) {
  std::string literal = "\"";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      literal += "\\n\"\n\"";
    } else if (c == '"' || c == '\\') {
      literal += '\\';
      literal += c;
    } else if (byte < 0x20 || byte >= 0x7F) {
      literal += fmt::format("\\{:03o}", byte);
    } else {
      literal += c;
    }
  }
  return literal + "\"";
}

std::string without_numbers(std::string_view message) {
  std::string kind;
  for (const char c : message) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit) kind += c;
    if (digit && (kind.empty() || kind.back() != 'N')) kind += 'N';
  }
  return kind;
}

}  // namespace kaudit::support
