#include "property/audit_oracle.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>

namespace kaudit::support {

namespace {

using Kind = RefereeNode::Kind;

const std::set<std::string, std::less<>> kBools = {"audit-log-compress",
                                                   "audit-log-batch-throttle-enable",
                                                   "audit-log-truncate-enabled",
                                                   "audit-dynamic-configuration",
                                                   "audit-webhook-batch-throttle-enable",
                                                   "audit-webhook-truncate-enabled"};
const std::set<std::string, std::less<>> kValues = {"audit-policy-file",
                                                    "audit-log-path",
                                                    "audit-log-maxage",
                                                    "audit-log-maxbackup",
                                                    "audit-log-maxsize",
                                                    "audit-log-format",
                                                    "audit-log-version",
                                                    "audit-log-mode",
                                                    "audit-log-batch-buffer-size",
                                                    "audit-log-batch-max-size",
                                                    "audit-log-batch-max-wait",
                                                    "audit-log-batch-throttle-qps",
                                                    "audit-log-batch-throttle-burst",
                                                    "audit-log-truncate-max-batch-size",
                                                    "audit-log-truncate-max-event-size",
                                                    "audit-webhook-config-file",
                                                    "audit-webhook-mode",
                                                    "audit-webhook-version",
                                                    "audit-webhook-initial-backoff",
                                                    "audit-webhook-batch-initial-backoff",
                                                    "audit-webhook-batch-buffer-size",
                                                    "audit-webhook-batch-max-size",
                                                    "audit-webhook-batch-max-wait",
                                                    "audit-webhook-batch-throttle-qps",
                                                    "audit-webhook-batch-throttle-burst",
                                                    "audit-webhook-truncate-max-batch-size",
                                                    "audit-webhook-truncate-max-event-size"};

constexpr const char* kPolicy = "audit-policy-file";
constexpr const char* kLog = "audit-log-path";
constexpr const char* kWebhook = "audit-webhook-config-file";

std::string base_name(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));
}

std::string image_name(std::string_view image) {
  image = image.substr(0, image.find('@'));
  const std::string name = base_name(image);
  return name.substr(0, name.find(':'));
}

// 30 of "registry/kube-apiserver:v1.30.2".
std::optional<int> minor_release(const std::string& image) {
  const std::string name = base_name(image);
  for (const std::string_view mark : {":v1.", ":1."}) {
    const std::size_t at = name.find(mark);
    if (at == std::string::npos) continue;
    const std::string digits = name.substr(at + mark.size());
    const std::size_t end = digits.find_first_not_of("0123456789");
    if (end == 0) continue;
    if (std::min(end, digits.size()) > 6) return {};  // no release, and too long for atoi
    // A number that runs into other letters ("v1.2a") is no release.
    const std::string rest = end == std::string::npos ? "" : digits.substr(end);
    if (rest.empty() || rest[0] == '-' || rest[0] == '+' || rest[0] == '_' || rest[0] == '@')
      return std::atoi(digits.c_str());
    const bool patch = rest.size() > 1 && rest[0] == '.' && rest[1] >= '0' && rest[1] <= '9';
    const std::size_t behind = patch ? rest.find_first_not_of("0123456789", 1) : 0;
    if (patch && (behind == std::string::npos ||
                  std::string("-+_@").find(rest[behind]) != std::string::npos))
      return std::atoi(digits.c_str());
  }
  return {};
}

// Index behind the program's words, or nothing.
std::optional<std::size_t> program_end(const std::vector<std::string>& words) {
  std::size_t at = 0;
  if (!words.empty() && base_name(words[0]) == "go-runner") {
    for (at = 1; at < words.size() && words[at].starts_with("-");) ++at;
  }
  if (at >= words.size()) return {};
  if (base_name(words[at]) == "kube-apiserver") return at + 1;
  const bool hyper = base_name(words[at]) == "hyperkube" && at + 1 < words.size() &&
                     (words[at + 1] == "apiserver" || words[at + 1] == "kube-apiserver");
  if (hyper) return at + 2;
  return {};
}

class Reader {
 protected:
  explicit Reader(const RefereeTree& tree) : tree_(tree) {}

