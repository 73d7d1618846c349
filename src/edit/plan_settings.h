// Which audit settings the API server shall have, and why. Internal to edit/.
#pragma once

#include <string>
#include <vector>

#include "edit/plan.h"

namespace kaudit::edit {

// A flag whose text changes or comes new.
struct FlagChange {
  audit::AuditFlag flag;
  std::string value;
  std::string why;  // "given", "kaudit's default", "the CIS benchmark asks for at least 30"
};

struct SettingsDecision {
  audit::AuditSettings present;
  audit::AuditSettings target;
  std::vector<FlagChange> changes;           // in the order of the flag table
  std::vector<audit::AuditFlag> unreadable;  // limits that the profile cannot compare with its own
};

// Given on the command line > present in the document > kaudit's default, flag by flag; a profile
// raises what is present, and nothing that is given. Refuses given values that kube-apiserver of
// the release would refuse, or that no mount can serve.
text::Result<SettingsDecision> decide_settings(const kube::ApiServer& server,
                                               const PlanRequest& request);

}  // namespace kaudit::edit
