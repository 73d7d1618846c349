#include "kube/same_pod.h"

#include <map>
#include <string_view>

#include "kube/decoded.h"

namespace kaudit::kube {
namespace {

using yaml::Document;
using yaml::NodeId;

struct Side {
  const Document& document;
  Decoded decoded;
};

bool same(const Side& a, NodeId in_a, const Side& b, NodeId in_b);

bool same_items(const Side& a, NodeId in_a, const Side& b, NodeId in_b) {
  const auto items_a = a.decoded.items(in_a);
  const auto items_b = b.decoded.items(in_b);
  if (items_a.size() != items_b.size()) return false;
  for (std::size_t i = 0; i < items_a.size(); ++i) {
    if (!same(a, items_a[i], b, items_b[i])) return false;
  }
  return true;
}

// Of equal keys the last counts, and a null one leaves the field as it is.
std::map<std::string_view, NodeId> fields(const Side& side, NodeId mapping) {
  std::map<std::string_view, NodeId> found;
  for (const yaml::Entry& entry : side.decoded.entries(mapping)) {
    if (side.decoded.is_given(entry.value))
      found.insert_or_assign(side.decoded.key(entry), entry.value);
  }
  return found;
}

bool same_fields(const Side& a, NodeId in_a, const Side& b, NodeId in_b) {
  const auto fields_a = fields(a, in_a);
  const auto fields_b = fields(b, in_b);
  if (fields_a.size() != fields_b.size()) return false;
  for (const auto& [key, value] : fields_a) {
    const auto other = fields_b.find(key);
    if (other == fields_b.end() || !same(a, value, b, other->second)) return false;
  }
  return true;
}

bool same(const Side& a, NodeId in_a, const Side& b, NodeId in_b) {
  if (a.decoded.type(in_a) != b.decoded.type(in_b)) return false;
  switch (a.decoded.type(in_a)) {
    case Json::Null:
      return true;
    case Json::Bool:
      return a.decoded.is_true(in_a) == b.decoded.is_true(in_b);
    case Json::Number:
    case Json::String:
      return a.decoded.text(in_a) == b.decoded.text(in_b);
    case Json::List:
      return same_items(a, in_a, b, in_b);
    case Json::Mapping:
      return same_fields(a, in_a, b, in_b);
  }
  return false;
}

}  // namespace

bool same_pod(const Document& a, const Document& b) {
  if (a.roots().empty() || b.roots().empty()) return false;
  return same({a, Decoded(a)}, a.roots().front(), {b, Decoded(b)}, b.roots().front());
}

}  // namespace kaudit::kube