  std::optional<std::size_t> under(std::size_t mapping, std::string_view key) const {
    const auto found = tree_.find(tree_.resolve(mapping), key);
    return found ? std::optional(tree_.resolve(*found)) : std::nullopt;
  }
  std::string text_under(std::size_t mapping, std::string_view key) const {
    const auto found = under(mapping, key);
    return found ? tree_.nodes[*found].value : "";
  }
  std::vector<std::size_t> items_under(std::size_t mapping, std::string_view key) const {
    const auto list = under(mapping, key);
    if (!list || tree_.nodes[*list].kind != Kind::Sequence) return {};
    std::vector<std::size_t> items = tree_.children(*list);
    for (std::size_t& item : items) item = tree_.resolve(item);
    return items;
  }
  bool is_empty_list(std::size_t mapping, std::string_view key) const {
    const auto list = under(mapping, key);
    if (!list) return false;
    return tree_.nodes[*list].kind != Kind::Sequence || tree_.nodes[*list].count == 0;
  }

  // spf13/pflag: parseArgs.
  void read_flags(std::size_t first) {
    pod_.is_audit.assign(pod_.arguments.size(), false);
    for (std::size_t i = first; i < pod_.arguments.size(); ++i) {
      const std::string& word = pod_.arguments[i];
      if (word == "--") return;
      if (!word.starts_with("--")) continue;
      const std::size_t equals = word.find('=');
      std::string name = word.substr(2, equals == std::string::npos ? equals : equals - 2);
      std::replace(name.begin(), name.end(), '_', '-');
      const bool takes_value = kValues.contains(name);
      const bool audit = takes_value || kBools.contains(name);
      pod_.is_audit[i] = audit;
      if (equals != std::string::npos) {
        if (audit) set(name, word.substr(equals + 1));
      } else if (audit && !takes_value) {
        set(name, "true");
        // What was meant as its value goes with it.
        static const std::set<std::string> kGoBools = {"1", "t", "T", "true",  "TRUE",  "True",
                                                       "0", "f", "F", "false", "FALSE", "False"};
        if (i + 1 < pod_.arguments.size() && kGoBools.contains(pod_.arguments[i + 1]))
          pod_.is_audit[++i] = true;
      } else if (i + 1 < pod_.arguments.size()) {
        const std::string& next = pod_.arguments[i + 1];
        if (!takes_value && (next.starts_with("-") || next.empty())) continue;
        ++i;
        pod_.is_audit[i] = audit;
        if (audit) set(name, next);
      } else if (audit) {
        pod_.lacks_a_value = true;
      }
    }
  }

  // The last one counts.
  void set(const std::string& name, const std::string& value) {
    pod_.flags[name] = value;
    pod_.all_values.emplace_back(name, value);
  }

  static bool is_true(const std::string& word) {
    static const std::set<std::string> kTrue = {"true", "True", "TRUE", "yes", "Yes", "YES",
                                                "on",   "On",   "ON",   "y",   "Y"};
    return kTrue.contains(word);
  }

  const RefereeTree& tree_;
  OraclePod pod_;
};

class PodReader : private Reader {
 public:
  explicit PodReader(const RefereeTree& tree) : Reader(tree) {}

  std::optional<OraclePod> read() {
    if (!tree_.accepted || tree_.roots.empty() || tree_.nodes.empty()) return {};
    const auto spec = under(tree_.roots[0], "spec");
    const auto containers = spec ? under(*spec, "containers") : std::nullopt;
    if (!containers || tree_.nodes[*containers].kind != Kind::Sequence) return {};
    pod_.spec = *spec;
    pod_.metadata = tree_.find(tree_.roots[0], "metadata");
    for (const std::size_t item : tree_.children(*containers)) {
      if (take_container(tree_.resolve(item))) {
        read_lists();
        return pod_;
      }
    }
    return {};
  }

 private:
  bool take_container(std::size_t container) {
    std::vector<std::string> words;
    for (const std::size_t item : items_under(container, "command"))
      words.push_back(tree_.nodes[item].value);
    const bool has_command = !words.empty();
    for (const std::size_t item : items_under(container, "args"))
      words.push_back(tree_.nodes[item].value);
    std::optional<std::size_t> first = program_end(words);
    const std::string image = image_name(text_under(container, "image"));
    const bool named = image == "kube-apiserver" || image.starts_with("kube-apiserver-");
    if (!has_command && !first && named) first = 0;
    if (!first) return false;
    pod_.container = container;
    pod_.minor = minor_release(text_under(container, "image"));
    pod_.arguments = std::move(words);
    read_flags(*first);
    return true;
  }

