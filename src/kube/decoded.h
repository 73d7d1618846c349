// A YAML document as the kubelet's decoder sees it: turned into JSON by sigs.k8s.io/yaml, with
// aliases and merge keys followed and the types of YAML 1.1 fixed. Text that is JSON already stays
// what it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kube/api_values.h"
#include "yaml/document.h"

namespace kaudit::kube {

enum class Json : std::uint8_t { Null, Bool, Number, String, List, Mapping };

// Every NodeId may be an alias, or kNoNode for what is absent; absent reads as null.
class Decoded {
 public:
  explicit Decoded(const yaml::Document& document) : document_(document) {}

  Json type(yaml::NodeId id) const;
  // Neither absent nor null: a null leaves a field of a Go struct as it is.
  bool is_given(yaml::NodeId id) const { return type(id) != Json::Null; }

  // A string that is given.
  bool is_string(yaml::NodeId id) const { return type(id) == Json::String; }
  // Given, and the boolean true.
  bool is_true(yaml::NodeId id) const;
  // The text of a scalar of any type, "" of anything else.
  std::string_view text(yaml::NodeId id) const;
  // The string, "" if it is absent; nothing if it is of another type.
  std::optional<std::string_view> string(yaml::NodeId id) const;
  std::optional<Number> number(yaml::NodeId id) const;
  // Of a number or a string.
  std::optional<double> quantity(yaml::NodeId id) const;

  // Empty for what is no list or no mapping. The entries stand in the order in which go-yaml v2
  // sets them (decode.go, mapping and merge), so that of equal keys the last one counts: a merge
  // key replaces what stands before it, and is replaced by what stands behind it.
  std::vector<yaml::NodeId> items(yaml::NodeId list) const;
  std::vector<yaml::Entry> entries(yaml::NodeId mapping) const;
  std::string_view key(const yaml::Entry& entry) const { return text(entry.key); }

  bool is_merge_key(yaml::NodeId key) const;
  // Whether a merge key may have this value (decode.go, merge).
  bool can_merge(yaml::NodeId value) const;

 private:
  void collect(yaml::NodeId mapping, int depth, std::vector<yaml::Entry>& entries) const;

  const yaml::Document& document_;
};

// "the number 30", "a list": for messages, shortened if need be.
std::string described(const Decoded& decoded, yaml::NodeId id);

// A value for messages: as much of its first line as fits into a sentence.
std::string shortened(std::string_view value);

}  // namespace kaudit::kube
