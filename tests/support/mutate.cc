#include "support/mutate.h"

#include <algorithm>
#include <array>

namespace kaudit::support {

namespace {

using namespace std::string_view_literals;

constexpr std::array kBytes = {" "sv,  "\n"sv, "\r"sv, "\t"sv, "#"sv, ":"sv,    "-"sv,    "\""sv,
                               "'"sv,  "["sv,  "]"sv,  "{"sv,  "}"sv, ","sv,    "&"sv,    "*"sv,
                               "!"sv,  "|"sv,  ">"sv,  "%"sv,  "@"sv, "`"sv,    "?"sv,    "\\"sv,
                               "\0"sv, "~"sv,  "0"sv,  "a"sv,  "="sv, "\x80"sv, "\xFF"sv, "/"sv};

constexpr std::array kTokens = {"- "sv,
                                "-"sv,
                                "-   "sv,
                                "- - "sv,
                                ": "sv,
                                ":"sv,
                                " :"sv,
                                "? "sv,
                                " #"sv,
                                " # ]"sv,
                                "# "sv,
                                "\n"sv,
                                "\r\n"sv,
                                "\n\n"sv,
                                "\n  \n"sv,
                                "\n#x\n"sv,
                                "\n      # x\n"sv,
                                "\t"sv,
                                ", "sv,
                                ","sv,
                                "["sv,
                                "]"sv,
                                "{"sv,
                                "}"sv,
                                "[]"sv,
                                "{}"sv,
                                "[a, b]"sv,
                                "[a: b]"sv,
                                "{a: b}"sv,
                                "{a, b: }"sv,
                                "\""sv,
                                "'"sv,
                                "''"sv,
                                "\"\""sv,
                                "\"a\\\n b\""sv,
                                "'a\n  b'"sv,
                                "&a "sv,
                                "*a"sv,
                                "*a "sv,
                                "&b [*b]"sv,
                                "!!str "sv,
                                "! "sv,
                                "!x "sv,
                                "!!null"sv,
                                "<<: "sv,
                                "<<: *a\n"sv,
                                "null"sv,
                                "~"sv,
                                "true"sv,
                                "yes"sv,
                                "0x1F"sv,
                                "12:30"sv,
                                "|"sv,
                                "|-"sv,
                                "|+"sv,
                                "|2"sv,
                                ">"sv,
                                ">-"sv,
                                "|\n        x\n"sv,
                                "|2-\n"sv,
                                "---"sv,
                                "\n---\n"sv,
                                "\n...\n"sv,
                                "...\n"sv,
                                "%YAML 1.1\n"sv,
                                "%x\n"sv,
                                "{{ .x }}"sv,
                                "\xEF\xBB\xBF"sv,
                                "\xC2\x85"sv,
                                "\xE2\x80\xA8"sv,
                                "\x04"sv,
                                "\x1B"sv,
                                "\xC3\xA4"sv,
                                "\xE2\x82\xAC"sv,
                                "\xF0\x9F\x98\x80"sv,
                                "\\u00e4"sv};

constexpr std::array kArguments = {
    "--audit-log-path=/var/log/kubernetes/audit/audit.log"sv,
    "--audit-log-path=/var/log/kube-apiserver/audit.log"sv,
    "--audit-log-path=-"sv,
    "--audit-log-path="sv,
    "--audit-log-path=audit.log"sv,
    "--audit-log-path=$(LOG)/audit.log"sv,
    "--audit-log-path"sv,
    "--audit_log_maxage=7"sv,
    "--audit-log-maxage=030"sv,
    "--audit-log-maxage=x"sv,
    "--audit-log-maxsize=0"sv,
    "--audit-log-compress"sv,
    "--audit-log-bogus=1"sv,
    "--audit-policy-file=/etc/kubernetes/audit-policy.yaml"sv,
    "--audit-policy-file=/etc/kubernetes/pki/policy.yaml"sv,
    "\"--audit-policy-file=/etc/kubernetes/audit/audit-policy.yaml\""sv,
    "'--audit-webhook-config-file=/etc/kubernetes/webhook.conf'"sv,
    "--audit-webhook-mode=blocking"sv,
    "--v"sv,
    "word"sv,
    "--"sv,
    "\"\""sv,
    "-v=2"sv};

// Behind a "mountPath:", "path:", "name:", "type:" or "readOnly:".
constexpr std::array kValues = {"/var/log/kubernetes/audit"sv,
                                "/var/log/kubernetes/audit/"sv,
                                "/var/log//kubernetes/./audit"sv,
                                "/var/log/kubernetes/audit/audit.log"sv,
                                "/var/log/kubernetes"sv,
                                "/var/log"sv,
                                "/var/log/kube"sv,
                                "/var/log/audit"sv,
                                "/"sv,
                                "\"\""sv,
                                "/etc/kubernetes"sv,
                                "/etc/kubernetes/audit"sv,
                                "/etc/kubernetes/audit-policy.yaml"sv,
                                "'/etc/kubernetes/audit/audit-policy.yaml'"sv,
                                "/etc/../etc/kubernetes"sv,
                                "audit-log"sv,
                                "audit-policy"sv,
                                "audit-log-2"sv,
                                "k8s-certs"sv,
                                "File"sv,
                                "FileOrCreate"sv,
                                "DirectoryOrCreate"sv,
                                "Directory"sv,
                                "true"sv,
                                "false"sv,
                                "null"sv,
                                "1"sv,
                                ""sv};

// The [begin, end) of a random line, its line end included.
std::pair<std::size_t, std::size_t> line_at(std::string_view text, std::size_t at) {
  const std::size_t before = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
  const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
  const std::size_t end = text.find('\n', at);
  return {begin, end == std::string_view::npos ? text.size() : end + 1};
}

}  // namespace

std::size_t Mutator::below(std::size_t bound) {
  return static_cast<std::size_t>(random_() % bound);
}

std::string Mutator::mutate(std::string_view text) {
  std::string result(text);
  for (std::size_t rounds = 1 + below(3); rounds > 0; --rounds) {
    switch (below(8)) {
      case 0:
        change_bytes(result);
        break;
      case 1:
      case 2:
        change_tokens(result);
        break;
      case 3:
      case 4:
        change_lines(result);
        break;
      case 5:
        change_indentation(result);
        break;
      default:
        change_settings(result);
        break;
    }
  }
  return result;
}

void Mutator::change_bytes(std::string& text) {
  const std::size_t at = below(text.size() + 1);
  const std::string_view byte = kBytes[below(kBytes.size())];
  switch (below(4)) {
    case 0:
      text.insert(at, byte);
      break;
    case 1:
      text.erase(std::min(at, text.size()), 1);
      break;
    case 2:
      if (at < text.size()) text.replace(at, 1, byte);
      break;
    default:
      if (at + 1 < text.size()) std::swap(text[at], text[at + 1]);
  }
}

void Mutator::change_tokens(std::string& text) {
  const std::string_view token = kTokens[below(kTokens.size())];
  std::size_t at = below(text.size() + 1);
  // Mostly at an edge of a word, where tokens are.
  if (below(4) != 0) at = std::min(text.find_first_of(" \n:,-[]{}\"'", at), text.size());
  switch (below(3)) {
    case 0:
      text.insert(at, token);
      break;
    case 1:
      text.insert(std::min(at + 1, text.size()), token);
      break;
    default: {
      const std::size_t end =
          std::min(text.find_first_of(" \n:,", std::min(at + 1, text.size())), text.size());
      text.replace(at, end - at, token);
    }
  }
}

void Mutator::change_lines(std::string& text) {
  const auto [begin, end] = line_at(text, below(text.size() + 1));
  const std::string line = text.substr(begin, end - begin);
  const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
  switch (below(10)) {
    case 0:
      text.erase(begin, end - begin);
      break;
    case 1:
      text.insert(end, line);
      break;
    case 2: {  // moved elsewhere
      text.erase(begin, end - begin);
      text.insert(line_at(text, below(text.size() + 1)).first, line);
      break;
    }
    case 3:
      text.insert(begin, std::string(below(2) * indent, ' ') + "# comment: [ {\n");
      break;
    case 4:
      text.insert(begin, below(2) == 0 ? "\n" : "   \n");
      break;
    case 5:
      if (line.ends_with('\n')) text.insert(end - 1, "\r");
      break;
    case 6:
      text.resize(below(2) == 0 ? begin : end);
      break;
    case 7:
      if (line.ends_with('\n')) text.erase(end - 1, 1);
      break;
    case 8:  // all line ends
      for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2) {
        text.replace(at, 1, "\r\n");
      }
      break;
    default:
      while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  }
}