  void read_lists() {
    for (const std::size_t item : items_under(pod_.spec, "volumes")) {
      OracleVolume volume{text_under(item, "name"), {}, {}};
      const auto host = under(item, "hostPath");
      if (host && tree_.nodes[*host].kind == Kind::Mapping) {
        volume.host = text_under(*host, "path");
        volume.type = text_under(*host, "type");
      }
      pod_.volumes.push_back(volume);
    }
    for (const std::size_t item : items_under(pod_.container, "volumeMounts")) {
      const bool by_expression = under(item, "subPathExpr").has_value();
      pod_.mounts.push_back({text_under(item, "name"), text_under(item, "mountPath"),
                             is_true(text_under(item, "readOnly")), by_expression});
    }
    pod_.has_empty_list =
        is_empty_list(pod_.spec, "volumes") || is_empty_list(pod_.container, "volumeMounts") ||
        is_empty_list(pod_.container, "args") || is_empty_list(pod_.container, "command");
    if (pod_.metadata) {
      const auto annotations = under(*pod_.metadata, "annotations");
      pod_.has_annotation = annotations && under(*annotations, "kaudit.io/policy-sha256");
    }
  }
};

// kubeadm: util/arguments.go, phases/controlplane/volumes.go.
class ConfigurationReader : private Reader {
 public:
  explicit ConfigurationReader(const RefereeTree& tree) : Reader(tree) {}

  std::optional<OraclePod> read() {
    if (!tree_.accepted || tree_.roots.empty()) return {};
    for (const std::size_t root : tree_.roots) {
      if (tree_.nodes[root].kind != Kind::Mapping) continue;
      if (root == tree_.roots[0] && text_under(root, "kind") == "Pod") return {};
      if (text_under(root, "kind") != "ClusterConfiguration" ||
          !text_under(root, "apiVersion").starts_with("kubeadm.k8s.io/"))
        continue;
      pod_.configuration = root;
      pod_.minor = 20;  // all that kubeadm deploys from such a document take a policy
      const auto server = under(root, "apiServer");
      if (server) read_server(*server);
      read_flags(0);
      const std::string certificates = text_under(root, "certificatesDir");
      add("ca-certs", "/etc/ssl/certs", "/etc/ssl/certs", "DirectoryOrCreate", true);
      const std::string pki = certificates.empty() ? "/etc/kubernetes/pki" : certificates;
      add("k8s-certs", pki, pki, "DirectoryOrCreate", true);
      return pod_;
    }
    return {};
  }

 private:
  void read_server(std::size_t server) {
    pod_.has_empty_list = tree_.nodes[server].count == 0;
    if (tree_.nodes[server].kind != Kind::Mapping) return;
    for (const char* key : {"extraArgs", "extraVolumes"}) {
      const auto value = under(server, key);
      if (value && tree_.nodes[*value].count == 0) pod_.has_empty_list = true;
    }
    if (const auto args = under(server, "extraArgs")) read_args(*args);
    for (const std::size_t item : items_under(server, "extraVolumes"))
      add(text_under(item, "name"), text_under(item, "hostPath"), text_under(item, "mountPath"),
          text_under(item, "pathType"), is_true(text_under(item, "readOnly")));
  }

  void read_args(std::size_t args) {
    std::vector<std::pair<std::string, std::string>> pairs;
    const auto all = tree_.children(args);
    if (tree_.nodes[args].kind == Kind::Mapping) {
      for (std::size_t i = 0; i + 1 < all.size(); i += 2)
        pairs.emplace_back(tree_.nodes[tree_.resolve(all[i])].value,
                           tree_.nodes[tree_.resolve(all[i + 1])].value);
      std::stable_sort(pairs.begin(), pairs.end(),
                       [](const auto& a, const auto& b) { return a.first < b.first; });
    } else {
      for (const std::size_t item : all)
        pairs.emplace_back(text_under(tree_.resolve(item), "name"),
                           text_under(tree_.resolve(item), "value"));
    }
    for (const auto& [name, value] : pairs)
      pod_.arguments.push_back(fmt::format("--{}={}", name, value));
  }

