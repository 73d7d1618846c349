// The small mistakes that people make in a manifest, one at a time: a block of lines forgotten,
// pasted twice, or a word that is wrong.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace kaudit::support {

// Tries mutants of `text` until `accepts` takes one; whether it took one.
bool any_rule_mutant(std::string_view text, const std::function<bool(std::string)>& accepts);

// The same for an audit policy: also a word that belongs elsewhere, and lines of something else.
bool any_policy_mutant(std::string_view text, const std::function<bool(std::string)>& accepts);

// The same for the lines that describe a host in testdata/check: a file that is missing, of another
// kind, mode, owner, size or age, and lines that nobody expects.
bool any_host_mutant(std::string_view lines,
                     const std::function<bool(const std::string&)>& accepts);

}  // namespace kaudit::support
