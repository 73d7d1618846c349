// The two steps that make a Document: nodes from yaml-cpp's events, then the account of every byte.
// Internal to yaml/.
#pragma once

#include <string_view>
#include <vector>

#include "text/result.h"
#include "yaml/document.h"

namespace kaudit::yaml {

class DocumentBuilder {
 public:
  explicit DocumentBuilder(std::shared_ptr<const text::SourceText> source);

  // parse.cc: nodes with kinds, values, parents and beginnings; ends and styles are unknown yet.
  text::Result<void> read_events(bool is_json);
  // account.cc: walks the text along the nodes and gives every byte a reason: it belongs to a
  // node, to an indicator that the grammar wants there, to white space or to a comment. Fills
  // ends, styles and properties; refuses what is left over.
  text::Result<void> account();
  // account.cc: go-yaml's limits on aliases (decode.go, allowedAliasRatio; "contains itself").
  text::Result<void> check_aliases() const;

  Document take() { return std::move(document_); }

 private:
  friend class EventReader;
  friend class Accountant;
  Document document_;
};

}  // namespace kaudit::yaml
