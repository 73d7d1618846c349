// The table of rules. A rule is a row; a finding names its row.
#pragma once

#include <span>
#include <string_view>

#include "check/finding.h"

namespace kaudit::check {

struct Rule {
  std::string_view id;
  Severity severity;
  bool repaired_by_enable;   // kaudit enable mends it, so its own result must be free of it
  std::string_view summary;  // one sentence
};

std::span<const Rule> all_rules();

// The row of an id; ids come from this code base, so it is there.
const Rule& rule(std::string_view id);

}  // namespace kaudit::check
