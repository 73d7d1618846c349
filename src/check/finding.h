// One thing that is wrong, or worth knowing, about how auditing is set up.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/span.h"

namespace kaudit::check {

// error: the API server will not start, the kubelet rejects the Pod, nothing is recorded, or events
// get lost. warning: works, but unsafe. note: worth knowing.
enum class Severity : std::uint8_t { Error, Warning, Note };

std::string_view to_string(Severity severity);

// Another place that belongs to a finding: the mount of a flag's path, say.
struct RelatedPlace {
  text::Span place;
  std::string message;  // what stands there: "the mount"
};

struct Finding {
  std::string_view rule;  // kebab-case, stable
  Severity severity = Severity::Warning;
  std::optional<text::Span> place;
  std::string subject;      // the path or flag that it is about; with `rule` its identity
  std::string message;      // names the values involved
  std::string consequence;  // what happens
  std::string fix;          // the way out
  std::vector<RelatedPlace> related = {};
  std::string path = {};  // of the place in the document: "spec.containers[0].command[3]"
};

}  // namespace kaudit::check
