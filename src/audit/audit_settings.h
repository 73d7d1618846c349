// The audit settings of an API server, or those that an operator asks for: a value per flag, as the
// text that stands behind "=". No document, no spans.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/flag_table.h"
#include "kube/kubernetes_version.h"

namespace kaudit::audit {

// A value that the kubelet may expand (third_party/forked/golang/expansion): it contains "$(", or
// "$$", which becomes one dollar. Nothing can be said about what kube-apiserver will read there.
bool is_unresolved(std::string_view value);

// A map from flag to text, in the order of the flag table. A bare bool is stored as "true".
// Readers with a `version` give what kube-apiserver of that release would use: the text that is
// set, else that release's default. A reader of a typed value gives nothing where the text does not
// have that type, is unresolved, or the release does not know the flag.
class AuditSettings {
 public:
  void set(AuditFlag flag, std::string value);
  void erase(AuditFlag flag);

  bool has(AuditFlag flag) const { return slot(flag).has_value(); }
  bool empty() const;
  // The flags that have a value, in table order.
  std::vector<AuditFlag> flags() const;
  // The text that is set, nothing for one that is not.
  std::optional<std::string_view> value(AuditFlag flag) const;

  std::string_view effective(AuditFlag flag, const kube::KubernetesVersion& version) const;
  std::optional<std::int64_t> integer(AuditFlag flag, const kube::KubernetesVersion& version) const;
  std::optional<bool> boolean(AuditFlag flag, const kube::KubernetesVersion& version) const;
  std::optional<float> number(AuditFlag flag, const kube::KubernetesVersion& version) const;
  std::optional<std::chrono::nanoseconds> duration(AuditFlag flag,
                                                   const kube::KubernetesVersion& version) const;

  // "" if not set: an empty value is the same as none for these three.
  std::string_view policy_file() const { return text_or_empty(AuditFlag::PolicyFile); }
  std::string_view log_path() const { return text_or_empty(AuditFlag::LogPath); }
  std::string_view webhook_config_file() const {
    return text_or_empty(AuditFlag::WebhookConfigFile);
  }
  bool has_log_backend() const { return !log_path().empty(); }
  // Exactly one dash: events go to the container's standard output, and no file is kept.
  bool logs_to_stdout() const { return log_path() == "-"; }
  bool has_webhook_backend() const { return !webhook_config_file().empty(); }

  bool operator==(const AuditSettings&) const = default;

 private:
  std::optional<std::string>& slot(AuditFlag flag) {
    return values_[static_cast<std::size_t>(flag)];
  }
  const std::optional<std::string>& slot(AuditFlag flag) const {
    return values_[static_cast<std::size_t>(flag)];
  }
  std::string_view text_or_empty(AuditFlag flag) const { return value(flag).value_or(""); }

  std::array<std::optional<std::string>, kAuditFlagCount> values_;
};

// Does kube-apiserver read the same from both texts ("036" and "30", "90s" and "1m30s", "T" and
// "true")? Paths are equal if they are absolute and differ only in "//" and "/./". Texts that
// cannot be read are equal only to themselves.
bool same_value(AuditFlag flag, std::string_view a, std::string_view b);

}  // namespace kaudit::audit
