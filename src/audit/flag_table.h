// Every audit flag that a kube-apiserver has had, in one table: options, validation, help and
// documentation are all read from it. Its facts come from
// staging/src/k8s.io/apiserver/pkg/server/options/audit.go (AddFlags, NewAuditOptions, Validate) of
// every minor release from 1.7 to 1.36. What is said about a release holds for all its patches.
//
// The table is constant data of the program: nothing is built when it starts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "kube/command_line.h"
#include "kube/kubernetes_version.h"

namespace kaudit::audit {

// In the order of the table, which groups them as help does.
enum class AuditFlag : std::uint8_t {
  PolicyFile,
  LogPath,
  LogMaxAge,
  LogMaxBackup,
  LogMaxSize,
  LogCompress,
  LogFormat,
  LogVersion,
  LogMode,
  LogBatchBufferSize,
  LogBatchMaxSize,
  LogBatchMaxWait,
  LogBatchThrottleEnable,
  LogBatchThrottleQps,
  LogBatchThrottleBurst,
  LogTruncateEnabled,
  LogTruncateMaxBatchSize,
  LogTruncateMaxEventSize,
  WebhookConfigFile,
  WebhookMode,
  WebhookVersion,
  WebhookInitialBackoff,
  WebhookBatchInitialBackoff,
  WebhookBatchBufferSize,
  WebhookBatchMaxSize,
  WebhookBatchMaxWait,
  WebhookBatchThrottleEnable,
  WebhookBatchThrottleQps,
  WebhookBatchThrottleBurst,
  WebhookTruncateEnabled,
  WebhookTruncateMaxBatchSize,
  WebhookTruncateMaxEventSize,
  DynamicConfiguration,
};

inline constexpr std::size_t kAuditFlagCount =
    static_cast<std::size_t>(AuditFlag::DynamicConfiguration) + 1;

// Go's type of the flag, which decides how its value is read (audit/go_value.h).
enum class FlagType : std::uint8_t { String, Int, Int64, Float32, Bool, Duration };

// The word for a type in help and messages: "string", "int", "int64", "float32", "bool",
// "duration".
std::string_view type_name(FlagType type);

enum class FlagGroup : std::uint8_t {
  Policy,
  Log,
  LogBatching,
  LogTruncation,
  Webhook,
  WebhookBatching,
  WebhookTruncation,
  Removed,
};

// The heading of a group in help: "Log file".
std::string_view group_title(FlagGroup group);

// A value that holds from release `since` on, until the next row of its list.
struct SinceRelease {
  std::string_view value;
  kube::KubernetesVersion since;
};

// A word that the flag takes from release `since` on and before release `until`.
struct AllowedWord {
  std::string_view word;
  kube::KubernetesVersion since{1, 0, {}};
  std::optional<kube::KubernetesVersion> until;
};

struct FlagInfo {
  AuditFlag flag;
  std::string_view name;  // without the two dashes
  FlagType type;
  FlagGroup group;
  // Oldest first; a release before the first row has the first row's default.
  std::span<const SinceRelease> defaults;
  std::string_view unit;  // what a number counts ("days"), or what a string is ("path"); may be ""
  std::span<const AllowedWord> words;  // empty: any value of the type
  kube::KubernetesVersion since;  // the first release that knows the flag; 1.0 for "older than 1.7"
  std::optional<kube::KubernetesVersion> removed;  // the first release that no longer does
  std::string_view needs;                          // without what it has no effect, "" if nothing
  std::string_view help;                           // one sentence, no final full stop
  bool common;                                     // one of the five in the short help
  // What `kaudit enable` sets where neither the command line nor the manifest has a value; "" for
  // the flags that it leaves out. The three limits are those of the CIS benchmark.
  std::string_view kaudit_default = {};

  // The value that kube-apiserver of that release uses when the flag is not given.
  std::string_view default_in(const kube::KubernetesVersion& version) const;
  // Does kube-apiserver of that release know the flag at all?
  bool known_in(const kube::KubernetesVersion& version) const;
  // The last minor release that knows the flag ("1.18"), nothing if none has dropped it.
  std::optional<kube::KubernetesVersion> last_release() const;
  // The words it takes in that release, as "batch, blocking or blocking-strict".
  std::string words_in(const kube::KubernetesVersion& version) const;
  bool takes_word(std::string_view word, const kube::KubernetesVersion& version) const;
  // Is the value a path inside the API server's container?
  bool is_path() const { return unit == "path"; }
};

// All flags, in the order of AuditFlag.
std::span<const FlagInfo, kAuditFlagCount> all_flags();

const FlagInfo& info(AuditFlag flag);
inline std::string_view name_of(AuditFlag flag) {
  return info(flag).name;
}

// `name` as kube-apiserver compares it: every "_" is "-" (component-base/cli/flag,
// WordSepNormalizeFunc). Case matters to it, so case stays.
std::string normalized_flag_name(std::string_view name);

// The flag of that name, given without dashes and normalised or not.
const FlagInfo* find_flag(std::string_view name);

// How the flags of this table take their values; Unknown for all others.
kube::FlagArity arity_of(std::string_view name);

}  // namespace kaudit::audit
