#include "audit/go_value.h"

#include <array>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <utility>

namespace kaudit::audit {
namespace {

constexpr std::string_view kEmpty = "is empty";
constexpr std::string_view kNotWhole = "is not a whole number (digits only, no unit)";
constexpr std::string_view kIntRange = "does not fit into a 64-bit integer";
constexpr std::string_view kNotBool = "is neither true nor false";
constexpr std::string_view kNotDuration = "is not a duration (write it like 30s, 500ms or 1m30s)";
constexpr std::string_view kDurationRange = "is too long for a duration (292 years at most)";
constexpr std::string_view kNotNumber = "is not a number";
constexpr std::string_view kFloatRange = "is too large for a 32-bit floating-point number";

// The largest magnitude of a negative 64-bit integer, 2^63.
constexpr std::uint64_t kTwoTo63 = std::uint64_t{1} << 63;

std::unexpected<std::string> because(std::string_view reason) {
  return std::unexpected(std::string(reason));
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_hex_digit(char c) {
  return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f');
}

// True if the sign was a minus.
bool take_sign(std::string_view& rest) {
  if (rest.empty() || (rest.front() != '-' && rest.front() != '+')) return false;
  const bool minus = rest.front() == '-';
  rest.remove_prefix(1);
  return minus;
}

// Gives the base that the prefix of an unsigned number says, and takes the prefix off. A leading 0
// stays: it is a digit of an octal number.
unsigned take_base(std::string_view& rest) {
  if (rest.size() < 2 || rest[0] != '0') return 10;
  const char letter = lower(rest[1]);
  const unsigned base = letter == 'x' ? 16 : letter == 'b' ? 2 : 8;
  if (letter == 'x' || letter == 'b' || letter == 'o') rest.remove_prefix(2);
  return base;
}

// Go allows an underscore where a digit, or a base prefix, stands before it and a digit behind it.
bool underscores_separate_digits(std::string_view number, bool after_prefix, bool hex) {
  bool digit_before = after_prefix;
  for (std::size_t i = 0; i < number.size(); ++i) {
    const auto digit = [&](char c) { return hex ? is_hex_digit(c) : is_digit(c); };
    if (number[i] == '_') {
      const bool digit_behind = i + 1 < number.size() && digit(number[i + 1]);
      if (!digit_before || !digit_behind) return false;
    }
    digit_before = digit(number[i]);
  }
  return true;
}

// A digit's value; 99 for what is no digit in any base.
unsigned digit_value(char c) {
  if (is_digit(c)) return static_cast<unsigned>(c - '0');
  if (lower(c) >= 'a' && lower(c) <= 'z') return static_cast<unsigned>(lower(c) - 'a') + 10;
  return 99;
}

enum class Fault { None, Syntax, Range };

// Reads all of `digits` into `magnitude`. Bad syntax anywhere outweighs a value out of range, so
// that the reason does not depend on how long the beginning is.
Fault read_digits(std::string_view digits, unsigned base, std::uint64_t& magnitude) {
  magnitude = 0;
  bool seen = false;
  bool overflow = false;
  for (const char c : digits) {
    if (c == '_') continue;
    const unsigned value = digit_value(c);
    if (value >= base) return Fault::Syntax;
    seen = true;
    overflow = overflow || magnitude > (kTwoTo63 - value) / base;
    if (!overflow) magnitude = magnitude * base + value;
  }
  if (!seen) return Fault::Syntax;
  return overflow ? Fault::Range : Fault::None;
}

struct Unit {
  std::string_view name;
  std::uint64_t nanoseconds;
};

constexpr std::array<Unit, 8> kUnits = {{{"ns", 1},
                                         {"us", 1'000},
                                         {"\u00b5s", 1'000},  // the micro sign
                                         {"\u03bcs", 1'000},  // the Greek letter mu
                                         {"ms", 1'000'000},
                                         {"s", 1'000'000'000},
                                         {"m", 60'000'000'000},
                                         {"h", 3'600'000'000'000}}};

std::optional<std::uint64_t> unit_nanoseconds(std::string_view name) {
  for (const Unit& unit : kUnits) {
    if (unit.name == name) return unit.nanoseconds;
  }
  return std::nullopt;
}

std::string_view take_while(std::string_view& rest, auto&& accepts) {
  std::size_t length = 0;
  while (length < rest.size() && accepts(rest[length])) ++length;
  const std::string_view taken = rest.substr(0, length);
  rest.remove_prefix(length);
  return taken;
}

// The part behind the point, as nanoseconds. Digits that a 64-bit integer cannot hold are dropped,
// as Go does; the arithmetic is in double, as Go's is.
std::uint64_t fraction_nanoseconds(std::string_view digits, std::uint64_t unit) {
  std::uint64_t value = 0;
  double scale = 1;
  for (const char c : digits) {
    if (value > (kTwoTo63 - 1) / 10) break;
    value = value * 10 + digit_value(c);
    scale *= 10;
  }
  return static_cast<std::uint64_t>(static_cast<double>(value) *
                                    (static_cast<double>(unit) / scale));
}

std::string unknown_unit(std::string_view unit) {
  return "has the unknown unit '" + std::string(unit) + "' (known are ns, us, ms, s, m and h)";
}

// One "number unit" from the front of `rest`, in nanoseconds; less than 2^64, for neither the whole
// number nor the fraction is more than 2^63.
GoResult<std::uint64_t> take_duration_part(std::string_view& rest) {
  const std::string_view whole = take_while(rest, is_digit);
  std::string_view fraction;
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    fraction = take_while(rest, is_digit);
  }
  if (whole.empty() && fraction.empty()) return because(kNotDuration);
  const std::string_view name = take_while(rest, [](char c) { return c != '.' && !is_digit(c); });
  if (name.empty()) return because("has no unit (write it like 30s, 500ms or 1m30s)");
  const std::optional<std::uint64_t> unit = unit_nanoseconds(name);
  if (!unit) return std::unexpected(unknown_unit(name));
  std::uint64_t number = 0;
  const bool too_long = read_digits(whole, 10, number) == Fault::Range;
  if (too_long || number > kTwoTo63 / *unit) return because(kDurationRange);
  return number * *unit + fraction_nanoseconds(fraction, *unit);
}

bool equals_ignoring_case(std::string_view text, std::string_view lower_case) {
  if (text.size() != lower_case.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (lower(text[i]) != lower_case[i]) return false;
  }
  return true;
}

// "inf" and "infinity" with or without a sign, "nan" without.
bool is_special_float(std::string_view text) {
  if (equals_ignoring_case(text, "nan")) return true;
  take_sign(text);
  return equals_ignoring_case(text, "inf") || equals_ignoring_case(text, "infinity");
}

// Is this unsigned text a Go floating-point literal, or a decimal integer?
bool is_float_literal(std::string_view number) {
  std::string_view rest = number;
  const bool hex = rest.size() > 2 && rest[0] == '0' && lower(rest[1]) == 'x';
  if (hex) rest.remove_prefix(2);
  if (!underscores_separate_digits(rest, hex, hex)) return false;
  const auto mantissa_byte = [&](char c) {
    return c == '_' || (hex ? is_hex_digit(c) : is_digit(c));
  };
  bool digits = !take_while(rest, mantissa_byte).empty();
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    digits = !take_while(rest, mantissa_byte).empty() || digits;
  }
  if (!digits) return false;
  // A hexadecimal mantissa must have its exponent.
  if (rest.empty()) return !hex;
  if (lower(rest.front()) != (hex ? 'p' : 'e')) return false;
  rest.remove_prefix(1);
  take_sign(rest);
  if (rest.empty() || !is_digit(rest.front())) return false;
  take_while(rest, [](char c) { return c == '_' || is_digit(c); });
  return rest.empty();
}

}  // namespace

GoResult<std::int64_t> parse_go_int(std::string_view text) {
  if (text.empty()) return because(kEmpty);
  const bool minus = take_sign(text);
  const std::size_t length = text.size();
  const unsigned base = take_base(text);
  const bool after_prefix = text.size() != length;
  if (!underscores_separate_digits(text, after_prefix, base == 16)) return because(kNotWhole);
  std::uint64_t magnitude = 0;
  const Fault fault = read_digits(text, base, magnitude);
  if (fault == Fault::Syntax) return because(kNotWhole);
  if (fault == Fault::Range || (magnitude == kTwoTo63 && !minus)) return because(kIntRange);
  return static_cast<std::int64_t>(minus ? 0 - magnitude : magnitude);
}

GoResult<bool> parse_go_bool(std::string_view text) {
  if (text.empty()) return because(kEmpty);
  for (const std::string_view yes : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (text == yes) return true;
  }
  for (const std::string_view no : {"0", "f", "F", "false", "FALSE", "False"}) {
    if (text == no) return false;
  }
  return because(kNotBool);
}

GoResult<std::chrono::nanoseconds> parse_go_duration(std::string_view text) {
  if (text.empty()) return because(kEmpty);
  const bool minus = take_sign(text);
  if (text == "0") return std::chrono::nanoseconds(0);
  if (text.empty()) return because(kNotDuration);
  std::uint64_t sum = 0;
  while (!text.empty()) {
    const GoResult<std::uint64_t> part = take_duration_part(text);
    if (!part) return std::unexpected(part.error());
    // Go lets 2^63 plus 2^63 wrap around to 0; nobody who writes 584 years means that.
    if (*part > kTwoTo63 - sum) return because(kDurationRange);
    sum += *part;
  }
  if (sum == kTwoTo63 && !minus) return because(kDurationRange);
  return std::chrono::nanoseconds(static_cast<std::int64_t>(minus ? 0 - sum : sum));
}

GoResult<float> parse_go_float32(std::string_view text) {
  if (text.empty()) return because(kEmpty);
  std::string_view number = text;
  take_sign(number);
  if (!is_special_float(text) && !is_float_literal(number)) return because(kNotNumber);
  std::string plain;
  for (const char c : text) {
    if (c != '_') plain.push_back(c);
  }
  // strtof reads the locale's decimal point; kaudit never leaves the "C" locale.
  const float value = std::strtof(plain.c_str(), nullptr);
  if (std::isinf(value) && !is_special_float(text)) return because(kFloatRange);
  return value;
}

}  // namespace kaudit::audit
