// Findings in the making.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "check/finding.h"
#include "check/rules.h"
#include "text/excerpt.h"

namespace kaudit::check {

// With the rule's severity. Messages may repeat values of somebody else's file; they become one
// line.
inline Finding make_finding(std::string_view id, std::optional<text::Span> place,
                            std::string subject, std::string_view message,
                            std::string_view consequence, std::string_view fix) {
  return {id,
          rule(id).severity,
          place,
          subject.empty() ? std::string(id) : std::move(subject),  // an empty name or path
          text::one_line(message),
          text::one_line(consequence),
          text::one_line(fix)};
}

class FindingList {
 public:
  // As make_finding. The reference holds until the next call.
  Finding& add(std::string_view id, std::optional<text::Span> place, std::string subject,
               std::string_view message, std::string_view consequence, std::string_view fix) {
    return found_.emplace_back(
        make_finding(id, place, std::move(subject), message, consequence, fix));
  }

  // In the order of the file; those without a place come first.
  std::vector<Finding> take() {
    std::stable_sort(found_.begin(), found_.end(), [](const Finding& a, const Finding& b) {
      return a.place.value_or(text::Span{}).begin < b.place.value_or(text::Span{}).begin;
    });
    return std::move(found_);
  }

 private:
  std::vector<Finding> found_;
};

}  // namespace kaudit::check
