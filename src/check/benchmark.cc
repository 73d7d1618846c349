#include "check/benchmark.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "audit/go_value.h"
#include "check/check_api_server.h"
#include "check/check_flags.h"
#include "text/excerpt.h"

namespace kaudit::check {
namespace {

using audit::AuditFlag;
using kube::Flag;
using kube::FlagForm;
using kube::KubernetesVersion;

// ---- the editions ---------------------------------------------------------------------------

// kube-bench, cfg/config.yaml, version_mapping; the numbers from cfg/*/master.yaml.
struct CisEdition {
  std::string_view name;
  std::string_view releases;
  KubernetesVersion since;
  std::string_view log_path;
  std::string_view max_age;
  std::string_view max_backup;
  std::string_view max_size;
};

constexpr std::array<CisEdition, 9> kCisEditions{{
    {"1.20", "1.19 to 1.21", {1, 19, {}}, "1.2.21", "1.2.22", "1.2.23", "1.2.24"},
    {"1.23", "1.22 to 1.23", {1, 22, {}}, "1.2.19", "1.2.20", "1.2.21", "1.2.22"},
    {"1.24", "1.24", {1, 24, {}}, "1.2.18", "1.2.19", "1.2.20", "1.2.21"},
    {"1.7", "1.25", {1, 25, {}}, "1.2.18", "1.2.19", "1.2.20", "1.2.21"},
    {"1.8", "1.26", {1, 26, {}}, "1.2.17", "1.2.18", "1.2.19", "1.2.20"},
    {"1.9", "1.27", {1, 27, {}}, "1.2.16", "1.2.17", "1.2.18", "1.2.19"},
    {"1.10", "1.28", {1, 28, {}}, "1.2.16", "1.2.17", "1.2.18", "1.2.19"},
    {"1.11", "1.29 to 1.31", {1, 29, {}}, "1.2.16", "1.2.17", "1.2.18", "1.2.19"},
    {"1.12", "1.32 to 1.34", {1, 32, {}}, "1.2.16", "1.2.17", "1.2.18", "1.2.19"},
}};

// The oldest edition for releases that are older than all, the newest for newer ones.
const CisEdition& cis_edition(const KubernetesVersion& version) {
  const auto* edition = kCisEditions.begin();
  for (const auto* next = edition; next != kCisEditions.end() && version >= next->since; ++next)
    edition = next;
  return *edition;
}

// The permission bits that a manifest may have. CIS asked for 644 before its edition for 1.24; the
// STIG still does (V-242408).
constexpr std::uint32_t kOwnerOnly = 0600;
constexpr std::uint32_t kReadableForAll = 0644;

std::uint32_t cis_mode(const KubernetesVersion& version) {
  return version < KubernetesVersion{1, 24, {}} ? kReadableForAll : kOwnerOnly;
}

// DynamicAuditing went with 1.19, and V-242398 has nothing to ask of newer releases.
bool has_dynamic_auditing(const KubernetesVersion& version) {
  return version < KubernetesVersion{1, 19, {}};
}

// ---- how kube-bench reads -------------------------------------------------------------------

// The line of the API server in `ps -ef`, as far as it matters.
std::string process_line(const kube::ApiServer& server) {
  std::string line;
  for (const kube::Argument& argument : server.arguments)
    line.append(line.empty() ? "" : " ").append(argument.value);
  return line;
}

// kube-bench, check/test.go, flagTestItem.findValue: the first place that holds the flag's text,
// then any "=" or ":", then everything up to a blank; "true" if nothing is left.
std::optional<std::string_view> value_for_test(std::string_view line, std::string_view flag) {
  const std::size_t at = line.find(flag);
  if (at == std::string_view::npos) return {};
  std::string_view rest = line.substr(at + flag.size());
  while (rest.starts_with('=') || rest.starts_with(':')) {
    const bool colon = rest.starts_with(':');
    rest.remove_prefix(1);
    while (colon && rest.starts_with(' ')) rest.remove_prefix(1);
  }
  const std::string_view value = rest.substr(0, rest.find_first_of(" \t\n\v\f\r"));
  return value.empty() ? "true" : value;
}

// kube-bench, check/test.go, toNumeric: strconv.Atoi, which reads decimal numbers only.
std::optional<std::int64_t> number_for_test(std::string_view value) {
  if (value.starts_with('+')) {
    value.remove_prefix(1);
    if (value.starts_with('-')) return {};
  }
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size()) return {};
  return number;
}

// ---- one API server against one benchmark ---------------------------------------------------

struct Limit {
  AuditFlag flag;
  std::int64_t minimum;
};
constexpr Limit kMaxAge{AuditFlag::LogMaxAge, kBenchmarkMaxAge};
constexpr Limit kMaxBackup{AuditFlag::LogMaxBackup, kBenchmarkMaxBackup};
constexpr Limit kMaxSize{AuditFlag::LogMaxSize, kBenchmarkMaxSize};

constexpr std::string_view kOnVariable = "the value depends on a variable";

class Assessment {
 public:
  Assessment(Benchmark benchmark, const kube::ApiServer& server, const KubernetesVersion& version,
             const HostFacts& facts)
      : server_(server),
        version_(version),
        facts_(facts),
        settings_(effective_settings(server)),
        line_(process_line(server)),
        test_(benchmark == Benchmark::Cis ? "kube-bench" : "the STIG's check") {}

