// P1 to P6: what must hold for every text that `enable` or `disable` takes, and for every refusal.
// Used by the property tests and by the fuzzer; knows nothing of either.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "edit/patch.h"
#include "property/audit_oracle.h"

namespace kaudit::support {

struct NamedRequest {
  std::string name;
  edit::PatchRequest request;  // of kind Enable
  Asked asked;                 // the same for the oracle
};

// The defaults first, then given paths, a webhook, standard output, a single value, and others.
const std::vector<NamedRequest>& enable_requests();

struct Examined {
  enum class Outcome { Patched, Unchanged, Refused } outcome = Outcome::Refused;
  text::Error refusal;
  std::string result;  // of `enable`
  std::vector<text::TextEdit> edits;
  std::vector<std::string> broken;  // properties that do not hold; empty is what is wanted
  bool undone_exactly = false;      // disable gave back the bytes
  // kaudit's own proof refused a result of its own: safe, and yet a mistake in the layout or the
  // plan.
  bool unproven = false;
};

// `enable`, `enable` again, `disable`, `disable` again.
Examined examine(const std::string& name, std::string_view bytes, const NamedRequest& named);
// `disable`, and `disable` again.
Examined examine_disable(const std::string& name, std::string_view bytes);
// `policy install`, and `policy install` again.
Examined examine_policy(const std::string& name, std::string_view bytes);

}  // namespace kaudit::support
