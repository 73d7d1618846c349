#include "kube/api_values.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

namespace kaudit::kube {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || is_digit(c);
}

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

bool is_letter_or_digit(char c) {
  return is_lower_or_digit(c) || is_upper(c);
}

bool is_name_character(char c) {
  return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.';
}

bool has_parent_element(std::string_view path) {
  while (!path.empty()) {
    const std::string_view element = path.substr(0, path.find('/'));
    if (element == "..") return true;
    path.remove_prefix(std::min(element.size() + 1, path.size()));
  }
  return false;
}

// The base that a prefix names, and the prefix's length.
std::pair<int, std::size_t> base_of(std::string_view digits) {
  if (digits.size() < 2 || digits[0] != '0') return {10, 0};
  switch (digits[1]) {
    case 'x':
    case 'X':
      return {16, 2};
    case 'b':
    case 'B':
      return {2, 2};
    case 'o':
    case 'O':
      return {8, 2};
    default:
      return {8, 1};
  }
}

std::optional<double> read_integer(std::string_view digits) {
  const auto [base, prefix] = base_of(digits);
  digits.remove_prefix(prefix);
  std::uint64_t value = 0;
  const auto [at, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (at != digits.data() + digits.size() || error != std::errc()) return {};
  return static_cast<double>(value);
}

// api/resource/suffix.go, interpret.
std::optional<double> factor_of(std::string_view suffix) {
  if (suffix.empty()) return 1.0;
  if (suffix.size() == 1) {
    // 10^-9 to 10^18; no suffix stands for 10^0, and a dot is never one.
    const std::size_t place = std::string_view("num.kMGTPE").find(suffix[0]);
    if (place != std::string_view::npos)
      return std::pow(10.0, 3.0 * (static_cast<double>(place) - 3.0));
  }
  if (suffix.size() == 2 && suffix[1] == 'i') {
    const std::size_t place = std::string_view("KMGTPE").find(suffix[0]);
    if (place == std::string_view::npos) return {};
    return std::pow(1024.0, static_cast<double>(place) + 1.0);
  }
  if (suffix[0] != 'e' && suffix[0] != 'E') return {};
  suffix.remove_prefix(suffix.size() > 1 && suffix[1] == '+' ? 2 : 1);
  int exponent = 0;
  const auto [at, error] = std::from_chars(suffix.data(), suffix.data() + suffix.size(), exponent);
  if (error != std::errc() || at != suffix.data() + suffix.size()) return {};
  return std::pow(10.0, std::clamp(exponent, -300, 300));
}

}  // namespace

bool is_dns1123_subdomain(std::string_view name) {
  if (name.size() > 253) return false;
  for (;;) {
    const std::string_view part = name.substr(0, name.find('.'));
    if (part.empty() || !is_lower_or_digit(part.front()) || !is_lower_or_digit(part.back()) ||
        !std::ranges::all_of(part, [](char c) { return is_lower_or_digit(c) || c == '-'; }))
      return false;
    if (part.size() == name.size()) return true;
    name.remove_prefix(part.size() + 1);
  }
}

bool is_label_word(std::string_view word) {
  return !word.empty() && word.size() <= 63 && is_letter_or_digit(word.front()) &&
         is_letter_or_digit(word.back()) && std::ranges::all_of(word, is_name_character);
}

bool is_label_key(std::string_view key) {
  const std::size_t slash = key.find('/');
  if (slash == std::string_view::npos) return is_label_word(key);
  return is_dns1123_subdomain(key.substr(0, slash)) && is_label_word(key.substr(slash + 1));
}

bool is_annotation_key(std::string_view key) {
  std::string lower(key);
  for (char& c : lower) c = is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
  return is_label_key(lower);
}

bool is_port_name(std::string_view name) {
  return !name.empty() && name.size() <= 15 && name.front() != '-' && name.back() != '-' &&
         name.find("--") == std::string_view::npos &&
         std::ranges::all_of(name, [](char c) { return is_lower_or_digit(c) || c == '-'; }) &&
         !std::ranges::all_of(name, [](char c) { return is_digit(c) || c == '-'; });
}

bool is_env_name(std::string_view name, bool relaxed) {
  if (name.empty()) return false;
  if (relaxed)
    return std::ranges::all_of(name, [](char c) { return c >= ' ' && c <= '~' && c != '='; });
  return name != "." && !name.starts_with("..") && !is_digit(name.front()) &&
         std::ranges::all_of(name, is_name_character);
}

bool is_local_path(std::string_view path) {
  return !path.starts_with('/') && !has_parent_element(path);
}

bool is_field_path(std::string_view path) {
  for (const std::string_view map : {"metadata.labels", "metadata.annotations"}) {
    if (path == map) return true;
    if (path.starts_with(map) && path.substr(map.size()).starts_with("['"))
      return path.ends_with("']");
  }
  for (const std::string_view field : {"metadata.name", "metadata.namespace", "metadata.uid",
                                       "spec.nodeName", "spec.serviceAccountName", "status.hostIP",
                                       "status.hostIPs", "status.podIP", "status.podIPs"})
    if (path == field) return true;
  return false;
}

bool is_time(std::string_view value) {
  static constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:dd";
  const auto fits = [](char c, char form) { return form == 'd' ? is_digit(c) : c == form; };
  if (!std::ranges::equal(value.substr(0, kForm.size()), kForm, fits)) return false;
  value.remove_prefix(kForm.size());
  if (value.starts_with('.')) {
    const std::size_t end = std::min(value.find_first_not_of("0123456789", 1), value.size());
    if (end == 1) return false;
    value.remove_prefix(end);
  }
  if (value == "Z") return true;
  return (value.starts_with('+') || value.starts_with('-')) &&
         std::ranges::equal(value.substr(1), std::string_view("dd:dd"), fits);
}

std::optional<Number> read_number(std::string_view text, bool is_json) {
  std::string kept(text);
  std::erase(kept, '_');
  std::string_view digits = kept;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  if (const std::optional<double> integer = read_integer(digits))
    return Number{negative ? -*integer : *integer, true};
  double value = 0;
  const auto [at, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error == std::errc::result_out_of_range) value = 1e300;
  if (at != digits.data() + digits.size() || digits.empty() || !std::isfinite(value)) return {};
  // encoding/json writes a float without exponent below 1e21.
  const bool is_whole = is_json ? digits.find_first_of(".eE") == std::string_view::npos
                                : value == std::floor(value) && value < 1e21;
  return Number{negative ? -value : value, is_whole};
}

std::optional<double> read_quantity(std::string_view text) {
  if (text.empty()) return {};
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const std::size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
  const std::string_view digits = text.substr(0, end);
  if (std::ranges::count(digits, '.') > 1) return {};
  double value = 0;
  // Without any digit it is zero: "m" is a quantity.
  if (digits.find_first_not_of('.') != std::string_view::npos) {
    const auto [at, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc()) value = 1e300;
  }
  const std::optional<double> factor = factor_of(text.substr(end));
  if (!factor) return {};
  return (negative ? -value : value) * *factor;
}

}  // namespace kaudit::kube
