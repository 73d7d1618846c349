#include "audit/webhook_config.h"

#include <algorithm>
#include <array>

#include "kube/node_paths.h"
#include "yaml/parse.h"

namespace kaudit::audit {
namespace {

using text::ErrorKind;
using text::fail;
using yaml::Document;
using yaml::Kind;
using yaml::kNoNode;
using yaml::NodeId;

NodeId child(const Document& document, NodeId mapping, std::string_view key) {
  if (mapping == kNoNode || document.node(mapping).kind != Kind::Mapping) return kNoNode;
  const auto entry = document.find(mapping, key);
  return entry ? document.resolve(entry->value) : kNoNode;
}

std::string text_of(const Document& document, NodeId id) {
  return id != kNoNode && document.node(id).kind == Kind::Scalar ? std::string(document.value(id))
                                                                 : std::string();
}

// The inner mappings of a kubeconfig's named list; only the one called `name`, if that is there.
std::vector<NodeId> chosen(const Document& document, NodeId list, std::string_view inner,
                           const std::string& name) {
  std::vector<NodeId> all;
  if (list == kNoNode || document.node(list).kind != Kind::Sequence) return all;
  for (NodeId item : document.items(list)) {
    const NodeId entry = document.resolve(item);
    const NodeId value = child(document, entry, inner);
    if (value == kNoNode) continue;
    if (!name.empty() && text_of(document, child(document, entry, "name")) == name) return {value};
    all.push_back(value);
  }
  return all;
}

struct FieldPair {
  std::string_view list;
  std::string_view inner;
  std::string_view field;
  std::string_view inline_data;  // wins over the file (clientcmd/api types: …Data takes precedence)
};

constexpr std::array<FieldPair, 4> kFields{{
    {"clusters", "cluster", "certificate-authority", "certificate-authority-data"},
    {"users", "user", "client-certificate", "client-certificate-data"},
    {"users", "user", "client-key", "client-key-data"},
    {"users", "user", "tokenFile", ""},
}};

}  // namespace

text::Result<std::vector<ReferredFile>> files_of_kubeconfig(
    std::shared_ptr<const text::SourceText> source, const std::string& path_in_container) {
  const auto document = yaml::parse(std::move(source));
  if (!document) return std::unexpected(document.error());
  const NodeId root = document->roots().empty() ? kNoNode : document->roots().front();
  if (root == kNoNode || document->node(root).kind != Kind::Mapping) {
    return fail(ErrorKind::NotYaml, "the webhook's configuration is no kubeconfig",
                "write one of kind Config");
  }
  const std::string context = text_of(*document, child(*document, root, "current-context"));
  std::string cluster;
  std::string user;
  const auto contexts = chosen(*document, child(*document, root, "contexts"), "context", context);
  if (contexts.size() == 1) {
    cluster = text_of(*document, child(*document, contexts[0], "cluster"));
    user = text_of(*document, child(*document, contexts[0], "user"));
  }
  std::vector<ReferredFile> files;
  for (const FieldPair& pair : kFields) {
    const std::string& name = pair.list == "clusters" ? cluster : user;
    for (NodeId entry : chosen(*document, child(*document, root, pair.list), pair.inner, name)) {
      std::string path = text_of(*document, child(*document, entry, pair.field));
      if (path.empty() || !text_of(*document, child(*document, entry, pair.inline_data)).empty())
        continue;
      if (!path.starts_with('/')) path = kube::parent_path(path_in_container) + "/" + path;
      const ReferredFile file{std::string(pair.field), path};
      const bool known = std::any_of(files.begin(), files.end(),
                                     [&](const ReferredFile& f) { return f.path == file.path; });
      if (!known) files.push_back(file);
    }
  }
  return files;
}

}  // namespace kaudit::audit
