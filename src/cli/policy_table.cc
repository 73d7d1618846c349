#include "cli/policy_table.h"

namespace kaudit::cli {

std::string described(const TableIdentity& identity) {
  const std::vector<std::string> groups =
      with_implied_groups(identity.user.value_or(""), identity.groups);
  std::string words = identity.user ? "user " + *identity.user : "a user that no rule names";
  words += groups.size() == 1 ? " (group " : " (groups ";
  for (std::size_t i = 0; i < groups.size(); ++i) words += (i == 0 ? "" : ", ") + groups[i];
  return words + "), namespace " +
         (identity.namespace_name ? *identity.namespace_name
                                  : std::string(audit::kDefaultNamespace));
}

}  // namespace kaudit::cli
