#include "cli/exit_cause.h"

#include <fmt/core.h>

#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "text/excerpt.h"
#include "text/utf8.h"

namespace kaudit::cli {
namespace {

using rollout::ExitCause;
using Kind = ExitCause::Kind;

constexpr std::size_t kLongestTime = std::string_view("2006-01-02T15:04:05.999999999+00:00").size();
constexpr std::size_t kLongest = 300;  // of a reason; a list of errors may be as long as a policy

// What the container wrote, without what the runtime puts before it. cri-api logs: time, stream,
// tag (pkg/kubelet/kuberuntime/logs/logs.go, parseCRILog); Docker's: {"log":"…","stream":…}.
std::string message_of(std::string_view line) {
  if (line.starts_with('{')) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (json.is_object() && json.contains("log") && json["log"].is_string()) {
      std::string message = json["log"].get<std::string>();
      while (message.ends_with('\n')) message.pop_back();
      return message;
    }
  }
  for (const std::string_view stream : {" stderr ", " stdout "}) {
    const std::size_t at = line.find(stream);
    if (at > kLongestTime) continue;  // not there, or in the message
    const std::string_view tagged = line.substr(at + stream.size());
    if (tagged.starts_with("F ") || tagged.starts_with("P ")) return std::string(tagged.substr(2));
  }
  return std::string(line);
}

std::vector<std::string> messages_of(std::string_view log) {
  std::vector<std::string> messages;
  while (!log.empty()) {
    const std::size_t end = log.find('\n');
    if (end != 0) messages.push_back(message_of(log.substr(0, end)));
    if (end == std::string_view::npos) break;
    log.remove_prefix(end + 1);
  }
  return messages;
}

// "a \"b\"" as klog and Go's %q write it.
std::string unquoted(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size() && text[i] != '"'; ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      ++i;
      plain += text[i] == 'n' || text[i] == 't' ? ' ' : text[i];
    } else {
      plain += text[i];
    }
  }
  return plain;
}

// The error with which the command ended: up to 1.22 cobra's "Error: …", then klog's
// "E1123 … run.go:74] "command failed" err="…"" (component-base/cli/run.go, Run).
std::optional<std::string> command_error(std::string_view message) {
  constexpr std::string_view kFailed = "\"command failed\" err=\"";
  if (const std::size_t at = message.find(kFailed); at != std::string_view::npos)
    return unquoted(message.substr(at + kFailed.size()));
  for (const std::string_view word : {"Error: ", "error: "}) {
    if (message.starts_with(word)) return std::string(message.substr(word.size()));
  }
  return {};
}

struct Known {
  std::string_view words;   // in the error
  std::string_view before;  // what stands before the words' rest in the reason
  bool from_words;          // the reason goes on with the words themselves
};

// What AuditOptions.Validate and ApplyTo say (apiserver, pkg/server/options/audit.go), and pflag
// about a command line.
constexpr std::array<Known, 10> kFatal = {{
    {"loading audit policy file: ", "the policy was refused: ", false},
    {"initializing audit webhook: ", "the webhook's kubeconfig was refused: ", false},
    {"ensureLogFile: ", "the audit log cannot be opened: ", false},
    {"unknown flag: ", "the API server does not know the flag ", false},
    {"unknown shorthand flag: ", "", true},
    {"flag needs an argument: ", "", true},
    {"invalid argument ", "", true},
    {"invalid audit ", "", true},
    {"--audit-log-max", "", true},
    {"does not take any arguments", "the API server refused its arguments: it ", true},
}};

std::string shortened(std::string_view text) {
  std::string line = text::one_line(text);
  if (line.size() <= kLongest) return line;
  std::size_t end = kLongest;
  while (end > 0 && text::is_utf8_continuation(line[end])) --end;
  return line.substr(0, end) + "...";
}

ExitCause cause_of_error(const std::string& error) {
  for (const Known& known : kFatal) {
    const std::size_t at = error.find(known.words);
    if (at == std::string::npos) continue;
    const std::string rest = error.substr(known.from_words ? at : at + known.words.size());
    return {Kind::Fatal, shortened(std::string(known.before).append(rest))};
  }
  if (error.find("address already in use") != std::string::npos)
    return {Kind::AddressInUse, "the port was still in use: " + shortened(error)};
  return {Kind::Unknown, "it said: " + shortened(error)};
}

// What the kubelet logs when no container comes up: pkg/volume/hostpath/host_path.go; pkg/kubelet/
// config/file.go and common.go; pkg/kubelet/images/image_manager.go.
constexpr std::array<Known, 4> kComplaints = {{
    {"hostPath type check failed: ", "the kubelet could not mount a hostPath: ", false},
    {"Could not process manifest file", "the kubelet did not take the manifest: ", true},
    {"Can't process manifest file", "the kubelet did not take the manifest: ", true},
    {"Failed to pull image", "the kubelet could not get the image: ", true},
}};

}  // namespace

std::string kubelet_complaint(std::string_view journal, std::string_view pod_name) {
  std::string found;
  while (!journal.empty()) {
    const std::size_t end = journal.find('\n');
    const std::string_view line = journal.substr(0, end);
    journal.remove_prefix(end == std::string_view::npos ? journal.size() : end + 1);
    if (line.find(pod_name) == std::string_view::npos) continue;
    for (const Known& known : kComplaints) {
      const std::size_t at = line.find(known.words);
      if (at == std::string_view::npos) continue;
      const std::string_view rest = line.substr(known.from_words ? at : at + known.words.size());
      found = shortened(std::string(known.before).append(unquoted(rest)));
    }
  }
  return found;
}

ExitCause exit_cause(std::string_view log) {
  const std::vector<std::string> messages = messages_of(log);
  // The last error of the command is why it ended.
  for (std::size_t i = messages.size(); i > 0; --i) {
    if (const auto error = command_error(messages[i - 1])) return cause_of_error(*error);
  }
  // A listener that cannot be opened may end it by a panic or klog.Fatal.
  for (const std::string& message : messages) {
    if (message.find("address already in use") != std::string::npos)
      return {Kind::AddressInUse, "the port was still in use"};
  }
  return {};
}

}  // namespace kaudit::cli
