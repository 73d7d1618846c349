// What the reports on an audit policy share.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "audit/audit_policy.h"
#include "text/source_text.h"

namespace kaudit::cli {

// The SGR colour of a level: the more it records, the louder.
std::string_view color_of(audit::Level level);

// What it records, as half a sentence: "who did what, without bodies".
std::string_view meaning_of(audit::Level level);

// The line of a rule in the text that the policy was read from, from 1.
std::size_t line_of_rule(const audit::AuditPolicy& policy, const text::SourceText& source,
                         std::size_t rule);

// "rules[3] (line 27)". The index counts from 0, as in kube-apiserver's own messages.
std::string rule_text(const audit::AuditPolicy& policy, const text::SourceText& source,
                      std::size_t rule);

// "deployments.apps/scale": as kubectl and --resource spell it.
std::string spelt(std::string_view api_group, std::string_view resource,
                  std::string_view subresource);

}  // namespace kaudit::cli