void Mutator::change_indentation(std::string& text) {
  const std::size_t step = 1 + below(4);
  const bool deeper = below(2) == 0;
  std::size_t at = line_at(text, below(text.size() + 1)).first;
  std::size_t lines = 1 + below(below(3) == 0 ? 40 : 4);
  if (below(10) == 0) {
    at = 0;
    lines = text.size();
  }
  for (; lines > 0 && at < text.size(); --lines) {
    if (deeper) {
      text.insert(at, step, ' ');
    } else {
      const std::size_t spaces = std::min(text.find_first_not_of(' ', at), text.size()) - at;
      text.erase(at, std::min(step, spaces));
    }
    at = line_at(text, at).second;
  }
}

// Below extraArgs, in either form; and what stands behind kubeadm's keys.
void Mutator::change_configuration(std::string& text) {
  static constexpr std::array kEntries = {
      "audit-log-path: /var/log/kubernetes/audit/audit.log"sv,
      "audit_log_path: \"/srv/log/audit.log\""sv,
      "audit-log-path: '-'"sv,
      "audit-log-path:"sv,
      "audit-log-maxage: 30"sv,
      "audit-log-maxage: \"7\""sv,
      "audit-policy-file: '/etc/kubernetes/audit-policy.yaml'"sv,
      "audit-policy-file: /etc/kubernetes/pki/policy.yaml"sv,
      "--audit-log-path: /x"sv,
      "zz: \"1\""sv,
      "\"\": x"sv,
      "- name: audit-log-path\n  value: /var/log/kubernetes/audit/audit.log"sv,
      "- {name: audit-log-maxage, value: \"7\"}"sv,
      "- name: audit_policy_file\n  value: /etc/kubernetes/audit/audit-policy.yaml"sv,
      "- name: audit-log-maxsize"sv,
      "- value: x"sv};
  static constexpr std::array kKeys = {"hostPath:"sv,  "mountPath:"sv, "name:"sv,
                                       "value:"sv,     "pathType:"sv,  "readOnly:"sv,
                                       "apiServer:"sv, "extraArgs:"sv, "extraVolumes:"sv};
  static constexpr std::array kOthers = {"{}"sv, "[]"sv, ""sv, "null"sv, "&a {}"sv, "x"sv};
  if (below(2) == 0) {
    const std::size_t args = text.find("extraArgs:", below(text.size() + 1));
    if (args == std::string::npos) return;
    const auto [begin, end] = line_at(text, args);
    const std::size_t next = std::min(text.find_first_not_of(' ', end), text.size());
    std::string entry(kEntries[below(kEntries.size())]);
    const std::string indent(std::max(next - end, args - begin), ' ');
    for (std::size_t at = entry.find('\n'); at != std::string::npos; at = entry.find('\n', at + 1))
      entry.insert(at + 1, indent);
    text.insert(end, indent + entry + "\n");
    return;
  }
  const std::string_view key = kKeys[below(kKeys.size())];
  const std::size_t found = text.find(key, below(text.size() + 1));
  if (found == std::string::npos) return;
  const std::size_t begin = found + key.size();
  const std::size_t end = std::min(text.find_first_of("\r\n,}", begin), text.size());
  const bool holds = key == "apiServer:" || key.starts_with("extra");
  const std::string_view value =
      holds ? kOthers[below(kOthers.size())] : kValues[below(kValues.size())];
  text.replace(begin, end - begin, std::string(" ").append(value));
}

