// Reads the value of a flag as kube-apiserver does. Its flags are Go's (spf13/pflag: intValue,
// int64Value, float32Value, boolValue, durationValue), whose Set functions call the standard
// library functions named below; kaudit accepts exactly what those accept, as of Go 1.13
// (Kubernetes 1.17) and newer.
//
// The unexpected side is the reason, written as the rest of a sentence whose subject is the value:
// "is not a whole number".
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace kaudit::audit {

template <typename T>
using GoResult = std::expected<T, std::string>;

// strconv.ParseInt(text, 0, 64), for int and int64 flags alike (int has 64 bits wherever
// kube-apiserver runs). Base 10, or 0x, 0o, 0b, or octal after a leading 0; one underscore between
// digits or after the prefix; a sign. No blanks, units or decimals.
GoResult<std::int64_t> parse_go_int(std::string_view text);

// strconv.ParseBool: 1 t T true TRUE True 0 f F false FALSE False, nothing else.
GoResult<bool> parse_go_bool(std::string_view text);

// time.ParseDuration: "0", or numbers with fractions, each with a unit of ns us µs μs ms s m h.
// Up to about 292 years either way. A bare "30" is an error.
GoResult<std::chrono::nanoseconds> parse_go_duration(std::string_view text);

// strconv.ParseFloat(text, 32): decimal or hexadecimal with exponents and underscores, inf,
// infinity, nan. A value too large for a float32 is an error, one too small is 0.
GoResult<float> parse_go_float32(std::string_view text);

}  // namespace kaudit::audit
