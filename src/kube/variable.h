// $(VAR) in command and args, as the kubelet expands it.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace kaudit::kube {

struct Expanded {
  std::string text;
  // False where a variable is not among the plain values of `env`: it may come from a ConfigMap, a
  // Secret or the node, and nobody here can tell.
  bool is_certain = true;

  bool operator==(const Expanded&) const = default;
};

// "$(NAME)" becomes the variable's value, "$$" a dollar; the result is not expanded again
// (third_party/forked/golang/expansion/expand.go, Expand). An unknown variable stays as it is.
Expanded expand(std::string_view text, const std::map<std::string, std::string, std::less<>>& env);

}  // namespace kaudit::kube