  std::vector<ControlResult> cis() const {
    const CisEdition& edition = cis_edition(version_);
    return {manifest_mode("1.1.1", cis_mode(version_)),
            manifest_owner("1.1.2"),
            log_path(edition.log_path),
            at_least(edition.max_age, kMaxAge),
            at_least(edition.max_backup, kMaxBackup),
            at_least(edition.max_size, kMaxSize),
            minimal_policy(),
            manual("3.2.2", "the policy covers the key security concerns",
                   "the rules of the policy are not judged; it should record Secrets, ConfigMaps "
                   "and TokenReviews at Metadata only, and changes of Pods and Deployments")};
  }

  std::vector<ControlResult> stig() const {
    std::vector<ControlResult> results;
    if (has_dynamic_auditing(version_)) results.push_back(dynamic_auditing());
    results.insert(results.end(),
                   {policy("V-242401", "an audit policy is set"), log_path("V-242402"),
                    manual("V-242403", "the policy records everything at RequestResponse",
                           "the rules of the policy are not judged; CIS 3.2.2 asks for the "
                           "contrary, because at RequestResponse the contents of Secrets and "
                           "tokens stand in the log"),
                    this_manifest(manifest_owner("V-242405")),
                    this_manifest(manifest_mode("V-242408", kReadableForAll)),
                    this_manifest(manifest_owner("V-242444")),
                    policy("V-242461", "audit logs are enabled by a policy"),
                    at_least("V-242462", kMaxSize), at_least("V-242463", kMaxBackup),
                    at_least("V-242464", kMaxAge), valid_log_path("V-242465")});
    return results;
  }

 private:
  static ControlResult result(std::string_view number, std::string title) {
    return {std::string(number), std::move(title), ControlState::Fail, "not set", ""};
  }
  static ControlResult manual(std::string_view number, std::string title, std::string remark) {
    return {std::string(number), std::move(title), ControlState::Manual, "", std::move(remark)};
  }

  const Flag* effective(AuditFlag flag) const {
    return server_.command_line.effective(audit::name_of(flag));
  }
  std::optional<std::string_view> seen_by_test(AuditFlag flag) const {
    return value_for_test(line_, fmt::format("--{}", audit::name_of(flag)));
  }

  // ---- flags

  // What there is to say about a flag that kube-apiserver does not have.
  std::string not_set_remark(AuditFlag flag) const {
    if (!seen_by_test(flag)) return "";
    return fmt::format(
        "the text --{} is in the command line, but kube-apiserver does not read it as a flag",
        audit::name_of(flag));
  }

