#include "cli/policy_parts.h"

#include <fmt/core.h>

namespace kaudit::cli {

using audit::Level;

std::string_view color_of(Level level) {
  switch (level) {
    case Level::None:
      return "2";
    case Level::Metadata:
      return "32";
    case Level::Request:
      return "33";
    case Level::RequestResponse:
      return "1;31";
  }
  return {};
}

std::string_view meaning_of(Level level) {
  switch (level) {
    case Level::None:
      return "nothing is recorded";
    case Level::Metadata:
      return "who did what, without bodies";
    case Level::Request:
      return "metadata and the body of the request";
    case Level::RequestResponse:
      return "metadata and the bodies of request and response";
  }
  return {};
}

std::size_t line_of_rule(const audit::AuditPolicy& policy, const text::SourceText& source,
                         std::size_t rule) {
  return source.line_of(policy.rules[rule].place.begin) + 1;
}

std::string rule_text(const audit::AuditPolicy& policy, const text::SourceText& source,
                      std::size_t rule) {
  return fmt::format("rules[{}] (line {})", rule, line_of_rule(policy, source, rule));
}

std::string spelt(std::string_view api_group, std::string_view resource,
                  std::string_view subresource) {
  std::string out(resource);
  if (!api_group.empty()) out.append(".").append(api_group);
  if (!subresource.empty()) out.append("/").append(subresource);
  return out;
}

}  // namespace kaudit::cli
