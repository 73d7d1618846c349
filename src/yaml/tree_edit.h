// What should change in a tree, without a word about bytes.
//
// The same list of TreeEdits goes two ways: layout.h turns it into TextEdits, proof.h says which
// tree must come out. The two know nothing of each other.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "yaml/document.h"

namespace kaudit::yaml {

struct Member;

// A value to be written.
struct Value {
  enum class Kind { String, QuotedString, Bool, Sequence, Mapping };
  Kind kind = Kind::String;  // QuotedString: a string that is always written in double quotes
  std::string text;          // of a String; "true" or "false" of a Bool
  std::vector<Value> items;
  std::vector<Member> entries;

  static Value string(std::string text);
  static Value quoted(std::string text);
  static Value boolean(bool value);
  static Value sequence(std::vector<Value> items);
  static Value mapping(std::vector<Member> entries);
};

// An entry of a Mapping. Not a std::pair, which cannot hold a type that is not complete yet.
struct Member {
  std::string key;
  Value value;
};

inline Value Value::string(std::string text) {
  return {Kind::String, std::move(text), {}, {}};
}
inline Value Value::quoted(std::string text) {
  return {Kind::QuotedString, std::move(text), {}, {}};
}
inline Value Value::boolean(bool value) {
  return {Kind::Bool, value ? "true" : "false", {}, {}};
}
inline Value Value::sequence(std::vector<Value> items) {
  return {Kind::Sequence, {}, std::move(items), {}};
}
inline Value Value::mapping(std::vector<Member> entries) {
  return {Kind::Mapping, {}, {}, std::move(entries)};
}

// All ids and indices refer to the original document. An item is inserted before the original
// item `index`, or at the end if there is none; several at one index keep their order.
struct InsertItem {
  NodeId sequence;
  std::size_t index;
  Value value;
};
// Before the original entry `index` of the mapping, or at its end if there is none; several at one
// index keep their order. The mapping must not be empty and must not have the key.
struct InsertEntry {
  NodeId mapping;
  std::string key;
  Value value;
  std::size_t index = kAtTheEnd;

  static constexpr std::size_t kAtTheEnd = static_cast<std::size_t>(-1);
};
// A scalar gets another value, in its own style if that can hold it.
struct SetScalar {
  NodeId scalar;
  Value value;  // a String or a Bool
};
// A null, [] or {} gives way to a value that is a collection or a string.
struct Fill {
  NodeId node;
  Value value;
};
// A collection that is an entry's value, and has neither anchor nor tag, loses all it has, and {}
// or
// [] stays.
struct Empty {
  NodeId node;
};
struct RemoveItem {
  NodeId sequence;
  std::size_t index;
};
struct RemoveEntry {
  NodeId mapping;
  std::size_t index;
};

using TreeEdit =
    std::variant<InsertItem, InsertEntry, SetScalar, Fill, Empty, RemoveItem, RemoveEntry>;

}  // namespace kaudit::yaml
