// The table of rules. A rule is a row; a finding names its row. The table drives `kaudit check
// --list-rules`, `--explain`, docs/rules.md and the tests.
#pragma once

#include <span>
#include <string_view>

#include "check/finding.h"

namespace kaudit::check {

enum class RuleGroup : std::uint8_t { Flags, Mounts, Pod, Host, Kubeadm, Policy };

// "Flags", …: the headings of --list-rules.
std::string_view group_title(RuleGroup group);

struct Rule {
  std::string_view id;
  RuleGroup group;
  Severity severity;             // where it depends on the release or the host, the usual one
  bool repaired_by_enable;       // kaudit enable mends it, so its own result must be free of it
  std::string_view summary;      // one sentence
  std::string_view why;          // what happens, one or two sentences
  std::string_view source;       // release and upstream function, or benchmark control
  std::string_view severity_in;  // when the severity is another one; "" if it never is
};

// Sorted by group, then by id.
std::span<const Rule> all_rules();

// The row of an id; ids come from this code base, so it is there.
const Rule& rule(std::string_view id);

// The row of an id that a person typed; null if there is none.
const Rule* find_rule(std::string_view id);

}  // namespace kaudit::check
