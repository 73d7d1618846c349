#include "host/kubelet_journal.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "host/system_clock.h"
#include "host/unique_fd.h"

namespace kaudit::host {
namespace {

constexpr std::chrono::milliseconds kPatience{2000};
constexpr std::size_t kAtMost = std::size_t{1} << 20;

// Reads until the end, or as long as patience lasts.
std::string read_patiently(int descriptor) {
  SystemClock clock;
  const auto give_up = clock.monotonic() + kPatience;
  std::string text;
  std::array<char, 16 << 10> buffer{};
  while (text.size() < kAtMost) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(give_up - clock.monotonic());
    pollfd ready{descriptor, POLLIN, 0};
    if (left.count() <= 0 || poll(&ready, 1, static_cast<int>(left.count())) == 0) return {};
    const ssize_t got = ::read(descriptor, buffer.data(), buffer.size());
    if (got <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return text;
}

}  // namespace

std::string kubelet_journal(std::chrono::seconds since) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  const UniqueFd reading(ends[0]);
  UniqueFd writing(ends[1]);
  std::string age = "--since=-" + std::to_string(since.count()) + "s";
  std::array<std::string, 7> words = {
      "journalctl", "--unit=kubelet", "--output=cat", "--lines=400", "--no-pager", "--quiet", age};
  std::array<char*, 8> argv{};
  for (std::size_t i = 0; i < words.size(); ++i) argv[i] = words[i].data();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, writing.get(), STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int failed =
      posix_spawnp(&child, words[0].c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return {};
  writing = UniqueFd();
  std::string text = read_patiently(reading.get());
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  return text;
}

}  // namespace kaudit::host
