// What a plain scalar means to the kubelet, and how a value must be written to mean itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kaudit::yaml {

enum class Resolved : std::uint8_t { String, Null, Bool, Int, Float, Merge };

// The type of an unquoted, untagged scalar as go-yaml v2 reads it (resolve.go, resolve): yes, no,
// on, off, y and n are booleans; 0x1F, 0o17, 017 and 1_000 are numbers; 12:30 and 192.0.2.1 are
// strings, and so are timestamps once they have become JSON.
Resolved resolve_plain(std::string_view text);

// Whether `value` can stand unquoted and is then the string `value`, for any reader of YAML 1.1 or
// 1.2: errs towards quoting. Within a flow collection commas and brackets end a plain scalar.
bool plain_is_safe(std::string_view value, bool in_flow);

// Whether some reader could take the unquoted text for another type than a string.
bool looks_like_another_type(std::string_view text);

// The string as go-yaml's emitter, and so kubeadm, writes it: plain where that is safe, in double
// quotes what looks like another type, in single ones the rest.
std::string written_string(std::string_view value, bool in_flow);

// Always valid, in YAML and in JSON.
std::string double_quoted(std::string_view value);
// `value` must be free of line breaks and control characters.
std::string single_quoted(std::string_view value);
bool single_quoting_is_safe(std::string_view value);

}  // namespace kaudit::yaml
