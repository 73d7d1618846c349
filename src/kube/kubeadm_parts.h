// How kubeadm divides a file into parts, of each of which it reads the first document: not as YAML
// divides a stream into documents.
#pragma once

#include <string_view>
#include <vector>

#include "text/span.h"

namespace kaudit::kube {

// In the order of the file; none is of no bytes. A line of nothing but "---" and blanks ends a part
// and belongs to none, unless a part would begin with it: there it is the part's first line
// (apimachinery pkg/util/yaml, YAMLReader.Read).
std::vector<text::Span> kubeadm_parts(std::string_view bytes);

// White space, and then "{": such a part is JSON to kubeadm (pkg/util/yaml, hasJSONPrefix).
bool is_json_part(std::string_view part);

}  // namespace kaudit::kube
