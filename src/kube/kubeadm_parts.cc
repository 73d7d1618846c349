#include "kube/kubeadm_parts.h"

#include <algorithm>

namespace kaudit::kube {
namespace {

constexpr std::string_view kBlanks = " \t\r\n\v\f";

}  // namespace

std::vector<text::Span> kubeadm_parts(std::string_view bytes) {
  std::vector<text::Span> parts{{0, 0}};
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t end = std::min(bytes.find('\n', at), bytes.size() - 1) + 1;
    const std::string_view line = bytes.substr(at, end - at);
    const bool divides = line.starts_with("---") &&
                         line.find_first_not_of(kBlanks, 3) == std::string_view::npos &&
                         parts.back().begin < parts.back().end;
    if (divides)
      parts.push_back({end, end});
    else
      parts.back().end = end;
    at = end;
  }
  if (parts.back().begin == parts.back().end) parts.pop_back();
  return parts;
}

bool is_json_part(std::string_view part) {
  const std::size_t at = part.find_first_not_of(kBlanks);
  return at != std::string_view::npos && part[at] == '{';
}

}  // namespace kaudit::kube