void Mutator::change_settings(std::string& text) {
  if (text.find("ClusterConfiguration") != std::string::npos) return change_configuration(text);
  static constexpr std::array kKeys = {"mountPath:"sv, "path:"sv, "name:"sv, "type:"sv,
                                       "readOnly:"sv};
  if (below(2) == 0) {
    // An argument instead of another, or after it.
    const std::size_t found = text.find("- --", below(text.size() + 1));
    if (found == std::string::npos) return;
    const auto [begin, end] = line_at(text, found);
    const std::string_view argument = kArguments[below(kArguments.size())];
    if (below(3) == 0) {
      text.replace(found + 2, std::min(text.find_first_of("\r\n", found), text.size()) - found - 2,
                   argument);
    } else {
      text.insert(end, text.substr(begin, found + 2 - begin).append(argument).append("\n"));
    }
    return;
  }
  const std::string_view key = kKeys[below(kKeys.size())];
  const std::size_t found = text.find(key, below(text.size() + 1));
  if (found == std::string::npos) return;
  const std::size_t begin = found + key.size();
  const std::size_t end = std::min(text.find_first_of("\r\n,}", begin), text.size());
  text.replace(begin, end - begin, std::string(" ").append(kValues[below(kValues.size())]));
}

}  // namespace kaudit::support