  // The flag is there, with a value that is not empty, and the test finds its name.
  ControlResult presence(std::string_view number, std::string title, AuditFlag which) const {
    ControlResult r = result(number, std::move(title));
    const Flag* flag = effective(which);
    if (flag == nullptr) {
      r.remark = not_set_remark(which);
      return r;
    }
    r.value = flag->value.empty() ? "empty" : text::one_line(flag->value);
    if (flag->form == FlagForm::Bare) {
      r.remark = "the flag has no value, and kube-apiserver exits";
    } else if (flag->value.empty()) {
      r.remark = "an empty path is the same as none";
    } else if (audit::is_unresolved(flag->value)) {
      r.state = ControlState::Manual;
      r.remark = kOnVariable;
    } else if (!seen_by_test(which)) {
      r.remark = underscores_remark(*flag);
    } else {
      r.state = ControlState::Pass;
    }
    return r;
  }

  std::string underscores_remark(const Flag& flag) const {
    return fmt::format("{} does not find the spelling --{}; write --{}", test_, flag.spelling,
                       flag.name);
  }

  ControlResult log_path(std::string_view number) const {
    ControlResult r = presence(number, "--audit-log-path is set", AuditFlag::LogPath);
    const bool needs_policy = takes_policy(server_, version_);
    if (r.state == ControlState::Pass && needs_policy && settings_.policy_file().empty())
      r.remark = "nothing is recorded without --audit-policy-file";
    return r;
  }

  ControlResult valid_log_path(std::string_view number) const {
    ControlResult r = log_path(number);
    r.title = "--audit-log-path is a valid path";
    const std::string_view path = settings_.log_path();
    if (r.state != ControlState::Pass || (path.starts_with('/') && !path.ends_with('/'))) return r;
    r.state = ControlState::Fail;
    r.remark = settings_.logs_to_stdout() ? "'-' is standard output, not the path of a file"
                                          : "it is not the absolute path of a file";
    return r;
  }

  ControlResult policy(std::string_view number, std::string title) const {
    ControlResult r = presence(number, std::move(title), AuditFlag::PolicyFile);
    if (r.state != ControlState::Pass) return r;
    if (const auto problem = facts_.policy ? facts_.policy->problem() : std::nullopt) {
      r.state = ControlState::Fail;
      r.remark =
          text::one_line(fmt::format("kube-apiserver would refuse the policy: {}", *problem));
    } else if (!settings_.has_log_backend() && !settings_.has_webhook_backend()) {
      r.remark = "nothing is recorded, because neither a log nor a webhook is set";
    }
    return r;
  }

  ControlResult minimal_policy() const {
    ControlResult r = policy("3.2.1", "a minimal audit policy is set");
    constexpr std::string_view kManual =
        "manual in the benchmark; kube-bench only looks for the flag";
    r.remark = r.remark.empty() ? std::string(kManual) : fmt::format("{}; {}", r.remark, kManual);
    return r;
  }

  ControlResult at_least(std::string_view number, const Limit& limit) const {
    const std::string_view name = audit::name_of(limit.flag);
    ControlResult r = result(number, fmt::format("--{} is at least {}", name, limit.minimum));
    const Flag* flag = effective(limit.flag);
    if (flag == nullptr) {
      r.remark = unset_limit_remark(limit);
      return r;
    }
    r.value = flag->value.empty() ? "empty" : text::one_line(flag->value);
    if (flag->form == FlagForm::Bare) {
      r.remark = "the flag has no value, and kube-apiserver exits";
      return r;
    }
    judge_limit(*flag, limit, r);
    return r;
  }

