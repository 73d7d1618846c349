// The audit policies that kaudit can write: complete texts with comments, ready for a person to
// read and to change. Every kube-apiserver from 1.24 on starts with each of them.
#pragma once

#include <span>
#include <string_view>

namespace kaudit::audit {

struct Preset {
  std::string_view name;     // "recommended"
  std::string_view summary;  // half a sentence for help
  std::string_view text;     // the policy: YAML, at most 80 columns, ends with a newline
};

// In the order in which help shows them.
std::span<const Preset> presets();

// Null where there is none of that name.
const Preset* find_preset(std::string_view name);

}  // namespace kaudit::audit
