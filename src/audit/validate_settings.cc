#include "audit/validate_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "audit/go_value.h"
#include "text/excerpt.h"
#include "text/nearest.h"

namespace kaudit::audit {
namespace {

using kube::KubernetesVersion;

// The flags of one backend that AuditOptions.Validate looks at.
struct Backend {
  AuditFlag target;
  AuditFlag mode;
  AuditFlag version;
  AuditFlag buffer_size;
  AuditFlag max_batch_size;
  AuditFlag throttle_enable;
  AuditFlag throttle_qps;
  AuditFlag throttle_burst;
  AuditFlag truncate_max_batch_size;
  AuditFlag truncate_max_event_size;
};

constexpr Backend kLog = {AuditFlag::LogPath,
                          AuditFlag::LogMode,
                          AuditFlag::LogVersion,
                          AuditFlag::LogBatchBufferSize,
                          AuditFlag::LogBatchMaxSize,
                          AuditFlag::LogBatchThrottleEnable,
                          AuditFlag::LogBatchThrottleQps,
                          AuditFlag::LogBatchThrottleBurst,
                          AuditFlag::LogTruncateMaxBatchSize,
                          AuditFlag::LogTruncateMaxEventSize};
constexpr Backend kWebhook = {AuditFlag::WebhookConfigFile,
                              AuditFlag::WebhookMode,
                              AuditFlag::WebhookVersion,
                              AuditFlag::WebhookBatchBufferSize,
                              AuditFlag::WebhookBatchMaxSize,
                              AuditFlag::WebhookBatchThrottleEnable,
                              AuditFlag::WebhookBatchThrottleQps,
                              AuditFlag::WebhookBatchThrottleBurst,
                              AuditFlag::WebhookTruncateMaxBatchSize,
                              AuditFlag::WebhookTruncateMaxEventSize};

std::string refusal(const KubernetesVersion& version) {
  return fmt::format("kube-apiserver {} would refuse to start: ", version.release());
}

std::string_view reading_hint(const FlagInfo& flag) {
  switch (flag.type) {
    case FlagType::Int:
    case FlagType::Int64:
      return "give a whole number such as 30";
    case FlagType::Float32:
      return "give a number such as 10 or 0.5";
    case FlagType::Bool:
      return "give true or false";
    case FlagType::Duration:
      return "give a duration with its unit, such as 30s or 1m30s";
    case FlagType::String:
      break;
  }
  return "";
}

// Why pflag cannot read `text` as a value of that type, nothing if it can.
std::optional<std::string> reading_fault(FlagType type, std::string_view text) {
  const auto reason = [](const auto& result) {
    return result ? std::nullopt : std::optional<std::string>(result.error());
  };
  switch (type) {
    case FlagType::Int:
    case FlagType::Int64:
      return reason(parse_go_int(text));
    case FlagType::Float32:
      return reason(parse_go_float32(text));
    case FlagType::Bool:
      return reason(parse_go_bool(text));
    case FlagType::Duration:
      return reason(parse_go_duration(text));
    case FlagType::String:
      break;
  }
  return std::nullopt;
}

// Collects the problems of one call; every rule is a member that asks the settings and adds what it
// finds.
class Validation {
 public:
  Validation(const AuditSettings& settings, const KubernetesVersion& version)
      : settings_(settings), version_(version) {}

  std::vector<SettingProblem> run() {
    for (const AuditFlag flag : settings_.flags()) check_flag(info(flag));
    check_backend(kLog);
    check_log_only();
    check_backend(kWebhook);
    check_webhook_version_syntax();
    std::ranges::stable_sort(problems_, {}, [](const SettingProblem& problem) {
      const FlagInfo* flag = find_flag(problem.flag);
      return flag == nullptr ? kAuditFlagCount : static_cast<std::size_t>(flag->flag);
    });
    return std::move(problems_);
  }

 private:
  void check_flag(const FlagInfo& flag);
  void check_path(const FlagInfo& flag, std::string_view text);
  void check_word(AuditFlag flag, const Backend& backend);
  void check_batching(const Backend& backend);
  void check_truncation(const Backend& backend);
  void check_positive(AuditFlag flag, std::string_view condition);
  void check_backend(const Backend& backend);
  void check_log_only();
  void check_webhook_version_syntax();

