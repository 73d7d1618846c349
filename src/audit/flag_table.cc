#include "audit/flag_table.h"

#include <algorithm>

namespace kaudit::audit {
namespace {

using kube::KubernetesVersion;

constexpr KubernetesVersion kAlways{1, 0, {}};

// Defaults that never changed.
constexpr std::array kEmpty = {SinceRelease{"", kAlways}};
constexpr std::array kTrue = {SinceRelease{"true", kAlways}};
constexpr std::array kFalse = {SinceRelease{"false", kAlways}};
constexpr std::array kJson = {SinceRelease{"json", kAlways}};
constexpr std::array kBatch = {SinceRelease{"batch", kAlways}};
constexpr std::array kBlocking = {SinceRelease{"blocking", kAlways}};
constexpr std::array kTen = {SinceRelease{"10", kAlways}};
constexpr std::array kFifteen = {SinceRelease{"15", kAlways}};
constexpr std::array kFourHundred = {SinceRelease{"400", kAlways}};
constexpr std::array kTenThousand = {SinceRelease{"10000", kAlways}};
constexpr std::array kTenMebibytes = {SinceRelease{"10485760", kAlways}};
constexpr std::array kHundredKibibytes = {SinceRelease{"102400", kAlways}};
constexpr std::array kTenSeconds = {SinceRelease{"10s", kAlways}};
constexpr std::array kThirtySeconds = {SinceRelease{"30s", kAlways}};

// Defaults that a release changed.
constexpr KubernetesVersion kLogLimits{1, 36, {}};
constexpr std::array kMaxAge = {SinceRelease{"0", kAlways}, SinceRelease{"366", kLogLimits}};
constexpr std::array kMaxBackup = {SinceRelease{"0", kAlways}, SinceRelease{"100", kLogLimits}};
constexpr std::array kMaxSize = kMaxBackup;
constexpr KubernetesVersion kNoLogBatching{1, 12, {}};
constexpr std::array kLogBatchSize = {SinceRelease{"400", kAlways},
                                      SinceRelease{"1", kNoLogBatching}};
constexpr std::array kLogBatchWait = {SinceRelease{"30s", kAlways},
                                      SinceRelease{"0s", kNoLogBatching}};
constexpr std::array kLogQps = {SinceRelease{"10", kAlways}, SinceRelease{"0", kNoLogBatching}};
constexpr std::array kLogBurst = {SinceRelease{"15", kAlways}, SinceRelease{"0", kNoLogBatching}};
constexpr std::array kVersion = {SinceRelease{"audit.k8s.io/v1beta1", kAlways},
                                 SinceRelease{"audit.k8s.io/v1", KubernetesVersion{1, 13, {}}}};

constexpr std::array kModes = {
    AllowedWord{"batch", kAlways, {}},
    AllowedWord{"blocking", kAlways, {}},
    AllowedWord{"blocking-strict", KubernetesVersion{1, 13, {}}, {}},
};
constexpr std::array kVersions = {
    AllowedWord{"audit.k8s.io/v1", kAlways, {}},
    AllowedWord{"audit.k8s.io/v1beta1", kAlways, KubernetesVersion{1, 24, {}}},
    AllowedWord{"audit.k8s.io/v1alpha1", kAlways, KubernetesVersion{1, 24, {}}},
};
constexpr std::array kFormats = {AllowedWord{"json", kAlways, {}},
                                 AllowedWord{"legacy", kAlways, {}}};
constexpr std::span<const AllowedWord> kAnyWord;

constexpr std::optional<KubernetesVersion> kStays;
constexpr bool kCommon = true;
constexpr bool kRare = false;

constexpr std::array<FlagInfo, kAuditFlagCount> kFlags = {{
    {AuditFlag::PolicyFile, "audit-policy-file", FlagType::String, FlagGroup::Policy, kEmpty,
     "path", kAnyWord, KubernetesVersion{1, 7, {}}, kStays, "",
     "File that says what is recorded; without it nothing is", kCommon,
     "/etc/kubernetes/audit/audit-policy.yaml"},
    {AuditFlag::LogPath, "audit-log-path", FlagType::String, FlagGroup::Log, kEmpty, "path",
     kAnyWord, kAlways, kStays, "--audit-policy-file",
     "File that events are written to; '-' is standard output", kCommon,
     "/var/log/kubernetes/audit/audit.log"},
    {AuditFlag::LogMaxAge, "audit-log-maxage", FlagType::Int, FlagGroup::Log, kMaxAge, "days",
     kAnyWord, kAlways, kStays, "--audit-log-path",
     "Delete rotated files older than this; 0 keeps them", kCommon, "30"},
    {AuditFlag::LogMaxBackup, "audit-log-maxbackup", FlagType::Int, FlagGroup::Log, kMaxBackup,
     "files", kAnyWord, kAlways, kStays, "--audit-log-path",
     "Keep at most this many rotated files; 0 keeps all", kCommon, "10"},
    {AuditFlag::LogMaxSize, "audit-log-maxsize", FlagType::Int, FlagGroup::Log, kMaxSize, "MiB",
     kAnyWord, kAlways, kStays, "--audit-log-path", "Rotate the file before it grows beyond this",
     kCommon, "100"},
    {AuditFlag::LogCompress, "audit-log-compress", FlagType::Bool, FlagGroup::Log, kFalse, "",
     kAnyWord, KubernetesVersion{1, 20, {}}, kStays, "--audit-log-path",
     "Compress rotated files with gzip", kRare},
    {AuditFlag::LogFormat, "audit-log-format", FlagType::String, FlagGroup::Log, kJson, "",
     kFormats, KubernetesVersion{1, 8, {}}, kStays, "--audit-log-path",
     "One JSON object a line, or the old one-line text", kRare},
    {AuditFlag::LogVersion, "audit-log-version", FlagType::String, FlagGroup::Log, kVersion, "",
     kVersions, KubernetesVersion{1, 11, {}}, kStays, "--audit-log-path",
     "API version of the events written", kRare},
    {AuditFlag::LogMode, "audit-log-mode", FlagType::String, FlagGroup::Log, kBlocking, "", kModes,
     KubernetesVersion{1, 10, {}}, kStays, "--audit-log-path",
     "Whether a request waits until its event is written", kRare},
    {AuditFlag::LogBatchBufferSize, "audit-log-batch-buffer-size", FlagType::Int,
     FlagGroup::LogBatching, kTenThousand, "events", kAnyWord, KubernetesVersion{1, 10, {}}, kStays,
     "--audit-log-mode=batch", "Events that may wait; beyond it they are dropped", kRare},
    {AuditFlag::LogBatchMaxSize, "audit-log-batch-max-size", FlagType::Int, FlagGroup::LogBatching,
     kLogBatchSize, "events", kAnyWord, KubernetesVersion{1, 10, {}}, kStays,
     "--audit-log-mode=batch", "Events in one batch at most", kRare},
    {AuditFlag::LogBatchMaxWait, "audit-log-batch-max-wait", FlagType::Duration,
     FlagGroup::LogBatching, kLogBatchWait, "", kAnyWord, KubernetesVersion{1, 10, {}}, kStays,
     "--audit-log-mode=batch", "Longest wait before a batch goes out unfilled", kRare},
    {AuditFlag::LogBatchThrottleEnable, "audit-log-batch-throttle-enable", FlagType::Bool,
     FlagGroup::LogBatching, kFalse, "", kAnyWord, KubernetesVersion{1, 10, {}}, kStays,
     "--audit-log-mode=batch", "Limit how many batches go out in a second", kRare},
    {AuditFlag::LogBatchThrottleQps, "audit-log-batch-throttle-qps", FlagType::Float32,
     FlagGroup::LogBatching, kLogQps, "batches/s", kAnyWord, KubernetesVersion{1, 10, {}}, kStays,
     "--audit-log-batch-throttle-enable", "Batches a second on average", kRare},
    {AuditFlag::LogBatchThrottleBurst, "audit-log-batch-throttle-burst", FlagType::Int,
     FlagGroup::LogBatching, kLogBurst, "batches", kAnyWord, KubernetesVersion{1, 10, {}}, kStays,
     "--audit-log-batch-throttle-enable", "Batches that may go out at once after a quiet time",
     kRare},
    {AuditFlag::LogTruncateEnabled, "audit-log-truncate-enabled", FlagType::Bool,
     FlagGroup::LogTruncation, kFalse, "", kAnyWord, KubernetesVersion{1, 11, {}}, kStays,
     "--audit-log-path", "Shorten or split what is larger than the two limits below", kRare},
    {AuditFlag::LogTruncateMaxBatchSize, "audit-log-truncate-max-batch-size", FlagType::Int64,
     FlagGroup::LogTruncation, kTenMebibytes, "bytes", kAnyWord, KubernetesVersion{1, 11, {}},
     kStays, "--audit-log-truncate-enabled", "Largest batch; at least the largest event", kRare},
    {AuditFlag::LogTruncateMaxEventSize, "audit-log-truncate-max-event-size", FlagType::Int64,
     FlagGroup::LogTruncation, kHundredKibibytes, "bytes", kAnyWord, KubernetesVersion{1, 11, {}},
     kStays, "--audit-log-truncate-enabled", "Largest event; a larger one loses its objects",
     kRare},
    {AuditFlag::WebhookConfigFile, "audit-webhook-config-file", FlagType::String,
     FlagGroup::Webhook, kEmpty, "path", kAnyWord, KubernetesVersion{1, 7, {}}, kStays,
     "--audit-policy-file", "Kubeconfig of the server that events are sent to", kRare},
    {AuditFlag::WebhookMode, "audit-webhook-mode", FlagType::String, FlagGroup::Webhook, kBatch, "",
     kModes, KubernetesVersion{1, 7, {}}, kStays, "--audit-webhook-config-file",
     "Whether a request waits until its event is sent", kRare},
    {AuditFlag::WebhookVersion, "audit-webhook-version", FlagType::String, FlagGroup::Webhook,
     kVersion, "", kVersions, KubernetesVersion{1, 11, {}}, kStays, "--audit-webhook-config-file",
     "API version of the events sent", kRare},
    {AuditFlag::WebhookInitialBackoff, "audit-webhook-initial-backoff", FlagType::Duration,
     FlagGroup::Webhook, kTenSeconds, "", kAnyWord, KubernetesVersion{1, 10, {}}, kStays,
     "--audit-webhook-config-file", "Wait before the first repetition of a failed request", kRare},
    {AuditFlag::WebhookBatchInitialBackoff, "audit-webhook-batch-initial-backoff",
     FlagType::Duration, FlagGroup::Webhook, kTenSeconds, "", kAnyWord, KubernetesVersion{1, 9, {}},
     kStays, "--audit-webhook-config-file", "Old name of --audit-webhook-initial-backoff", kRare},
    {AuditFlag::WebhookBatchBufferSize, "audit-webhook-batch-buffer-size", FlagType::Int,
     FlagGroup::WebhookBatching, kTenThousand, "events", kAnyWord, KubernetesVersion{1, 9, {}},
     kStays, "--audit-webhook-mode=batch", "Events that may wait; beyond it they are dropped",
     kRare},
    {AuditFlag::WebhookBatchMaxSize, "audit-webhook-batch-max-size", FlagType::Int,
     FlagGroup::WebhookBatching, kFourHundred, "events", kAnyWord, KubernetesVersion{1, 9, {}},
     kStays, "--audit-webhook-mode=batch", "Events in one batch at most", kRare},
    {AuditFlag::WebhookBatchMaxWait, "audit-webhook-batch-max-wait", FlagType::Duration,
     FlagGroup::WebhookBatching, kThirtySeconds, "", kAnyWord, KubernetesVersion{1, 9, {}}, kStays,
     "--audit-webhook-mode=batch", "Longest wait before a batch goes out unfilled", kRare},
    {AuditFlag::WebhookBatchThrottleEnable, "audit-webhook-batch-throttle-enable", FlagType::Bool,
     FlagGroup::WebhookBatching, kTrue, "", kAnyWord, KubernetesVersion{1, 10, {}}, kStays,
     "--audit-webhook-mode=batch", "Limit how many batches go out in a second", kRare},
    {AuditFlag::WebhookBatchThrottleQps, "audit-webhook-batch-throttle-qps", FlagType::Float32,
     FlagGroup::WebhookBatching, kTen, "batches/s", kAnyWord, KubernetesVersion{1, 9, {}}, kStays,
     "--audit-webhook-batch-throttle-enable", "Batches a second on average", kRare},
    {AuditFlag::WebhookBatchThrottleBurst, "audit-webhook-batch-throttle-burst", FlagType::Int,
     FlagGroup::WebhookBatching, kFifteen, "batches", kAnyWord, KubernetesVersion{1, 9, {}}, kStays,
     "--audit-webhook-batch-throttle-enable", "Batches that may go out at once after a quiet time",
     kRare},
    {AuditFlag::WebhookTruncateEnabled, "audit-webhook-truncate-enabled", FlagType::Bool,
     FlagGroup::WebhookTruncation, kFalse, "", kAnyWord, KubernetesVersion{1, 11, {}}, kStays,
     "--audit-webhook-config-file", "Shorten or split what is larger than the two limits below",
     kRare},
    {AuditFlag::WebhookTruncateMaxBatchSize, "audit-webhook-truncate-max-batch-size",
     FlagType::Int64, FlagGroup::WebhookTruncation, kTenMebibytes, "bytes", kAnyWord,
     KubernetesVersion{1, 11, {}}, kStays, "--audit-webhook-truncate-enabled",
     "Largest batch; at least the largest event", kRare},
    {AuditFlag::WebhookTruncateMaxEventSize, "audit-webhook-truncate-max-event-size",
     FlagType::Int64, FlagGroup::WebhookTruncation, kHundredKibibytes, "bytes", kAnyWord,
     KubernetesVersion{1, 11, {}}, kStays, "--audit-webhook-truncate-enabled",
     "Largest event; a larger one loses its objects", kRare},
    {AuditFlag::DynamicConfiguration, "audit-dynamic-configuration", FlagType::Bool,
     FlagGroup::Removed, kFalse, "", kAnyWord, KubernetesVersion{1, 13, {}},
     KubernetesVersion{1, 19, {}}, "--feature-gates=DynamicAuditing=true",
     "Take backends from AuditSink objects (alpha)", kRare},
}};

constexpr bool every_row_stands_at_its_flag() {
  for (std::size_t i = 0; i < kFlags.size(); ++i) {
    if (static_cast<std::size_t>(kFlags[i].flag) != i) return false;
  }
  return true;
}
static_assert(every_row_stands_at_its_flag());

}  // namespace

std::string_view type_name(FlagType type) {
  switch (type) {
    case FlagType::String:
      return "string";
    case FlagType::Int:
      return "int";
    case FlagType::Int64:
      return "int64";
    case FlagType::Float32:
      return "float32";
    case FlagType::Bool:
      return "bool";
    case FlagType::Duration:
      return "duration";
  }
  return "";
}

std::string_view group_title(FlagGroup group) {
  switch (group) {
    case FlagGroup::Policy:
      return "Policy";
    case FlagGroup::Log:
      return "Log file";
    case FlagGroup::LogBatching:
      return "Log file, batching (only with --audit-log-mode=batch)";
    case FlagGroup::LogTruncation:
      return "Log file, size limits";
    case FlagGroup::Webhook:
      return "Webhook";
    case FlagGroup::WebhookBatching:
      return "Webhook, batching (only with --audit-webhook-mode=batch)";
    case FlagGroup::WebhookTruncation:
      return "Webhook, size limits";
    case FlagGroup::Removed:
      return "Gone from newer releases";
  }
  return "";
}

std::string_view FlagInfo::default_in(const KubernetesVersion& version) const {
  std::string_view value = defaults.front().value;
  for (const SinceRelease& row : defaults) {
    if (version >= row.since) value = row.value;
  }
  return value;
}

bool FlagInfo::known_in(const KubernetesVersion& version) const {
  return version >= since && !(removed && version >= *removed);
}

std::optional<KubernetesVersion> FlagInfo::last_release() const {
  if (!removed) return std::nullopt;
  return KubernetesVersion{removed->major, removed->minor - 1, {}};
}

bool FlagInfo::takes_word(std::string_view word, const KubernetesVersion& version) const {
  return std::ranges::any_of(words, [&](const AllowedWord& allowed) {
    return allowed.word == word && version >= allowed.since &&
           !(allowed.until && version >= *allowed.until);
  });
}

std::string FlagInfo::words_in(const KubernetesVersion& version) const {
  std::string list;
  std::string_view last;
  for (const AllowedWord& allowed : words) {
    if (!takes_word(allowed.word, version)) continue;
    if (!last.empty()) list.append(list.empty() ? "" : ", ").append(last);
    last = allowed.word;
  }
  return list.empty() ? std::string(last) : list.append(" or ").append(last);
}

std::span<const FlagInfo, kAuditFlagCount> all_flags() {
  return kFlags;
}

const FlagInfo& info(AuditFlag flag) {
  return kFlags[static_cast<std::size_t>(flag)];
}

std::string normalized_flag_name(std::string_view name) {
  std::string normalized(name);
  std::ranges::replace(normalized, '_', '-');
  return normalized;
}

const FlagInfo* find_flag(std::string_view name) {
  const auto same = [](char a, char b) { return a == (b == '_' ? '-' : b); };
  for (const FlagInfo& flag : kFlags) {
    if (std::ranges::equal(flag.name, name, same)) return &flag;
  }
  return nullptr;
}

kube::FlagArity arity_of(std::string_view name) {
  const FlagInfo* flag = find_flag(name);
  if (flag == nullptr) return kube::FlagArity::Unknown;
  return flag->type == FlagType::Bool ? kube::FlagArity::Bool : kube::FlagArity::Value;
}

}  // namespace kaudit::audit