  void add(const std::string& name, const std::string& host, const std::string& path,
           const std::string& type, bool read_only) {
    const bool replaced = name.ends_with("-certs") &&
                          std::any_of(pod_.volumes.begin(), pod_.volumes.end(),
                                      [&](const OracleVolume& v) { return v.name == name; });
    if (replaced) return;
    pod_.volumes.push_back({name, host, type});
    pod_.mounts.push_back({name, path, read_only, false});
  }
};

std::string value_of(const std::map<std::string, std::string>& flags, const char* name) {
  const auto found = flags.find(name);
  return found == flags.end() ? "" : found->second;
}

bool same_text_or_number(const std::string& a, const std::string& b) {
  if (a == b) return true;
  char* end_a = nullptr;
  char* end_b = nullptr;
  const long x = std::strtol(a.c_str(), &end_a, 0);
  const long y = std::strtol(b.c_str(), &end_b, 0);
  if (!a.empty() && !b.empty() && *end_a == '\0' && *end_b == '\0') return x == y;
  const std::string one = oracle_clean(a);
  return !one.empty() && one == oracle_clean(b);
}

// Releases before 1.7 do not know the flag; 1.7 takes it only with a gate, later ones without.
bool takes_policy(const OraclePod& before, const Asked& asked) {
  const int minor = asked.minor.value_or(before.minor.value_or(8));
  bool gate = minor >= 8;
  for (const std::string& word : before.arguments) {
    const std::size_t at = word.find("AdvancedAuditing=");
    if (at != std::string::npos && at + 17 < word.size())
      gate = std::string("tT1").find(word[at + 17]) != std::string::npos;
  }
  return minor >= 7 && gate;
}

// given > present > default, flag by flag. An empty path is the same as none.
std::map<std::string, std::string> wanted_flags(const OraclePod& before, const Asked& asked) {
  std::map<std::string, std::string> wanted = before.flags;
  for (const char* path : {kPolicy, kLog}) {
    if (value_of(wanted, path).empty()) wanted.erase(path);
  }
  const bool had_log = wanted.contains(kLog);
  for (const auto& [name, value] : asked.given) wanted[name] = value;
  if (takes_policy(before, asked))
    wanted.insert({kPolicy, "/etc/kubernetes/audit/audit-policy.yaml"});
  const bool webhook = !value_of(wanted, kWebhook).empty();
  if (!webhook) wanted.insert({kLog, "/var/log/kubernetes/audit/audit.log"});
  for (const char* path : {kPolicy, kLog}) {
    if (before.flags.contains(path)) wanted.insert({path, ""});
  }
  const std::string log = value_of(wanted, kLog);
  if (!had_log && !log.empty() && log != "-") {
    wanted.insert({"audit-log-maxage", "30"});
    wanted.insert({"audit-log-maxbackup", "10"});
    wanted.insert({"audit-log-maxsize", "100"});
  }
  return wanted;
}

bool is_below(std::string_view path, std::string_view directory) {
  if (directory == "/") return true;
  return path == directory ||
         (path.starts_with(directory) && path.substr(directory.size()).starts_with('/'));
}

std::string mount_point(const OracleMount& mount) {
  const std::string clean = oracle_clean(mount.path);
  return clean.empty() && !mount.path.empty() ? oracle_clean("/" + mount.path) : clean;
}

// The mount that serves a path: the longest, of equal ones the last.
const OracleMount* serving(const OraclePod& pod, std::string_view path) {
  const OracleMount* best = nullptr;
  for (const OracleMount& mount : pod.mounts) {
    const std::string point = mount_point(mount);
    if (point.empty() || !is_below(path, point)) continue;
    if (best == nullptr || point.size() >= mount_point(*best).size()) best = &mount;
  }
  return best;
}

void judge_served(const OraclePod& after, const std::string& path, bool writable, const char* what,
                  std::vector<std::string>& broken) {
  if (path.empty()) return;
  const OracleMount* mount = serving(after, path);
  if (mount == nullptr) {
    broken.push_back(fmt::format("no mount serves the {} {}", what, path));
    return;
  }
  if (mount->by_expression) return;
  const auto volume = std::find_if(after.volumes.begin(), after.volumes.end(),
                                   [&](const OracleVolume& v) { return v.name == mount->name; });
  if (volume == after.volumes.end() || !volume->host) {
    broken.push_back(
        fmt::format("the {} {} does not come from the host (mount {})", what, path, mount->path));
  }
  if (writable && mount->read_only)
    broken.push_back(fmt::format("the {} {} is mounted read-only", what, path));
}

