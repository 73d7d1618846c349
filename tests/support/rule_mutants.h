// The small mistakes that people make in a manifest, one at a time: a block of lines forgotten,
// pasted twice, or a word that is wrong.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace kaudit::support {

// Tries mutants of `text` until `accepts` takes one; whether it took one.
bool any_rule_mutant(std::string_view text, const std::function<bool(std::string)>& accepts);

}  // namespace kaudit::support
