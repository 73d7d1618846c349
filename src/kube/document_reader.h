// What the readers of a Pod and of a ClusterConfiguration share. Internal to kube/.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "kube/api_server.h"
#include "text/result.h"
#include "yaml/document.h"

namespace kaudit::kube {

// To be edited, a document must be unambiguous; to be judged, it must be readable.
enum class Purpose : std::uint8_t { Edit, Judge };

// Whether a scalar is a string to go-yaml v2, and not a number, a boolean or null.
bool is_string(const yaml::Document& document, yaml::NodeId id);
// The text of a string, "" for anything else.
std::string string_or_empty(const yaml::Document& document, std::optional<yaml::Entry> entry);
bool is_true(const yaml::Document& document, yaml::NodeId id);

// The words in which a reader refuses: who reads the document, and what it means that it cannot.
struct ReaderWords {
  std::string_view reader;      // "the kubelet"
  std::string_view document;    // "manifest"
  std::string_view unreadable;  // "the kubelet cannot read this Pod either"
};

// Reads one document; the first refusal stays in error_, and every step says whether to go on.
class DocumentReader {
 protected:
  DocumentReader(const yaml::Document& document, Purpose purpose, ReaderWords words)
      : document_(document), edits_(purpose == Purpose::Edit), words_(words) {}

  bool refuse(text::ErrorKind kind, std::string message, std::string hint, yaml::NodeId at);

  // A mapping on the edited path: no alias, no merge key, and the given keys at most once.
  bool edited_mapping(yaml::NodeId& id, std::string_view name,
                      std::initializer_list<std::string_view> keys);
  // A list on the edited path; kNoNode if absent. Null is a list without items.
  bool edited_list(yaml::NodeId mapping, std::string_view key, std::string_view name,
                   yaml::NodeId& list);
  // An anchored list or mapping that an alias repeats would change in both places.
  bool not_shared(yaml::NodeId id, std::string_view name);
  // `mapping` is kNoNode for an item that is none, when that is somebody else's to say.
  bool item_mapping(yaml::NodeId item, std::string_view what, yaml::NodeId& mapping);
  // No unrendered marks of a template in a value at or below `root`.
  bool is_rendered(yaml::NodeId root);
  // Of these marks only the unquoted ones: `a: {{ b }}` is YAML, a mapping whose key is a mapping,
  // and nothing that Kubernetes can read.
  bool has_no_template_key(yaml::NodeId root);

  // A string; to be judged, the text of any scalar: that it is no string is somebody else's to say.
  std::string string_of(std::optional<yaml::Entry> entry) const;
  text::Span value_span(std::optional<yaml::Entry> entry, yaml::NodeId fallback) const;
  std::string_view key_of(const yaml::Entry& entry) const {
    return document_.value(document_.resolve(entry.key));
  }

  const yaml::Document& document_;
  bool edits_;
  ReaderWords words_;
  std::optional<text::Error> error_;

 private:
  bool refuse_template(yaml::NodeId id, std::size_t mark);
  bool seen_before(yaml::NodeId mapping, yaml::NodeId key_node, std::string_view key) const;
};

}  // namespace kaudit::kube