template <typename T, typename Key>
std::size_t duplicates(const std::vector<T>& all, Key key) {
  std::map<std::string, std::size_t> count;
  for (const T& one : all) ++count[key(one)];
  std::size_t extra = 0;
  for (const auto& [name, times] : count) extra += times - 1;
  return extra;
}

std::size_t dangling(const OraclePod& pod) {
  return static_cast<std::size_t>(
      std::count_if(pod.mounts.begin(), pod.mounts.end(), [&](const OracleMount& m) {
        return std::none_of(pod.volumes.begin(), pod.volumes.end(),
                            [&](const OracleVolume& v) { return v.name == m.name; });
      }));
}

void judge_lists(const OraclePod& before, const OraclePod& after,
                 std::vector<std::string>& broken) {
  const auto name = [](const OracleVolume& v) { return v.name; };
  const auto point = [](const OracleMount& m) { return mount_point(m); };
  if (duplicates(after.volumes, name) > duplicates(before.volumes, name)) {
    broken.emplace_back("a volume name is used twice now");
  }
  if (duplicates(after.mounts, point) > duplicates(before.mounts, point)) {
    broken.emplace_back("a mountPath is used twice now");
  }
  if (dangling(after) > dangling(before)) broken.emplace_back("a mount has no volume now");
}

std::vector<std::string> others(const OraclePod& pod) {
  std::vector<std::string> words;
  for (std::size_t i = 0; i < pod.arguments.size(); ++i) {
    if (!pod.is_audit[i]) words.push_back(pod.arguments[i]);
  }
  return words;
}

// All of `part` stands in `whole`, in order.
template <typename T>
bool is_subsequence(const std::vector<T>& part, const std::vector<T>& whole) {
  auto at = whole.begin();
  for (const T& one : part) {
    at = std::find(at, whole.end(), one);
    if (at == whole.end()) return false;
    ++at;
  }
  return true;
}

}  // namespace

std::optional<OraclePod> read_oracle_pod(const RefereeTree& tree) {
  if (auto configuration = ConfigurationReader(tree).read()) return configuration;
  return PodReader(tree).read();
}

std::string oracle_clean(std::string_view path) {
  // The kubelet rewrites "$(" and "$$"; what is mounted then cannot be told.
  const bool expands =
      path.find("$(") != std::string_view::npos || path.find("$$") != std::string_view::npos;
  if (!path.starts_with('/') || expands) return "";
  std::string clean;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    if (part == "..") return "";
    if (!part.empty() && part != ".") clean.append("/").append(part);
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return clean.empty() ? "/" : clean;
}

std::string oracle_directory(std::string_view clean_path) {
  if (clean_path.empty()) return "";
  const std::size_t slash = clean_path.rfind('/');
  return slash == 0 ? "/" : std::string(clean_path.substr(0, slash));
}

void judge_enabled(const OraclePod& before, const OraclePod& after, const Asked& asked,
                   std::vector<std::string>& broken) {
  if (others(before) != others(after)) {
    broken.push_back(fmt::format("arguments that are no audit flags changed: [{}] to [{}]",
                                 fmt::join(others(before), " "), fmt::join(others(after), " ")));
  }
  // With a flag that lacks its value the API server does not start; what was there says nothing.
  const auto wanted = before.lacks_a_value ? asked.given : wanted_flags(before, asked);
  if (after.lacks_a_value) broken.emplace_back("a flag lacks its value");
  for (const auto& [name, value] : wanted) {
    const auto found = after.flags.find(name);
    if (found == after.flags.end()) {
      broken.push_back(fmt::format("--{} is missing", name));
    } else if (!same_text_or_number(found->second, value)) {
      broken.push_back(fmt::format("--{} is {}, wanted {}", name, found->second, value));
    }
  }
  for (const auto& [name, value] : after.flags) {
    if (!wanted.contains(name) && !before.lacks_a_value)
      broken.push_back(fmt::format("--{}={} was not asked for", name, value));
  }
  judge_lists(before, after, broken);
  if (before.volumes.size() > after.volumes.size())
    broken.emplace_back("enable took a volume away");
  if (before.mounts.size() > after.mounts.size()) broken.emplace_back("enable took a mount away");
  judge_served(after, oracle_clean(value_of(after.flags, kPolicy)), false, "policy file", broken);
  const std::string log = oracle_clean(value_of(after.flags, kLog));
  judge_served(after, oracle_directory(log), true, "log directory", broken);
  judge_served(after, log, true, "log file", broken);
  for (const OracleMount& mount : after.mounts) {
    if (!log.empty() && mount_point(mount) == log)
      broken.emplace_back("the log file itself is mounted");
  }
  const std::string webhook = value_of(after.flags, kWebhook);
  judge_served(after, oracle_clean(webhook), false, "webhook's kubeconfig", broken);
  if (webhook.empty()) return;
  for (const std::string& file : asked.webhook_files)
    judge_served(after, file, false, "webhook's file", broken);
}

