// libyaml as a referee: what a text is to the parser that the kubelet's own descends from.
//
// Tests only. libyaml shares no code with yaml-cpp nor with kaudit's lexer, is strict where go-yaml
// is strict, and unlike yaml-cpp tells where nodes end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "yaml/document.h"

namespace kaudit::support {

struct RefereeNode {
  enum class Kind : std::uint8_t { Scalar, Sequence, Mapping, Alias };
  enum class Form : std::uint8_t {
    Plain,  // an empty null, too
    SingleQuoted,
    DoubleQuoted,
    Literal,
    Folded,
    Block,
    Flow,
    None,  // of an alias
  };
  Kind kind = Kind::Scalar;
  Form form = Form::Plain;
  // Bytes of the text, a byte order mark counted. libyaml's end of a block collection is the start
  // of the next token, that of a block scalar lies behind the blank lines that follow it.
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string value;      // of an alias: the anchor's name
  std::string anchor;     // without "&"
  std::string tag;        // resolved; empty where none is written
  std::size_t past = 0;   // the first node that is not a descendant
  std::size_t count = 0;  // items, entries

  // Everything but the places.
  bool means_the_same(const RefereeNode& other) const;
};

struct RefereeTree {
  bool accepted = false;
  std::string error;               // libyaml's own words, when not accepted
  std::vector<RefereeNode> nodes;  // in document order
  std::vector<std::size_t> roots;  // the first node of each document

  // The alias's target: the last anchor of that name before it. Every other node is its own.
  std::size_t resolve(std::size_t node) const;
  std::vector<std::size_t> children(std::size_t collection) const;
  // The value under a key, of several the last. Merge keys are not followed.
  std::optional<std::size_t> find(std::size_t mapping, std::string_view key) const;
};

RefereeTree read_with_libyaml(std::string_view text);

// How kaudit's reading of a text differs from libyaml's, in a line; nothing if it does not: the
// same documents, nodes, forms, values and anchors, and the same begins and ends as far as libyaml
// tells them.
std::optional<std::string> difference(const yaml::Document& document, const RefereeTree& referee);

}  // namespace kaudit::support
