#include "yaml/scalar.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

namespace kaudit::yaml {
namespace {

bool one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

bool only(std::string_view text, std::string_view set) {
  return text.find_first_not_of(set) == std::string_view::npos;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// strconv.ParseInt(text, 0, 64) without sign, as far as the type goes: a number too large for an
// integer becomes a float, which is no string either.
bool is_integer(std::string_view digits) {
  if (digits.empty()) return false;
  const std::string small = lower(digits);
  if (small.starts_with("0x")) return small.size() > 2 && only(small.substr(2), "0123456789abcdef");
  if (small.starts_with("0b")) return small.size() > 2 && only(small.substr(2), "01");
  if (small.starts_with("0o")) return small.size() > 2 && only(small.substr(2), "01234567");
  return only(digits, "0123456789");
}

// yamlStyleFloat: [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? without the sign.
bool is_float(std::string_view text) {
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t begin = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at - begin;
  };
  const std::size_t whole = digits();
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (digits() == 0 && whole == 0) return false;
  } else if (whole == 0) {
    return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (digits() == 0) return false;
  }
  return at == text.size();
}

bool is_control_or_break(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F;
}

bool has_control(std::string_view value) {
  return std::any_of(value.begin(), value.end(), is_control_or_break);
}

}  // namespace

Resolved resolve_plain(std::string_view text) {
  if (text.empty() || one_of(text, {"~", "null", "Null", "NULL"})) return Resolved::Null;
  // As resolve.go's hints: nothing else begins like a value of another type.
  static constexpr std::string_view kHints = "+-.0123456789~yYnNtTfFoO<";
  if (kHints.find(text[0]) == std::string_view::npos) return Resolved::String;
  if (text.starts_with("--")) return Resolved::String;
  if (text == "<<") return Resolved::Merge;
  if (one_of(text,
             {"y", "Y", "yes", "Yes", "YES", "true",  "True",  "TRUE",  "on",  "On",  "ON",
              "n", "N", "no",  "No",  "NO",  "false", "False", "FALSE", "off", "Off", "OFF"})) {
    return Resolved::Bool;
  }
  std::string digits(text);
  std::erase(digits, '_');
  std::string_view number = digits;
  if (text[0] == '+' || text[0] == '-') number.remove_prefix(1);
  if (one_of(text, {".nan", ".NaN", ".NAN"}) || one_of(number, {".inf", ".Inf", ".INF"}))
    return Resolved::Float;
  const char first = text[0];
  if (!is_digit(first) && first != '+' && first != '-' && first != '.') return Resolved::String;
  if (is_integer(number)) return Resolved::Int;
  // strconv.ParseFloat refuses a number that is too large, and its text stays a string.
  const bool is_number = is_float(number) && std::isfinite(std::strtod(digits.c_str(), nullptr));
  return is_number ? Resolved::Float : Resolved::String;
}

bool looks_like_another_type(std::string_view text) {
  if (resolve_plain(text) != Resolved::String) return true;
  const std::string small = lower(text);
  if (one_of(small, {"y", "n", "yes", "no", "on", "off", "true", "false", "null"})) return true;
  std::string_view rest = small;
  if (rest[0] == '+' || rest[0] == '-') rest.remove_prefix(1);
  if (rest.starts_with(".inf") || rest.starts_with(".nan")) return true;
  const bool number_like =
      !rest.empty() &&
      (is_digit(rest[0]) || (rest[0] == '.' && rest.size() > 1 && is_digit(rest[1])));
  // Numbers, dates and times of YAML 1.1: 0x1F, 1_000, 12:30:45, 2001-12-14t21:59:43.10-05:00.
  return number_like && only(rest, "0123456789abcdefox_.:+-tz ");
}

bool plain_is_safe(std::string_view value, bool in_flow) {
  if (looks_like_another_type(value) || has_control(value)) return false;
  if (value.front() == ' ' || value.back() == ' ') return false;
  static constexpr std::string_view kIndicators = ",[]{}#&*!|>'\"%@`=<";
  if (kIndicators.find(value.front()) != std::string_view::npos) return false;
  const bool indicator_word = value.front() == '-' || value.front() == '?' || value.front() == ':';
  if (indicator_word && (value.size() == 1 || value[1] == ' ' || in_flow)) {
    // "--flag" is an ordinary word everywhere; "-" followed by a blank begins an item.
    if (!value.starts_with("--") || value.starts_with("---")) return false;
  }
  if (value == "---" || value == "..." || value.starts_with("--- ") || value.starts_with("... "))
    return false;
  if (value.back() == ':' || value.find(": ") != std::string_view::npos) return false;
  if (value.find(" #") != std::string_view::npos) return false;
  return !in_flow || value.find_first_of(",[]{}:?#\"'") == std::string_view::npos;
}

std::string double_quoted(std::string_view value) {
  std::string out = "\"";
  for (char c : value) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\r':
        out += "\\r";
        break;
      default:
        if (is_control_or_break(c))
          out += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
        else
          out += c;
    }
  }
  return out + '"';
}

bool single_quoting_is_safe(std::string_view value) {
  return !has_control(value);
}

std::string single_quoted(std::string_view value) {
  std::string out = "'";
  for (char c : value) {
    if (c == '\'') out += '\'';
    out += c;
  }
  return out + '\'';
}

std::string written_string(std::string_view value, bool in_flow) {
  if (plain_is_safe(value, in_flow)) return std::string(value);
  const bool single = !looks_like_another_type(value) && single_quoting_is_safe(value);
  return single ? single_quoted(value) : double_quoted(value);
}

}  // namespace kaudit::yaml