  // Both must be content: kube-apiserver with the number that it reads, and the test with its own.
  void judge_limit(const Flag& flag, const Limit& limit, ControlResult& r) const {
    const auto seen = seen_by_test(limit.flag);
    const auto number = audit::parse_go_int(flag.value);
    if (audit::is_unresolved(flag.value)) {
      r.state = ControlState::Manual;
      r.remark = kOnVariable;
    } else if (!number) {
      r.remark =
          text::one_line(fmt::format("the value {}, and kube-apiserver exits", number.error()));
    } else if (*number < limit.minimum) {
      r.remark = low_limit_remark(*number, limit.flag);
    } else if (seen && audit::is_unresolved(*seen)) {
      r.state = ControlState::Manual;
      r.remark = fmt::format("{} reads the first of several, which depends on a variable", test_);
    } else {
      r.remark = hidden_remark(flag, limit, seen);
      if (r.remark.empty()) r.state = ControlState::Pass;
    }
  }

  std::string unset_limit_remark(const Limit& limit) const {
    const std::string_view value = audit::info(limit.flag).default_in(version_);
    if (const auto number = audit::parse_go_int(value); number && *number >= limit.minimum) {
      return fmt::format("kube-apiserver {} uses {} by itself, but the benchmark asks for the flag",
                         version_.release(), value);
    }
    return not_set_remark(limit.flag);
  }

  // lumberjack.v2, millRunOnce and max; k8s.io/apiserver, pkg/server/options/audit.go, getWriter.
  std::string low_limit_remark(std::int64_t number, AuditFlag flag) const {
    if (number != 0) return "";
    if (flag == AuditFlag::LogMaxAge) return "0 means that age deletes no log";
    if (flag == AuditFlag::LogMaxBackup) return "0 means that any number of logs is kept";
    if (version_ >= KubernetesVersion{1, 36, {}}) return "0 means that the log is never rotated";
    return fmt::format("kube-apiserver {} takes 0 as 100, but {} compares the number",
                       version_.release(), test_);
  }

  // Why the test is not content with a value that is high enough; "" if it is.
  std::string hidden_remark(const Flag& flag, const Limit& limit,
                            std::optional<std::string_view> seen) const {
    if (!seen) return underscores_remark(flag);
    const auto number = number_for_test(*seen);
    if (number && *number >= limit.minimum) return "";
    const std::string shown = text::one_line(std::string(*seen));
    const Flag* first = first_found(flag.name);
    if (number || first != &flag)
      return fmt::format("{} reads the first of several, {}", test_, shown);
    if (flag.form == FlagForm::Separate) {
      return fmt::format("{} does not see a value that is an argument of its own; write --{}={}",
                         test_, flag.name, text::one_line(std::string(flag.value)));
    }
    return fmt::format("{} reads {}, and understands plain decimal numbers only", test_, shown);
  }

  // The flag that a search for its name meets first: one with underscores is not met.
  const Flag* first_found(std::string_view name) const {
    const std::vector<Flag>& flags = server_.command_line.flags;
    const auto found =
        std::find_if(flags.begin(), flags.end(), [&](const Flag& f) { return f.spelling == name; });
    return found == flags.end() ? nullptr : &*found;
  }

  // ---- DynamicAuditing

  // component-base, featuregate/feature_gate.go, Set and setUnsetAlphaGates: several flags add up,
  // the last word on a gate counts, and AllAlpha speaks for gates that nobody has named before.
  static void apply_gates(std::string_view list, std::optional<bool>& gate) {
    while (!list.empty()) {
      const std::string_view entry = list.substr(0, list.find(','));
      list.remove_prefix(std::min(entry.size() + 1, list.size()));
      const std::size_t equals = std::min(entry.find('='), entry.size());
      const std::string_view name = trimmed(entry.substr(0, equals));
      const auto on =
          audit::parse_go_bool(trimmed(entry.substr(std::min(equals + 1, entry.size()))));
      if (!on) continue;
      if (name == "DynamicAuditing" || (name == "AllAlpha" && !gate)) gate = *on;
    }
  }

  static std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
  }

