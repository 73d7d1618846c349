#include "check/check_flags.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <set>

#include "audit/flag_table.h"
#include "audit/go_value.h"
#include "audit/validate_settings.h"
#include "check/benchmark.h"

namespace kaudit::check {
namespace {

using audit::AuditFlag;
using kube::ApiServer;
using kube::Flag;
using kube::FlagForm;
using kube::KubernetesVersion;
using kube::Stray;

constexpr std::string_view kExits = "kube-apiserver exits at once";
constexpr std::string_view kNothing = "nothing is recorded";
constexpr std::string_view kEnable = "run kaudit enable";
// k8s.io/apiserver, pkg/server/config.go, NewConfig: MaxRequestBodyBytes.
constexpr std::int64_t kLargestBody = std::int64_t{3} << 20;
constexpr std::int64_t kMebibyte = std::int64_t{1} << 20;

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_quoted(std::string_view value) {
  return value.size() > 1 && (value.front() == '"' || value.front() == '\'') &&
         value.back() == value.front();
}

// The name of the audit flag that a second flag in the same item has, "" for none.
std::string_view second_flag(std::string_view item, bool first_is_audit) {
  for (std::size_t at = item.find("--", 1); at != std::string_view::npos;
       at = item.find("--", at + 1)) {
    if (!is_blank(item[at - 1])) continue;
    const std::string_view name =
        item.substr(at + 2, std::min(item.find_first_of("= \t\n", at), item.size()) - at - 2);
    if (!name.empty() && (first_is_audit || audit::find_flag(name) != nullptr)) return name;
  }
  return {};
}

// kube-apiserver minds the case; a person who writes --Audit-Log-Path means auditing all the same.
bool is_audit_name(std::string_view name) {
  constexpr std::string_view kPrefix = "audit-";
  return name.size() >= kPrefix.size() &&
         std::equal(kPrefix.begin(), kPrefix.end(), name.begin(), [](char wanted, char c) {
           return wanted == (c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
         });
}

class FlagChecker {
 public:
  FlagChecker(const ApiServer& server, const audit::AuditSettings& settings,
              const KubernetesVersion& version, FindingList& found)
      : server_(server), settings_(settings), version_(version), found_(found) {}

  void run() {
    check_items();
    for (const Flag& flag : server_.command_line.flags) {
      if (is_audit_name(flag.name)) check_flag(flag);
    }
    for (const audit::SettingProblem& problem : audit::validate(settings_, version_))
      add_problem(problem);
    for (const Stray& stray : server_.command_line.strays) check_stray(stray);
    if (!is_any_garbled()) check_combination();
    if (settings_.has_log_backend()) check_log();
    check_deprecated_version(AuditFlag::LogVersion, settings_.has_log_backend());
    check_deprecated_version(AuditFlag::WebhookVersion, settings_.has_webhook_backend());
  }

 private:
  // The flag's own text: the caret belongs under its name.
  text::Span item(const Flag& flag) const { return server_.arguments[flag.argument].text; }
  text::Span name_span(const Flag& flag) const { return server_.arguments[flag.argument].name; }
  const audit::FlagInfo& info(AuditFlag flag) const { return audit::info(flag); }
  std::optional<text::Span> place_of(AuditFlag flag) const {
    return server_.value_span(audit::name_of(flag));
  }
  bool has_backend() const {
    return settings_.has_log_backend() || settings_.has_webhook_backend();
  }

  // Then what is set is anybody's guess, and one finding says so.
  bool is_any_garbled() const {
    return std::any_of(server_.command_line.flags.begin(), server_.command_line.flags.end(),
                       [&](const Flag& flag) {
                         return audit::find_flag(flag.name) != nullptr && is_garbled(server_, flag);
                       });
  }

  // ---- the form of the items ----------------------------------------------------------------

  void check_items() {
    for (const Flag& flag : server_.command_line.flags) {
      const std::string_view value = server_.arguments[flag.argument].value;
      const std::string_view second = second_flag(value, is_audit_name(flag.name));
      if (second.empty()) continue;
      judged_.emplace(flag.name);
      found_.add("flag-two-in-one-item", item(flag), std::string(flag.name),
                 fmt::format("one item holds two flags: '{}'", value),
                 fmt::format("--{} is never seen", second), "give each flag an item of its own");
    }
  }

  void check_stray(const Stray& stray) {
    if (stray.kind == Stray::Kind::Empty) return;
    // kubeadm's dashes in front of a name that has its own: extra-arg-name.
    if (server_.kind == kube::DocumentKind::ClusterConfiguration) return;
    const kube::Argument& argument = server_.arguments[stray.argument];
    const Flag* before = owner_of(stray.argument);
    const std::string name = audit::normalized_flag_name(argument.value);
    if (stray.kind == Stray::Kind::SingleDash && name.starts_with("-audit-")) {
      found_.add("flag-single-dash", argument.text, argument.value,
                 fmt::format("'{}' begins with one dash", argument.value), std::string(kExits),
                 fmt::format("write -{}", argument.value));
    } else if (before != nullptr) {
      found_.add("bool-flag-with-separate-value", argument.text, std::string(before->name),
                 fmt::format("'{}' stands in an item of its own behind the bool flag --{}",
                             argument.value, before->spelling),
                 std::string(kExits),
                 fmt::format("write --{}={} as one item", before->spelling, argument.value));
    } else {
      found_.add("positional-argument", argument.text, argument.value,
                 fmt::format("'{}' is neither a flag nor a flag's value", argument.value),
                 std::string(kExits), "remove it, or join it to its flag with '='");
    }
  }

  const Flag* owner_of(std::size_t argument) const {
    const auto& flags = server_.command_line.flags;
    const auto behind = std::partition_point(
        flags.begin(), flags.end(), [&](const Flag& flag) { return flag.argument < argument; });
    if (behind == flags.begin()) return nullptr;
    const Flag& before = *std::prev(behind);
    return stray_value_of(server_, before) == argument ? &before : nullptr;
  }

  // ---- one flag -----------------------------------------------------------------------------

  void check_flag(const Flag& flag) {
    const audit::FlagInfo* known = audit::find_flag(flag.name);
    if (known == nullptr) {
      const auto problem = audit::validate_flag_name(flag.name, version_);
      if (problem && !judged_.contains(flag.name)) add_name_problem(*problem, flag);
      return;
    }
    check_form(flag, *known);
    const Flag* effective = server_.command_line.effective(flag.name);
    if (effective != &flag) {
      add_duplicate(flag, *effective);
      check_shadowed(flag, *known);
    } else {
      check_value(flag, *known);
    }
  }

  void add_duplicate(const Flag& flag, const Flag& effective) {
    if (kube::is_unsettled(server_, flag.name)) {
      const Flag& sorted = *kube::effective_if_sorted(server_, flag.name);
      found_
          .add("flag-duplicate", item(flag), std::string(flag.name),
               fmt::format("{} is given more than once; kubeadm 1.31 takes '{}', and later "
                           "releases take '{}'",
                           flag.spelling, sorted.value, effective.value),
               "1.31 sorts the list by name and value, and the last one counts",
               "remove one of them")
          .related.push_back({item(effective), "another one"});
      return;
    }
    found_
        .add("flag-duplicate", item(flag), std::string(flag.name),
             flag.value == effective.value
                 ? fmt::format("--{} is given more than once, with the same value", flag.spelling)
                 : fmt::format("--{} is given more than once; '{}' is shadowed by '{}'",
                               flag.spelling, flag.value, effective.value),
             "the last one counts", "remove this one")
        .related.push_back({item(effective), "this one counts"});
  }

  // pflag reads every value, also one that a later flag replaces.
  void check_shadowed(const Flag& flag, const audit::FlagInfo& known) {
    audit::AuditSettings alone;
    alone.set(known.flag, std::string(flag.value));
    for (const audit::SettingProblem& problem : audit::validate(alone, version_)) {
      if (problem.fatal && problem.kind == audit::ProblemKind::BadValue)
        add_parted("flag-invalid-value", server_.value_span(flag), problem, kExits);
    }
  }

  void check_form(const Flag& flag, const audit::FlagInfo& known) {
    const std::string name(flag.name);
    if (flag.form == FlagForm::Bare && known.type != audit::FlagType::Bool) {
      judged_.emplace(flag.name);
      found_.add("flag-value-missing", item(flag), name,
                 fmt::format("--{} has no value", flag.spelling), std::string(kExits),
                 "give it one with '='");
    } else if (flag.form == FlagForm::Separate && flag.value.starts_with("--")) {
      judged_.emplace(flag.name);
      found_.add("flag-value-missing", item(flag), name,
                 fmt::format("--{} has no value and takes the next item, '{}', for it",
                             flag.spelling, flag.value),
                 "the API server sees neither as it is meant", "give it a value with '='");
    } else if (flag.form == FlagForm::Separate) {
      found_.add("flag-two-arguments", item(flag), name,
                 fmt::format("--{} and its value '{}' are two items", flag.spelling, flag.value),
                 "benchmark tools such as kube-bench do not see the value",
                 fmt::format("write --{}={} as one item", flag.name, flag.value));
    }
    if (flag.spelling != flag.name) {
      found_.add("flag-underscores", name_span(flag), name,
                 fmt::format("--{} is spelled with underscores", flag.spelling),
                 "benchmark tools such as kube-bench do not find it",
                 fmt::format("write --{}", flag.name));
    }
  }

  void check_value(const Flag& flag, const audit::FlagInfo& known) {
    const std::string name(flag.name);
    if (flag.value.find('\n') != std::string_view::npos && !judged_.contains(flag.name)) {
      judged_.emplace(flag.name);
      found_.add("flag-invalid-value", server_.value_span(flag), name,
                 fmt::format("the value of --{} has a line break in it", flag.spelling),
                 known.is_path() ? "the path is another one" : "the API server will not start",
                 "write the item on one line, or with '>-'");
    }
    if (is_quoted(flag.value) && !judged_.contains(flag.name)) {
      judged_.emplace(flag.name);
      found_.add(
          "flag-quoted", server_.value_span(flag), name,
          fmt::format("the quotes of --{}={} are part of the value", flag.spelling, flag.value),
          known.is_path() ? "the path is another one, and relative"
                          : "the API server will not start",
          fmt::format("write --{}={}", flag.spelling, flag.value.substr(1, flag.value.size() - 2)));
    }
    if (audit::is_unresolved(flag.value)) {
      found_.add("flag-unresolved-variable", server_.value_span(flag), name,
                 fmt::format("--{}={} depends on a variable", flag.spelling, flag.value),
                 known.is_path() ? "its path cannot be checked" : "its value cannot be checked",
                 "write the value out");
    }
    // One finding says that nothing is recorded at all; each tuning flag need not repeat it.
    if (has_backend() && has_no_effect(known)) {
      found_.add("flag-needs-other", item(flag), name,
                 fmt::format("--{} needs {}", flag.spelling, known.needs), "it does nothing",
                 "remove it, or set what it needs");
    }
  }

  bool has_no_effect(const audit::FlagInfo& known) const {
    switch (known.group) {
      case audit::FlagGroup::Log:
        return !settings_.has_log_backend() ||
               (settings_.logs_to_stdout() && is_about_files(known.flag));
      case audit::FlagGroup::LogBatching:
        return !settings_.has_log_backend() ||
               !batches(known.flag, AuditFlag::LogMode, AuditFlag::LogBatchThrottleEnable,
                        {AuditFlag::LogBatchThrottleQps, AuditFlag::LogBatchThrottleBurst});
      case audit::FlagGroup::LogTruncation:
        return !settings_.has_log_backend() ||
               !truncates(known.flag, AuditFlag::LogTruncateEnabled);
      case audit::FlagGroup::Webhook:
        return !settings_.has_webhook_backend();
      case audit::FlagGroup::WebhookBatching:
        return !settings_.has_webhook_backend() ||
               !batches(known.flag, AuditFlag::WebhookMode, AuditFlag::WebhookBatchThrottleEnable,
                        {AuditFlag::WebhookBatchThrottleQps, AuditFlag::WebhookBatchThrottleBurst});
      case audit::FlagGroup::WebhookTruncation:
        return !settings_.has_webhook_backend() ||
               !truncates(known.flag, AuditFlag::WebhookTruncateEnabled);
      case audit::FlagGroup::Policy:
      case audit::FlagGroup::Removed:
        return false;
    }
    return false;
  }

  static bool is_about_files(AuditFlag flag) {
    return flag == AuditFlag::LogMaxAge || flag == AuditFlag::LogMaxBackup ||
           flag == AuditFlag::LogMaxSize || flag == AuditFlag::LogCompress;
  }

  // A mode that is unknown, or behind a variable, may be batch.
  bool batches(AuditFlag flag, AuditFlag mode, AuditFlag enable,
               const std::array<AuditFlag, 2>& throttle) const {
    const std::string_view word = settings_.effective(mode, version_);
    if (word == "blocking" || word == "blocking-strict") return false;
    const bool throttles = settings_.boolean(enable, version_).value_or(true);
    return throttles || (flag != throttle[0] && flag != throttle[1]);
  }

  bool truncates(AuditFlag flag, AuditFlag enable) const {
    return flag == enable || settings_.boolean(enable, version_).value_or(true);
  }

  // ---- what kube-apiserver would say --------------------------------------------------------

  // "kube-apiserver 1.31 would refuse to start: WHAT" is said the other way round here.
  void add_parted(std::string_view id, text::Span place, const audit::SettingProblem& problem,
                  std::string_view otherwise) {
    const std::size_t colon = problem.message.find(": ");
    const bool parts = problem.message.starts_with("kube-apiserver ") && colon != std::string::npos;
    std::string what = parts ? problem.message.substr(colon + 2) : problem.message;
    if (what.starts_with("it ")) what.replace(0, 2, "kube-apiserver");
    found_.add(id, place, problem.flag, std::move(what),
               parts ? problem.message.substr(0, colon) : std::string(otherwise), problem.hint);
  }

  void add_name_problem(const audit::SettingProblem& problem, const Flag& flag) {
    const std::string_view id = problem.kind == audit::ProblemKind::Unknown   ? "flag-unknown"
                                : problem.kind == audit::ProblemKind::Removed ? "flag-removed"
                                                                              : "flag-not-yet";
    add_parted(id, name_span(flag), problem, kExits);
  }

  void add_problem(const audit::SettingProblem& problem) {
    const Flag* flag = server_.command_line.effective(problem.flag);
    if (judged_.contains(problem.flag)) return;
    switch (problem.kind) {
      case audit::ProblemKind::Unknown:
      case audit::ProblemKind::Removed:
      case audit::ProblemKind::NotYet:
        if (flag != nullptr) add_name_problem(problem, *flag);
        return;
      case audit::ProblemKind::RelativePath:
        add_parted("path-not-absolute", place_of_problem(problem), problem,
                   "kaudit can neither check it nor mount it");
        return;
      case audit::ProblemKind::BadValue:
      case audit::ProblemKind::Combination:
        // A wrong word for a backend that is off stops nobody; flag-needs-other says that it is.
        if (!problem.fatal) return;
        add_parted(
            is_removed_version(problem.flag) ? "audit-version-removed" : "flag-invalid-value",
            place_of_problem(problem), problem, "the API server will not start");
    }
  }

  // A rule about two flags may complain of the default of one that is not there.
  text::Span place_of_problem(const audit::SettingProblem& problem) const {
    const AuditFlag backend = problem.flag.starts_with("audit-webhook")
                                  ? AuditFlag::WebhookConfigFile
                                  : AuditFlag::LogPath;
    return server_.value_span(problem.flag).value_or(place_of(backend).value_or(text::Span{}));
  }

  bool is_removed_version(std::string_view name) const {
    const audit::FlagInfo* known = audit::find_flag(name);
    if (known == nullptr || known->unit == "path") return false;
    const auto value = settings_.value(known->flag);
    if (!value) return false;
    return std::any_of(known->words.begin(), known->words.end(), [&](const auto& word) {
      return word.until && word.word == *value && version_ >= *word.until;
    });
  }

  // kube-apiserver 1.21 to 1.23 warn at the versions that 1.24 no longer has.
  void check_deprecated_version(AuditFlag flag, bool backend) {
    const auto value = settings_.value(flag);
    const bool deprecated =
        version_ >= KubernetesVersion{1, 21, {}} && version_ < KubernetesVersion{1, 24, {}};
    if (!backend || !deprecated || !value) return;
    if (*value != "audit.k8s.io/v1beta1" && *value != "audit.k8s.io/v1alpha1") return;
    found_
        .add("audit-version-removed", place_of(flag), std::string(audit::name_of(flag)),
             fmt::format("{} is deprecated", *value),
             "kube-apiserver 1.24 and newer will not start with it",
             fmt::format("write --{}=audit.k8s.io/v1", audit::name_of(flag)))
        .severity = Severity::Warning;
  }

  // ---- combinations -------------------------------------------------------------------------

  void check_combination() {
    const bool policy = !settings_.policy_file().empty();
    if (policy && info(AuditFlag::PolicyFile).known_in(version_) &&
        !takes_policy(server_, version_)) {
      found_.add("flag-invalid-value", place_of(AuditFlag::PolicyFile), "audit-policy-file",
                 "the feature gate AdvancedAuditing is off, and with it --audit-policy-file is not "
                 "allowed",
                 "the API server will not start", "turn the gate on, or take the policy away");
    }
    if (policy && !has_backend()) {
      found_.add("policy-without-backend", place_of(AuditFlag::PolicyFile), "audit-policy-file",
                 fmt::format("--audit-policy-file={} is set, but neither a log nor a webhook",
                             settings_.policy_file()),
                 std::string(kNothing), std::string(kEnable));
    } else if (!policy && has_backend() && takes_policy(server_, version_)) {
      const AuditFlag backend =
          settings_.has_log_backend() ? AuditFlag::LogPath : AuditFlag::WebhookConfigFile;
      const std::string name(audit::name_of(backend));
      found_.add("backend-without-policy", place_of(backend), name,
                 fmt::format("--{}={} is set, but no --audit-policy-file", name,
                             *settings_.value(backend)),
                 std::string(kNothing), std::string(kEnable));
    } else if (!policy && !has_backend() &&
               !settings_.boolean(AuditFlag::DynamicConfiguration, version_).value_or(false)) {
      check_off();
    }
  }

  void check_off() {
    const auto& flags = server_.command_line.flags;
    const auto first = std::find_if(flags.begin(), flags.end(), [](const Flag& flag) {
      return audit::find_flag(flag.name) != nullptr;
    });
    if (first == flags.end()) {
      const bool tried = std::any_of(flags.begin(), flags.end(),
                                     [](const Flag& flag) { return is_audit_name(flag.name); });
      found_.add(
          "auditing-off", {}, "auditing",
          tried ? "no audit flag is set that a kube-apiserver has known" : "no audit flag is set",
          std::string(kNothing), std::string(kEnable));
    } else {
      found_.add("tuning-without-backend", server_.value_span(*first), std::string(first->name),
                 fmt::format("--{}={} is set, but neither a policy nor a log nor a webhook",
                             first->spelling, first->value),
                 std::string(kNothing), std::string(kEnable));
    }
  }

  // ---- the log ------------------------------------------------------------------------------

  void check_log() {
    const auto place = place_of(AuditFlag::LogPath);
    const std::string name = "audit-log-path";
    if (settings_.logs_to_stdout()) {
      found_.add("log-to-stdout", place, name, "--audit-log-path=- writes to standard output",
                 "events are mixed with the container's log and deleted with it",
                 "give the path of a file to keep them");
    } else if (settings_.log_path().ends_with('/') && !judged_.contains("audit-log-path")) {
      found_.add("path-trailing-slash-log", place, name,
                 fmt::format("--audit-log-path={} ends in a slash", settings_.log_path()),
                 "it names a directory, and the API server cannot open it as a file",
                 "give the path of a file");
    }
    if (settings_.effective(AuditFlag::LogFormat, version_) == "legacy") {
      found_.add("log-format-legacy", place_of(AuditFlag::LogFormat), "audit-log-format",
                 "--audit-log-format=legacy writes one line of text an event",
                 "requests and answers are not recorded, whatever the policy says",
                 "remove it; json is the default");
    }
    if (settings_.effective(AuditFlag::LogMode, version_) == "batch") {
      found_.add("batch-log-may-drop", place_of(AuditFlag::LogMode), "audit-log-mode",
                 "--audit-log-mode=batch buffers the log's events",
                 "when the buffer is full, new events are dropped",
                 "remove it; blocking is the default");
    }
    if (!settings_.logs_to_stdout()) {
      check_retention();
      check_event_size();
    }
  }

  struct Limit {
    AuditFlag flag;
    std::int64_t wanted;
    std::string_view unit;
  };
  static constexpr std::array<Limit, 3> kLimits{
      {{AuditFlag::LogMaxAge, kBenchmarkMaxAge, "days"},
       {AuditFlag::LogMaxBackup, kBenchmarkMaxBackup, "files"},
       {AuditFlag::LogMaxSize, kBenchmarkMaxSize, "MiB"}}};

  // Zero, set or by default: no limit at all.
  bool is_unlimited(AuditFlag flag) const { return settings_.integer(flag, version_) == 0; }

  void check_retention() {
    const bool no_limit =
        is_unlimited(AuditFlag::LogMaxAge) && is_unlimited(AuditFlag::LogMaxBackup);
    // No lumberjack at all: audit.go, getWriter.
    const bool no_rotation =
        version_ >= KubernetesVersion{1, 36, {}} && is_unlimited(AuditFlag::LogMaxSize);
    const bool given =
        settings_.has(AuditFlag::LogMaxAge) || settings_.has(AuditFlag::LogMaxBackup);
    if (no_rotation) {
      add_unbounded(AuditFlag::LogMaxSize, "--audit-log-maxsize=0 turns rotation off");
    } else if (no_limit && given) {
      const AuditFlag flag =
          settings_.has(AuditFlag::LogMaxAge) ? AuditFlag::LogMaxAge : AuditFlag::LogMaxBackup;
      add_unbounded(flag, "--audit-log-maxage and --audit-log-maxbackup are both 0");
    } else if (no_limit) {
      found_.add("rotation-unset", place_of(AuditFlag::LogPath), "audit-log-path",
                 "neither --audit-log-maxage nor --audit-log-maxbackup limits the rotated logs",
                 "they fill the disk in time",
                 "give limits; kaudit adds none where a log is already there, because they delete "
                 "old logs at once");
      return;
    }
    for (const Limit& limit : kLimits) check_limit(limit, no_limit || no_rotation);
  }

  void add_unbounded(AuditFlag flag, std::string_view message) {
    found_.add("retention-unbounded", place_of(flag), std::string(audit::name_of(flag)), message,
               "old logs are kept for ever and fill the disk in time",
               "give limits; they delete old logs at once");
  }

  void check_limit(const Limit& limit, bool zero_was_said) {
    const auto value = settings_.integer(limit.flag, version_);
    if (!value || *value < 0 || *value >= limit.wanted) return;
    const bool is_set = settings_.has(limit.flag);
    if (*value == 0 && zero_was_said && (is_set || limit.flag != AuditFlag::LogMaxSize)) return;
    const std::string_view name = audit::name_of(limit.flag);
    found_.add("rotation-below-benchmark",
               is_set ? place_of(limit.flag) : place_of(AuditFlag::LogPath), std::string(name),
               is_set ? fmt::format("--{}={} is below {} {}", name, *settings_.value(limit.flag),
                                    limit.wanted, limit.unit)
                      : fmt::format("--{} is not set", name),
               is_set ? "CIS and the DISA STIG ask for more"
                      : fmt::format("CIS and the DISA STIG ask for at least {} {}", limit.wanted,
                                    limit.unit),
               fmt::format("set --{}={}", name, limit.wanted));
  }

  void check_event_size() {
    auto maxsize = settings_.integer(AuditFlag::LogMaxSize, version_);
    if (maxsize == 0) {
      if (version_ >= KubernetesVersion{1, 36, {}}) return;
      maxsize = 100;  // lumberjack.go, max
    }
    const bool truncates =
        settings_.boolean(AuditFlag::LogTruncateEnabled, version_).value_or(false);
    const auto largest = truncates ? settings_.integer(AuditFlag::LogTruncateMaxEventSize, version_)
                                   : std::optional(kLargestBody);
    if (!maxsize || *maxsize < 0 || *maxsize > kLargestBody || !largest) return;
    const std::int64_t room = *maxsize * kMebibyte;
    // A request body is an event's smaller part.
    if (truncates ? *largest <= room : *largest < room) return;
    const std::string_view shown = settings_.effective(AuditFlag::LogMaxSize, version_);
    found_.add(
        "event-larger-than-maxsize", place_of(AuditFlag::LogMaxSize), "audit-log-maxsize",
        truncates ? fmt::format("an event may have {} bytes, and with --audit-log-maxsize={} a log "
                                "file has {} MiB",
                                *largest, shown, *maxsize)
                  : fmt::format("a request body may have 3 MiB, and with --audit-log-maxsize={} a "
                                "log file has {} MiB",
                                shown, *maxsize),
        "a larger event is not written at all",
        fmt::format("set --audit-log-maxsize={}", kBenchmarkMaxSize));
  }

  const ApiServer& server_;
  const audit::AuditSettings& settings_;
  const KubernetesVersion& version_;
  FindingList& found_;
  std::set<std::string, std::less<>> judged_;  // flags about whose value enough was said
};

}  // namespace

std::optional<std::size_t> stray_value_of(const ApiServer& server, const Flag& flag) {
  const audit::FlagInfo* known = audit::find_flag(flag.name);
  if (flag.form != FlagForm::Bare || known == nullptr || known->type != audit::FlagType::Bool)
    return {};
  const auto& strays = server.command_line.strays;
  const auto behind = std::partition_point(strays.begin(), strays.end(), [&](const Stray& stray) {
    return stray.argument <= flag.argument;
  });
  if (behind == strays.end() || behind->argument != flag.argument + 1 ||
      behind->kind != Stray::Kind::Word ||
      !audit::parse_go_bool(server.arguments[behind->argument].value))
    return {};
  return behind->argument;
}

bool is_garbled(const ApiServer& server, const Flag& flag) {
  const std::string_view item = server.arguments[flag.argument].value;
  return !second_flag(item, true).empty() || flag.value.find('\n') != std::string_view::npos;
}

bool takes_policy(const ApiServer& server, const KubernetesVersion& version) {
  bool gate = version >= KubernetesVersion{1, 8, {}};
  for (const Flag& flag : server.command_line.flags) {
    if (flag.name != "feature-gates") continue;
    // "A=true,B=false"; of several the last counts.
    for (std::string_view rest = flag.value; !rest.empty();) {
      const std::string_view one = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(one.size() + 1, rest.size()));
      const std::size_t equals = one.find('=');
      if (one.substr(0, equals) != "AdvancedAuditing" || equals == std::string_view::npos) continue;
      gate = audit::parse_go_bool(one.substr(equals + 1)).value_or(gate);
    }
  }
  return gate && audit::info(AuditFlag::PolicyFile).known_in(version);
}

void check_flags(const ApiServer& server, const audit::AuditSettings& settings,
                 const KubernetesVersion& version, FindingList& found) {
  FlagChecker(server, settings, version, found).run();
}

}  // namespace kaudit::check
