// The forms of names, numbers and quantities in objects of the Kubernetes API: what apimachinery
// and the kubelet's validation accept.
#pragma once

#include <optional>
#include <string_view>

namespace kaudit::kube {

// util/validation, IsDNS1123Subdomain.
bool is_dns1123_subdomain(std::string_view name);

// The value of a label, and a key without its domain: 1 to 63 letters, digits, '-', '_' and '.'
// with a letter or digit at both ends (util/validation, IsValidLabelValue).
bool is_label_word(std::string_view word);

// A key of labels (util/validation, IsQualifiedName); one of annotations is put into lower case
// first (api/validation, ValidateAnnotations).
bool is_label_key(std::string_view key);
bool is_annotation_key(std::string_view key);

// util/validation, IsValidPortName.
bool is_port_name(std::string_view name);

// util/validation, IsEnvVarName; relaxed: IsRelaxedEnvVarName.
bool is_env_name(std::string_view name, bool relaxed);

// Relative and without a '..' element (core/validation, validateLocalDescendingPath).
bool is_local_path(std::string_view path);

// What an environment variable or a file can be taken from (core/validation,
// validEnvDownwardAPIFieldPathExpressions, validVolumeDownwardAPIFieldPathExpressions).
bool is_field_path(std::string_view path);

// RFC 3339, as metav1.Time is read.
bool is_time(std::string_view value);

// A number as it arrives in the JSON that the kubelet decodes.
struct Number {
  double value = 0;
  bool is_whole = false;  // written there without a fraction or exponent
};

// A number of YAML, read as go-yaml v2 does (resolve.go: ParseInt with base 0, then ParseFloat) and
// written as JSON, where 1e3 becomes 1000; or one that stands in JSON, where it stays as it is.
// Nothing for infinity and not-a-number, which JSON does not have.
std::optional<Number> read_number(std::string_view text, bool is_json);

// The value of a quantity such as 250m, 1Gi or 1e3 (api/resource/quantity.go, parseQuantityString),
// as near as a double comes; nothing if it is none.
std::optional<double> read_quantity(std::string_view text);

}  // namespace kaudit::kube
