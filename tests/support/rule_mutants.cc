#include "support/rule_mutants.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <span>
#include <vector>

namespace kaudit::support {
namespace {

constexpr std::size_t kLongestBlock = 6;  // lines; a volume with its hostPath has four

std::vector<std::string_view> lines_with_ends(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

std::string join(const std::vector<std::string_view>& lines, std::size_t begin, std::size_t end,
                 std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < begin; ++i) out += lines[i];
  for (std::size_t n = 0; n < times; ++n) {
    for (std::size_t i = begin; i < end; ++i) out += lines[i];
  }
  for (std::size_t i = end; i < lines.size(); ++i) out += lines[i];
  return out;
}

struct Slip {
  std::string_view right;
  std::string_view wrong;
  // A second one at the same time, "" for none.
  std::string_view other_right = {};
  std::string_view other_wrong = {};
};

// Each where it stands, at every place.
constexpr std::array kSlips{
    // releases
    Slip{":v1.31", ":v1.16"},
    Slip{":v1.31", ":v1.36"},
    Slip{":v1.17", ":v1.16"},
    Slip{":v1.18", ":v1.31"},
    Slip{":v1.22", ":v1.16"},
    Slip{":v1.21", ":v1.16"},
    Slip{"v1.", "v1.1#"},
    Slip{":v1.20", ":v1.19"},
    Slip{":v1.23", ":v1.24"},
    // how a flag is written
    Slip{"--audit", "-audit"},
    Slip{"--audit-log-", "--audit_log_"},
    Slip{"--audit-log-", "--audit-logs-"},
    Slip{"=", " "},
    Slip{"=", "=\""},
    Slip{"log-maxage=", "log-maxage\n    - "},
    Slip{"=true", "\n    - \"true\""},
    Slip{"=false", "\n    - \"false\""},
    Slip{"=true", "\n    - 'true'"},
    Slip{"\n    - --audit", " --audit"},
    Slip{"=/", "=\"/"},
    Slip{".log\n", ".log\"\n"},
    Slip{".log'", ".log\"'"},
    Slip{".log\"", ".log'\""},
    Slip{"kube-apiserver\n    - ", "kube-apiserver\n    - --audit-log-compress=true\n    - "},
    Slip{"kube-apiserver\n    - ",
         "kube-apiserver\n    - --audit-dynamic-configuration=true\n    - "},
    Slip{"/var/log/kubernetes/audit/audit.log\n", "\"/var/log/kubernetes/audit/audit.log\"\n"},
    Slip{"=30\n        -", "\n        - \"30\"\n        -"},
    Slip{"args:\n    - ", "args:\n    - --audit-dynamic-configuration=true\n    - "},
    Slip{"=blocking", ""},
    Slip{"maxage=30", "maxage=0", "maxbackup=10", "maxbackup=0"},
    // values
    Slip{"=30", "=7"},
    Slip{"=30", "=0"},
    Slip{"=10", "=0"},
    Slip{"=10", "=1"},
    Slip{"=100", "=2"},
    Slip{"=100", "=0"},
    Slip{"=100", "=100MB"},
    Slip{"/v1", "/v1beta1"},
    Slip{"=json", "=legacy"},
    Slip{"=blocking", "=batch"},
    Slip{"=blocking", "=blocking-strict"},
    Slip{"=/", "=$(DIR)/"},
    Slip{"=/", "="},
    Slip{"audit.log", "audit/"},
    Slip{"audit.log", ""},
    Slip{"/audit.log", ""},
    Slip{"-truncate-enabled=true", "-truncate-enabled=false"},
    Slip{"--audit-log-path=/var/log/kubernetes/audit/audit.log", "--audit-log-path=-"},
    // volumes and mounts
    Slip{"true", "false"},
    Slip{"false", "true"},
    Slip{"File", "FileOrCreate"},
    Slip{"DirectoryOrCreate", "File"},
    Slip{"DirectoryOrCreate", "directory"},
    Slip{"Directory", "DirectoryOrCreate"},
    Slip{"mountPath: /", "mountPath: "},
    Slip{"\"mountPath\": \"/", "\"mountPath\": \""},
    Slip{"mountPath\":\"/", "mountPath\":\""},
    Slip{"path: /", "path: "},
    Slip{"path: /var", "path: /var/.."},
    Slip{"/var/log", "/var/../log"},
    Slip{"name: audit-log", "name: audit_log"},
    Slip{"name: audit-log", "name: audit-policy"},
    Slip{"mountPath: /etc/", "mountPath: /usr/local/bin #"},
    Slip{"mountPath: /opt", "mountPath: /usr/local/bin #"},
    Slip{"/opt/", "/usr/local/bin/"},
    Slip{"/etc/kubernetes/audit/", "/etc/kubernetes/"},
    Slip{"hostPath:", "emptyDir: {}\n    unknown:"},
    Slip{"{hostPath", "{emptyDir: {}, unknown"},
    Slip{"\"hostPath\"", "\"emptyDir\": {}, \"unknown\""},
    Slip{"readOnly", "subPath: a\n      readOnly"},
    Slip{"readOnly", "subPath: a, readOnly"},
    Slip{"/kubernetes/extra", "/kubernetes/other"},
    Slip{"hostPath: {path: /var/log/kubernetes/audit, type: DirectoryOrCreate}", "emptyDir: {}"},
    Slip{"mountPath: /var/log/kubernetes/audit", "mountPath: /var/log/kubernetes/audit/audit.log",
         "type: DirectoryOrCreate", "type: FileOrCreate"},
    Slip{"mountPath: /opt/extra", "mountPath: /etc/kubernetes/extra"},
    Slip{"mountPath: /srv/audit/log", "mountPath: /srv/audit", "mountPath: /srv/audit/policy",
         "mountPath: /srv/other"},
    // kubeadm's configuration
    Slip{"\"30\"", "30"},
    Slip{"\"\"", "~"},
    Slip{"v1beta3", "v1beta4"},
    Slip{"    profiling", "    --profiling"},
    Slip{"name: audit-log", "name: k8s-certs"},
    Slip{"readOnly: true", "readonly: true"},
    Slip{"readOnly: false", "readOnly: \"false\""},
    // the Pod
    Slip{"metadata:\n", "metadata:\n  uid: a-b\n"},
    Slip{"hostNetwork: true\n", "hostNetwork: true\n  hostNetwork: true\n"},
    Slip{"apiVersion: v1\n", "apiVersion: v1\nkind: ConfigMap\n---\napiVersion: v1\n"},
    Slip{"image: ", "image: 5 #"},
    Slip{"readOnlyRootFilesystem: false", "readOnlyRootFilesystem: true"},
    Slip{"runAsUser: 0", "runAsUser: 1001"},
    Slip{"\"image\":", "\"image\": 5, \"unknown\":"},
};

constexpr std::array kHostSlips{
    Slip{" file ", " directory "},
    Slip{" directory ", " file "},
    Slip{"0600", "0644"},
    Slip{"0700", "0755"},
    Slip{"0:0", "1000:1000"},
    Slip{"65532", "0"},
    Slip{"log-free ", "log-free 1 #"},
    Slip{"started ", "started 1 #"},
    Slip{"running --audit_log_maxage=30", "running --audit_log_maxage=3"},
};
constexpr std::array<std::string_view, 5> kHostSurprises{
    "sibling kube-apiserver.yaml.bak\n", "policy kind: Pod\n",
    "webhook-problem it is no kubeconfig\n", "delete 3 2025-01-01\n", "manifest 0666 1:1\n"};

bool try_slips(std::span<const Slip> slips, std::string_view text,
               const std::function<bool(std::string)>& accepts) {
  for (const Slip& slip : slips) {
    for (std::size_t at = text.find(slip.right); at != std::string_view::npos;
         at = text.find(slip.right, at + 1)) {
      std::string mutant(text);
      mutant.replace(at, slip.right.size(), slip.wrong);
      const std::size_t other = mutant.find(slip.other_right);
      if (!slip.other_right.empty() && other != std::string::npos)
        mutant.replace(other, slip.other_right.size(), slip.other_wrong);
      if (accepts(std::move(mutant))) return true;
    }
  }
  return false;
}

// "PATH missing" instead of what is said of the path; a size of 0.
std::vector<std::string> host_line_mutants(std::string_view line) {
  if (!line.starts_with('/')) return {};
  const std::string path(line.substr(0, line.find(' ')));
  return {path + " missing\n", path + " file 0600 0:0 0\n", path + " file 0000 0:0 9 9999999999\n"};
}

}  // namespace

namespace {

// Words that stand where another one belongs.
constexpr std::array<std::string_view, 47> kPolicyWords{"metadata",
                                                        "Metadata",
                                                        "Request",
                                                        "RequestResponse",
                                                        "None",
                                                        "RequestReceived",
                                                        "ResponseComplete",
                                                        "requestReceived",
                                                        "Pod",
                                                        "audit.k8s.io/v1beta1",
                                                        "v1",
                                                        "30",
                                                        "true",
                                                        "\"\"",
                                                        "'*'",
                                                        "get",
                                                        "create",
                                                        "update",
                                                        "delete",
                                                        "read",
                                                        "pods",
                                                        "secrets",
                                                        "configmaps",
                                                        "events",
                                                        "endpoints",
                                                        "leases",
                                                        "nodes",
                                                        "podsecuritypolicies",
                                                        "foos",
                                                        "'pods/*'",
                                                        "pods/exec",
                                                        "tokenreviews",
                                                        "serviceaccounts/token",
                                                        "deployments",
                                                        "apps",
                                                        "extensions",
                                                        "appz",
                                                        "batch",
                                                        "system:masters",
                                                        "system:unsecured",
                                                        "system:authenticated",
                                                        "system:kube-scheduler",
                                                        "/healthz",
                                                        "/api/v1/pods",
                                                        "healthz",
                                                        "/healthz?*",
                                                        "default"};

// Lines that were forgotten in one place, or came from another.
constexpr std::array<std::string_view, 17> kPolicyLines{
    "EOF",
    "---\na: b",
    "{{ .rules }}",
    "verb: [get]",
    "users: [jane]",
    "verbs: [get]",
    "verbs: [delete]",
    "verbs: [update]",
    "namespaces: [default]",
    "resourceNames: [a]",
    "nonResourceURLs: [/healthz]",
    "omitStages: [RequestReceived]",
    "omitStages: [RequestReceived, ResponseStarted, ResponseComplete, Panic]",
    "level: Metadata",
    "- level: RequestResponse",
    "resources: [{group: '', resources: [endpoints]}]",
    "kind: ["};

bool try_blocks(std::string_view text, const std::function<bool(std::string)>& accepts) {
  const std::vector<std::string_view> lines = lines_with_ends(text);
  for (std::size_t size = 1; size <= kLongestBlock; ++size) {
    for (std::size_t begin = 0; begin + size <= lines.size(); ++begin) {
      for (const std::size_t times : {std::size_t{0}, std::size_t{2}}) {
        if (accepts(join(lines, begin, begin + size, times))) return true;
      }
    }
  }
  return false;
}

bool is_word_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view("/.*:_-").find(c) != std::string_view::npos;
}

bool try_words(std::string_view text, const std::function<bool(std::string)>& accepts) {
  for (std::size_t begin = 0; begin < text.size(); ++begin) {
    if (!is_word_character(text[begin])) continue;
    std::size_t end = begin;
    while (end < text.size() && is_word_character(text[end])) ++end;
    for (const std::string_view word : kPolicyWords) {
      std::string mutant(text);
      if (accepts(mutant.replace(begin, end - begin, word))) return true;
    }
    begin = end;
  }
  return false;
}

// A line more behind each one, as deep as that, or as deep as the key behind its dash.
bool try_more_lines(std::string_view text, const std::function<bool(std::string)>& accepts) {
  std::string before;
  for (const std::string_view line : lines_with_ends(text)) {
    before += line;
    const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
    const std::string_view rest = text.substr(before.size());
    for (const std::string_view more : kPolicyLines) {
      for (const std::size_t deep : {indent, indent + 2}) {
        const std::string blanks(deep, ' ');
        if (accepts(fmt::format("{}{}{}\n{}", before, blanks, more, rest))) return true;
      }
    }
  }
  return false;
}

}  // namespace

bool any_rule_mutant(std::string_view text, const std::function<bool(std::string)>& accepts) {
  return try_slips(kSlips, text, accepts) || try_blocks(text, accepts);
}

bool any_policy_mutant(std::string_view text, const std::function<bool(std::string)>& accepts) {
  return try_blocks(text, accepts) || try_more_lines(text, accepts) || try_words(text, accepts);
}

bool any_host_mutant(std::string_view lines,
                     const std::function<bool(const std::string&)>& accepts) {
  if (try_slips(kHostSlips, lines, accepts)) return true;
  for (const std::string_view surprise : kHostSurprises) {
    if (accepts(std::string(lines) + std::string(surprise))) return true;
  }
  const std::vector<std::string_view> all = lines_with_ends(lines);
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (const std::string& mutant : host_line_mutants(all[i])) {
      if (accepts(join(all, i, i + 1, 0) + mutant)) return true;
    }
  }
  return false;
}

}  // namespace kaudit::support