  bool judged(AuditFlag flag) const {
    return info(flag).known_in(version_) && !is_unresolved(settings_.effective(flag, version_));
  }
  bool on(const Backend& backend) const {
    return !settings_.value(backend.target).value_or("").empty();
  }
  // "'--audit-log-maxage=-1'", with the default where nothing is set.
  std::string shown(AuditFlag flag) const {
    return fmt::format("'--{}={}'", name_of(flag),
                       text::one_line(settings_.effective(flag, version_)));
  }
  void refuse(ProblemKind kind, AuditFlag flag, std::string_view what, std::string hint) {
    if (has_problem(flag)) return;
    problems_.push_back(
        {kind, std::string(name_of(flag)), refusal(version_).append(what), std::move(hint), true});
  }
  void warn(ProblemKind kind, AuditFlag flag, std::string message, std::string hint) {
    if (has_problem(flag)) return;
    problems_.push_back(
        {kind, std::string(name_of(flag)), std::move(message), std::move(hint), false});
  }
  bool has_problem(AuditFlag flag) const {
    return std::ranges::any_of(
        problems_, [&](const SettingProblem& problem) { return problem.flag == name_of(flag); });
  }

  const AuditSettings& settings_;
  const KubernetesVersion& version_;
  std::vector<SettingProblem> problems_;
};

void Validation::check_flag(const FlagInfo& flag) {
  if (std::optional<SettingProblem> problem = validate_flag_name(flag.name, version_)) {
    problems_.push_back(*std::move(problem));
    return;
  }
  if (!judged(flag.flag)) return;
  const std::string_view text = settings_.effective(flag.flag, version_);
  if (const std::optional<std::string> fault = reading_fault(flag.type, text)) {
    refuse(ProblemKind::BadValue, flag.flag, shown(flag.flag).append(" ").append(*fault),
           std::string(reading_hint(flag)));
  }
  if (flag.is_path()) check_path(flag, text);
}

void Validation::check_path(const FlagInfo& flag, std::string_view text) {
  const bool to_stdout = flag.flag == AuditFlag::LogPath && text == "-";
  if (text.empty() || text.starts_with('/') || to_stdout) return;
  const bool quoted = text.starts_with('"') || text.starts_with('\'');
  warn(ProblemKind::RelativePath, flag.flag,
       fmt::format("{} is not an absolute path, so it depends on the container's working directory",
                   shown(flag.flag)),
       quoted ? "take the quotes away: no shell reads a manifest"
              : "give a path that begins with /");
}

// V1, V7 and V8: the words that a release takes. With the backend off, kube-apiserver does not
// look.
void Validation::check_word(AuditFlag flag, const Backend& backend) {
  const std::string_view text = settings_.effective(flag, version_);
  if (!judged(flag) || info(flag).takes_word(text, version_)) return;
  std::string what = fmt::format("{} is not one of its words", shown(flag));
  std::string hint = fmt::format("give {}", info(flag).words_in(version_));
  if (on(backend)) {
    refuse(ProblemKind::BadValue, flag, what, std::move(hint));
  } else {
    warn(ProblemKind::BadValue, flag,
         fmt::format("kube-apiserver {} would refuse to start as soon as --{} is set: {}",
                     version_.release(), name_of(backend.target), what),
         std::move(hint));
  }
}

void Validation::check_positive(AuditFlag flag, std::string_view condition) {
  // A number that cannot be read has been reported; NaN is not "<= 0" in Go either.
  const bool is_float = info(flag).type == FlagType::Float32;
  const std::optional<float> number = is_float ? settings_.number(flag, version_) : std::nullopt;
  const std::optional<std::int64_t> integer =
      is_float ? std::nullopt : settings_.integer(flag, version_);
  const bool bad = (number && *number <= 0) || (integer && *integer <= 0);
  if (!bad) return;
  const bool is_set = settings_.has(flag);
  refuse(is_set ? ProblemKind::BadValue : ProblemKind::Combination, flag,
         fmt::format("{}{} must be greater than 0{}", shown(flag), is_set ? "" : " (the default)",
                     condition),
         fmt::format("give --{} a number above 0", name_of(flag)));
}

// V2 to V4. Only in mode batch, and the throttle's numbers only if it is enabled.
void Validation::check_batching(const Backend& backend) {
  if (!judged(backend.mode) || settings_.effective(backend.mode, version_) != "batch") return;
  const std::string in_batch = fmt::format(" with --{}=batch", name_of(backend.mode));
  check_positive(backend.buffer_size, in_batch);
  check_positive(backend.max_batch_size, in_batch);
  if (!settings_.boolean(backend.throttle_enable, version_).value_or(false)) return;
  const std::string throttled = fmt::format(" with --{}", name_of(backend.throttle_enable));
  check_positive(backend.throttle_qps, throttled);
  check_positive(backend.throttle_burst, throttled);
}

// V5 and V6. Also with truncation off.
void Validation::check_truncation(const Backend& backend) {
  check_positive(backend.truncate_max_event_size, "");
  const auto event = settings_.integer(backend.truncate_max_event_size, version_);
  const auto batch = settings_.integer(backend.truncate_max_batch_size, version_);
  if (!event || !batch || *event <= 0 || *batch >= *event) return;
  // The flag that was set is the one to complain about.
  const bool batch_is_set = settings_.has(backend.truncate_max_batch_size);
  refuse(ProblemKind::Combination,
         batch_is_set ? backend.truncate_max_batch_size : backend.truncate_max_event_size,
         fmt::format("{} is smaller than {}", shown(backend.truncate_max_batch_size),
                     shown(backend.truncate_max_event_size)),
         "let a batch be at least as large as an event");
}

void Validation::check_backend(const Backend& backend) {
  check_word(backend.mode, backend);
  check_word(backend.version, backend);
  if (!on(backend)) return;
  check_batching(backend);
  check_truncation(backend);
}

// V8 and V9.
void Validation::check_log_only() {
  check_word(AuditFlag::LogFormat, kLog);
  if (!on(kLog)) return;
  constexpr std::array kLimits = {AuditFlag::LogMaxAge, AuditFlag::LogMaxBackup,
                                  AuditFlag::LogMaxSize};
  for (const AuditFlag flag : kLimits) {
    const std::optional<std::int64_t> limit = settings_.integer(flag, version_);
    if (!limit || *limit >= 0) continue;
    refuse(ProblemKind::BadValue, flag, fmt::format("{} must not be negative", shown(flag)),
           "give 0 or more");
  }
}

// A4: the version is split at its slash even if there is no webhook.
void Validation::check_webhook_version_syntax() {
  constexpr AuditFlag kFlag = AuditFlag::WebhookVersion;
  const std::string_view text = settings_.effective(kFlag, version_);
  if (!judged(kFlag) || std::ranges::count(text, '/') <= 1) return;
  std::erase_if(problems_, [&](const SettingProblem& problem) {
    return problem.flag == name_of(kFlag) && !problem.fatal;
  });
  refuse(ProblemKind::BadValue, kFlag, fmt::format("{} has more than one slash", shown(kFlag)),
         fmt::format("give {}", info(kFlag).words_in(version_)));
}

SettingProblem unknown_flag(const std::string& name, const KubernetesVersion& version) {
  std::vector<std::string_view> known;
  for (const FlagInfo& flag : all_flags()) {
    if (flag.known_in(version)) known.push_back(flag.name);
  }
  const std::optional<std::string_view> guess = text::nearest(name, known);
  return {ProblemKind::Unknown, name,
          fmt::format("{}it has no flag '--{}'", refusal(version), text::one_line(name)),
          guess ? fmt::format("did you mean '--{}'?", *guess) : "take the flag away", true};
}

}  // namespace

std::optional<SettingProblem> validate_flag_name(std::string_view name,
                                                 const KubernetesVersion& version) {
  const FlagInfo* flag = find_flag(name);
  if (flag == nullptr) return unknown_flag(normalized_flag_name(name), version);
  if (flag->known_in(version)) return std::nullopt;
  if (version < flag->since) {
    return SettingProblem{ProblemKind::NotYet, std::string(flag->name),
                          fmt::format("{}it does not know '--{}', which came with {}",
                                      refusal(version), flag->name, flag->since.release()),
                          "leave the flag out, or say the right --kubernetes-version", true};
  }
  return SettingProblem{
      ProblemKind::Removed, std::string(flag->name),
      fmt::format("{}it no longer knows '--{}', which ended with {}", refusal(version), flag->name,
                  flag->last_release().value_or(flag->since).release()),
      "take the flag away", true};
}

std::vector<SettingProblem> validate(const AuditSettings& settings,
                                     const KubernetesVersion& version) {
  return Validation(settings, version).run();
}

}  // namespace kaudit::audit