  ControlResult dynamic_auditing() const {
    ControlResult r = result("V-242398", "DynamicAuditing is off");
    std::optional<bool> gate;
    bool unresolved = false;
    for (const Flag& flag : server_.command_line.flags) {
      if (flag.name != "feature-gates") continue;
      apply_gates(flag.value, gate);
      unresolved = unresolved || audit::is_unresolved(flag.value);
    }
    const bool flag_on = settings_.boolean(AuditFlag::DynamicConfiguration, version_) == true;
    if (gate) r.value = *gate ? "true" : "false";
    if (gate == true) {
      r.remark = "--feature-gates turns it on";
    } else if (flag_on) {
      r.remark = "--audit-dynamic-configuration asks for it";
    } else if (unresolved) {
      r.state = ControlState::Manual;
      r.remark = "--feature-gates depends on a variable";
    } else {
      r.state = ControlState::Pass;
    }
    return r;
  }

  // ---- the manifest on the host

  bool manifest_is_known() const {
    return facts_.manifest && facts_.manifest->kind != PathFact::Kind::Unknown;
  }

  ControlResult unknown_manifest(ControlResult r) const {
    r.state = ControlState::Manual;
    r.value = "";
    r.remark = "the file was not looked at; check the live manifest on its node";
    return r;
  }

  // The bit mask of kube-bench: no bit may stand outside it (check/test.go, compareOp).
  ControlResult manifest_mode(std::string_view number, std::uint32_t allowed) const {
    ControlResult r =
        result(number, fmt::format("the manifest's mode is {:03o} or stricter", allowed));
    if (!manifest_is_known()) return unknown_manifest(std::move(r));
    r.value = fmt::format("{:03o}", facts_.manifest->mode);
    r.state = (facts_.manifest->mode & ~allowed) == 0 ? ControlState::Pass : ControlState::Fail;
    return r;
  }

  ControlResult manifest_owner(std::string_view number) const {
    ControlResult r = result(number, "the manifest belongs to root:root");
    if (!manifest_is_known()) return unknown_manifest(std::move(r));
    const auto name = [](std::uint32_t id) { return id == 0 ? "root" : fmt::format("{}", id); };
    const bool root = facts_.manifest->uid == 0 && facts_.manifest->gid == 0;
    r.value = fmt::format("{}:{}", name(facts_.manifest->uid), name(facts_.manifest->gid));
    r.state = root ? ControlState::Pass : ControlState::Fail;
    return r;
  }

  // The STIG speaks of all manifests.
  static ControlResult this_manifest(ControlResult r) {
    if (r.state == ControlState::Pass)
      r.remark = "asked of every manifest; only this one was looked at";
    return r;
  }

  const kube::ApiServer& server_;
  const KubernetesVersion& version_;
  const HostFacts& facts_;
  audit::AuditSettings settings_;
  std::string line_;
  std::string_view test_;  // who reads the flags for the benchmark
};

// ---- the controls of a finding --------------------------------------------------------------

enum class Topic : std::uint8_t {
  ManifestMode,
  ManifestOwner,
  LogPath,
  MaxAge,
  MaxBackup,
  MaxSize,
  Policy
};

std::string_view cis_number(Topic topic, const CisEdition& edition) {
  switch (topic) {
    case Topic::ManifestMode:
      return "1.1.1";
    case Topic::ManifestOwner:
      return "1.1.2";
    case Topic::LogPath:
      return edition.log_path;
    case Topic::MaxAge:
      return edition.max_age;
    case Topic::MaxBackup:
      return edition.max_backup;
    case Topic::MaxSize:
      return edition.max_size;
    case Topic::Policy:
      return "3.2.1";
  }
  return "";
}

std::vector<std::string_view> stig_numbers(Topic topic, const KubernetesVersion& version) {
  switch (topic) {
    case Topic::ManifestMode:
      // The finding follows CIS; a mode of 644, its usual cause, is what the STIG allows.
      if (cis_mode(version) != kReadableForAll) return {};
      return {"V-242408"};
    case Topic::ManifestOwner:
      return {"V-242405", "V-242444"};
    case Topic::LogPath:
      return {"V-242402", "V-242465"};
    case Topic::MaxAge:
      return {"V-242464"};
    case Topic::MaxBackup:
      return {"V-242463"};
    case Topic::MaxSize:
      return {"V-242462"};
    case Topic::Policy:
      return {"V-242401", "V-242461"};
  }
  return {};
}