namespace {

// Where audit settings could have a mount, those of shadowed flags included.
template <typename Flags>
std::set<std::string> audit_paths(const Flags& flags, const Asked& asked) {
  std::set<std::string> paths(asked.webhook_files.begin(), asked.webhook_files.end());
  for (const auto& [name, value] : flags) {
    const std::string path = oracle_clean(value);
    if (name == kPolicy || name == kWebhook || name == kLog) paths.insert(path);
    if (name == kLog) paths.insert(oracle_directory(path));
  }
  paths.erase("");
  return paths;
}

}  // namespace

void judge_disabled(const OraclePod& before, const OraclePod& after, const Asked& asked,
                    std::vector<std::string>& broken) {
  if (others(before) != others(after)) {
    broken.push_back(fmt::format("disable changed other arguments: [{}] to [{}]",
                                 fmt::join(others(before), " "), fmt::join(others(after), " ")));
  }
  for (const auto& [name, value] : after.flags)
    broken.push_back(fmt::format("--{} is still there", name));
  judge_lists(before, after, broken);
  if (after.has_annotation) broken.emplace_back("the annotation is still there");
  if (!is_subsequence(after.volumes, before.volumes))
    broken.emplace_back("disable changed a volume");
  if (!is_subsequence(after.mounts, before.mounts)) broken.emplace_back("disable changed a mount");
  const std::set<std::string> paths = audit_paths(before.all_values, asked);
  // What only the webhook's kubeconfig names is known by the name that kaudit gives its volume.
  const bool webhook = std::any_of(before.all_values.begin(), before.all_values.end(),
                                   [](const auto& flag) { return flag.first == kWebhook; });
  for (const OracleMount& mount : before.mounts) {
    if (webhook && mount.name.starts_with("audit-webhook-")) continue;
    const bool stays =
        std::find(after.mounts.begin(), after.mounts.end(), mount) != after.mounts.end();
    if (!stays && !paths.contains(mount_point(mount))) {
      broken.push_back(
          fmt::format("disable took the mount {} away, which served no audit setting", mount.path));
    }
  }
}

