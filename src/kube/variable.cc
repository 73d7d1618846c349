#include "kube/variable.h"

namespace kaudit::kube {

Expanded expand(std::string_view text, const std::map<std::string, std::string, std::less<>>& env) {
  Expanded result;
  while (!text.empty()) {
    const std::size_t dollar = text.find('$');
    result.text.append(text.substr(0, dollar));
    if (dollar == std::string_view::npos) break;
    text.remove_prefix(dollar + 1);
    const std::size_t close = text.starts_with('(') ? text.find(')') : std::string_view::npos;
    if (text.starts_with('$')) {
      result.text += '$';
      text.remove_prefix(1);
    } else if (close == std::string_view::npos) {
      result.text += '$';
    } else {
      const std::string_view name = text.substr(1, close - 1);
      const auto known = env.find(name);
      result.is_certain = result.is_certain && known != env.end();
      result.text += known != env.end() ? known->second : "$(" + std::string(name) + ")";
      text.remove_prefix(close + 1);
    }
  }
  return result;
}

}  // namespace kaudit::kube