std::optional<Topic> topic_of_flag(std::string_view flag) {
  if (flag == "audit-log-path") return Topic::LogPath;
  if (flag == "audit-log-maxage") return Topic::MaxAge;
  if (flag == "audit-log-maxbackup") return Topic::MaxBackup;
  if (flag == "audit-log-maxsize") return Topic::MaxSize;
  if (flag == "audit-policy-file") return Topic::Policy;
  return {};
}

bool is_limit(Topic topic) {
  return topic == Topic::MaxAge || topic == Topic::MaxBackup || topic == Topic::MaxSize;
}

// Rules whose control is the subject's. Two arguments and duplicates hide numbers only: of a path
// kube-bench asks no more than that its flag is there.
std::vector<Topic> topics_of_subject(std::string_view rule, std::string_view subject) {
  static constexpr std::array<std::string_view, 4> kHideNumbers{
      "flag-duplicate", "flag-invalid-value", "flag-two-arguments", "rotation-below-benchmark"};
  const auto topic = topic_of_flag(subject);
  if (!topic) return {};
  const bool of_limits =
      std::find(kHideNumbers.begin(), kHideNumbers.end(), rule) != kHideNumbers.end();
  if (rule == "flag-underscores" || (of_limits && is_limit(*topic))) return {*topic};
  return {};
}

std::vector<Topic> topics_of(std::string_view rule, std::string_view subject) {
  if (rule == "manifest-mode") return {Topic::ManifestMode};
  if (rule == "manifest-owner") return {Topic::ManifestOwner};
  if (rule == "policy-without-backend") return {Topic::LogPath};
  if (rule == "backend-without-policy") return {Topic::Policy};
  if (rule == "tuning-without-backend") return {Topic::LogPath, Topic::Policy};
  if (rule == "auditing-off")
    return {Topic::LogPath, Topic::MaxAge, Topic::MaxBackup, Topic::MaxSize, Topic::Policy};
  if (rule == "rotation-unset" || rule == "retention-unbounded") {
    if (subject == "audit-log-maxsize") return {Topic::MaxSize};
    return {Topic::MaxAge, Topic::MaxBackup};
  }
  return topics_of_subject(rule, subject);
}

}  // namespace

std::string_view to_string(ControlState state) {
  switch (state) {
    case ControlState::Pass:
      return "pass";
    case ControlState::Fail:
      return "fail";
    case ControlState::Manual:
      return "manual";
  }
  return "";
}

std::string edition(Benchmark benchmark, const KubernetesVersion& version) {
  if (benchmark == Benchmark::Stig) return "DISA Kubernetes STIG";
  const CisEdition& edition = cis_edition(version);
  return fmt::format("CIS {} (Kubernetes {})", edition.name, edition.releases);
}

std::vector<ControlResult> assess_benchmark(Benchmark benchmark, const kube::ApiServer& server,
                                            const KubernetesVersion& version,
                                            const HostFacts& facts) {
  const Assessment assessment(benchmark, server, version, facts);
  return benchmark == Benchmark::Cis ? assessment.cis() : assessment.stig();
}

std::vector<std::string> controls_of(std::string_view rule, std::string_view subject,
                                     const KubernetesVersion& version) {
  const std::vector<Topic> topics = topics_of(rule, subject);
  const CisEdition& edition = cis_edition(version);
  std::vector<std::string> controls;
  for (const Topic topic : topics)
    controls.push_back(fmt::format("CIS-{}:{}", edition.name, cis_number(topic, edition)));
  for (const Topic topic : topics) {
    for (const std::string_view number : stig_numbers(topic, version))
      controls.push_back(fmt::format("STIG:{}", number));
  }
  return controls;
}

}  // namespace kaudit::check