namespace {

// Whether metadata holds anything but annotations; if not, it may come and go with them.
bool has_own_metadata(const RefereeTree& tree, const OraclePod& pod) {
  if (!pod.metadata || tree.nodes[*pod.metadata].kind != Kind::Mapping) return false;
  const std::size_t annotations = tree.find(*pod.metadata, "annotations") ? 1 : 0;
  return tree.nodes[*pod.metadata].count > annotations;
}

// Whether apiServer holds anything but what kaudit edits.
bool has_own_keys(const RefereeTree& tree, std::size_t server) {
  if (tree.nodes[server].kind != Kind::Mapping) return false;
  const auto all = tree.children(server);
  for (std::size_t i = 0; i + 1 < all.size(); i += 2) {
    const std::string& key = tree.nodes[tree.resolve(all[i])].value;
    if (key != "extraArgs" && key != "extraVolumes") return true;
  }
  return false;
}

// The nodes of a tree without the parts that may change; the mappings around those count otherwise.
std::vector<RefereeNode> rest_of(const RefereeTree& tree, const OraclePod& pod,
                                 bool with_metadata) {
  std::vector<std::pair<std::size_t, std::size_t>> skipped;
  const auto skip = [&](std::size_t mapping, std::initializer_list<std::string_view> keys) {
    const auto all = tree.children(mapping);
    for (std::size_t i = 0; i + 1 < all.size(); i += 2) {
      const std::string& key = tree.nodes[tree.resolve(all[i])].value;
      if (std::find(keys.begin(), keys.end(), key) != keys.end()) {
        skipped.emplace_back(all[i], tree.nodes[all[i + 1]].past);
      }
    }
  };
  const std::size_t root = pod.configuration.value_or(tree.roots[0]);
  std::optional<std::size_t> server;
  if (pod.configuration) {
    server = tree.find(root, "apiServer");
    // Without keys of its own apiServer may come and go with what kaudit adds.
    if (server && has_own_keys(tree, *server))
      skip(*server, {"extraArgs", "extraVolumes"});
    else
      skip(root, {"apiServer"});
  } else {
    skip(pod.container, {"command", "args", "volumeMounts"});
    skip(pod.spec, {"volumes"});
    if (pod.metadata) skip(*pod.metadata, {"annotations"});
    if (!with_metadata) skip(root, {"metadata"});
  }
  std::vector<RefereeNode> rest;
  for (std::size_t at = 0; at < tree.nodes.size();) {
    const auto found = std::find_if(skipped.begin(), skipped.end(),
                                    [&](const auto& part) { return part.first == at; });
    if (found != skipped.end()) {
      at = found->second;
      continue;
    }
    rest.push_back(tree.nodes[at]);
    const bool of_pod = at == pod.container || at == pod.spec || at == pod.metadata;
    const bool around = at == root || (pod.configuration ? at == server : of_pod);
    if (around) rest.back().count = 0;
    ++at;
  }
  return rest;
}

// The other annotations, and what is in them.
std::vector<RefereeNode> annotations_of(const RefereeTree& tree, const OraclePod& pod) {
  std::vector<RefereeNode> nodes;
  const auto list = pod.metadata ? tree.find(*pod.metadata, "annotations") : std::nullopt;
  if (!list || tree.nodes[*list].kind != Kind::Mapping) return nodes;
  const auto all = tree.children(*list);
  for (std::size_t i = 0; i + 1 < all.size(); i += 2) {
    if (tree.nodes[all[i]].value == "kaudit.io/policy-sha256") continue;
    for (std::size_t at = all[i]; at < tree.nodes[all[i + 1]].past; ++at)
      nodes.push_back(tree.nodes[at]);
  }
  return nodes;
}

bool same_nodes(const std::vector<RefereeNode>& a, const std::vector<RefereeNode>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const RefereeNode& x, const RefereeNode& y) { return x.means_the_same(y); });
}

}  // namespace

void judge_the_rest(const RefereeTree& before, const OraclePod& pod_before,
                    const RefereeTree& after, const OraclePod& pod_after,
                    std::vector<std::string>& broken) {
  if (before.roots.size() != after.roots.size())
    broken.emplace_back("the number of documents changed");
  const bool with_metadata =
      has_own_metadata(before, pod_before) && has_own_metadata(after, pod_after);
  if (!same_nodes(rest_of(before, pod_before, with_metadata),
                  rest_of(after, pod_after, with_metadata))) {
    broken.emplace_back("something outside the edited lists means something else now");
  }
  if (!same_nodes(annotations_of(before, pod_before), annotations_of(after, pod_after))) {
    broken.emplace_back("another annotation changed");
  }
}

bool is_untouched_by_auditing(const OraclePod& pod, const Asked& asked) {
  if (!pod.flags.empty() || pod.lacks_a_value || pod.has_annotation || pod.has_empty_list)
    return false;
  const std::set<std::string> paths = audit_paths(wanted_flags(pod, asked), asked);
  // A path that another flag names stays mounted.
  for (const std::string& word : pod.arguments) {
    for (const std::string& path : paths) {
      if (word.find(path) != std::string::npos) return false;
    }
  }
  // A mount that was there before is not told from kaudit's; one below the log's directory needs
  // it.
  return std::none_of(pod.mounts.begin(), pod.mounts.end(), [&](const OracleMount& m) {
    return std::any_of(paths.begin(), paths.end(),
                       [&](const std::string& path) { return is_below(mount_point(m), path); });
  });
}

}  // namespace kaudit::support
