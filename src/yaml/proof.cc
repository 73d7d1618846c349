#include "yaml/proof.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

#include "yaml/scalar.h"

namespace kaudit::yaml {
namespace {

using text::ErrorKind;
using text::fail;
using text::Result;

// The edits, found by the node that they change.
struct EditIndex {
  std::multimap<std::pair<NodeId, std::size_t>, const Value*> inserted_items;
  std::multimap<std::pair<NodeId, std::size_t>, const InsertEntry*> inserted_entries;
  std::map<NodeId, const Value*> replaced;
  std::map<NodeId, Value> emptied;
  std::set<std::pair<NodeId, std::size_t>> removed;

  EditIndex(const Document& document, const std::vector<TreeEdit>& edits) {
    for (const TreeEdit& edit : edits) {
      if (const auto* e = std::get_if<InsertItem>(&edit))
        inserted_items.insert(
            {{e->sequence, std::min<std::size_t>(e->index, document.node(e->sequence).count)},
             &e->value});
      if (const auto* e = std::get_if<InsertEntry>(&edit))
        inserted_entries.insert(
            {{e->mapping, std::min<std::size_t>(e->index, document.node(e->mapping).count)}, e});
      if (const auto* e = std::get_if<SetScalar>(&edit)) replaced[e->scalar] = &e->value;
      if (const auto* e = std::get_if<Fill>(&edit)) replaced[e->node] = &e->value;
      if (const auto* e = std::get_if<Empty>(&edit)) {
        const bool is_mapping = document.node(e->node).kind == Kind::Mapping;
        replaced[e->node] =
            &emptied.emplace(e->node, is_mapping ? Value::mapping({}) : Value::sequence({}))
                 .first->second;
      }
      if (const auto* e = std::get_if<RemoveItem>(&edit)) removed.insert({e->sequence, e->index});
      if (const auto* e = std::get_if<RemoveEntry>(&edit)) removed.insert({e->mapping, e->index});
    }
  }
};

class Prover {
 public:
  Prover(const Document& original, const std::vector<TreeEdit>& edits, const Document& result)
      : original_(original), result_(result), index_(original, edits) {}

  Result<void> run() {
    if (original_.roots().size() != result_.roots().size())
      return differs(0, "the number of documents");
    for (std::size_t i = 0; i < original_.roots().size(); ++i) {
      NodeId at = result_.roots()[i];
      if (!same(original_.roots()[i], at)) return differs(at_fault_, what_);
    }
    return {};
  }

 private:
  std::unexpected<text::Error> differs(NodeId at, std::string_view what) const {
    const bool known = at < result_.nodes().size();
    return fail(ErrorKind::Proof,
                fmt::format("kaudit's own result did not pass its proof ({} is not what was "
                            "planned); nothing was written",
                            what),
                "please report this manifest as a bug",
                known ? std::optional(result_.span(at)) : std::nullopt);
  }

  bool fault(NodeId at, std::string what) {
    at_fault_ = at;
    what_ = std::move(what);
    return false;
  }

  // Each step leaves `at` behind the node of the result that it compared.
  bool same(NodeId id, NodeId& at) {
    if (at >= result_.nodes().size()) return fault(at, "the end of the document");
    const Node& was = original_.node(id);
    const Node& is = result_.node(at);
    const auto replaced = index_.replaced.find(id);
    if (replaced != index_.replaced.end()) {
      if (original_.properties(id) != result_.properties(at))
        return fault(at, "an anchor or a tag");
      return planned(*replaced->second, at, true);
    }
    if (was.kind != is.kind || was.style != is.style ||
        original_.properties(id) != result_.properties(at)) {
      return fault(at, fmt::format("the form of {}", path_of(result_, at)));
    }
    if (was.kind == Kind::Scalar || was.kind == Kind::Alias) {
      if (original_.value(id) != result_.value(at))
        return fault(at, fmt::format("the value of {}", path_of(result_, at)));
      ++at;
      return true;
    }
    return was.kind == Kind::Sequence ? same_items(id, at) : same_entries(id, at);
  }

  bool same_items(NodeId id, NodeId& at) {
    const NodeId sequence = at++;
    std::size_t index = 0;
    const auto inserted = [&](std::size_t i) {
      const auto [from, to] = index_.inserted_items.equal_range({id, i});
      return std::all_of(from, to, [&](const auto& item) { return planned(*item.second, at); });
    };
    for (NodeId item : original_.items(id)) {
      if (!inserted(index)) return false;
      if (!index_.removed.contains({id, index}) && !same(item, at)) return false;
      ++index;
    }
    return inserted(index) && ends(sequence, at);
  }

  bool same_entries(NodeId id, NodeId& at) {
    const NodeId mapping = at++;
    std::size_t index = 0;
    const auto inserted = [&](std::size_t i) {
      const auto [from, to] = index_.inserted_entries.equal_range({id, i});
      return std::all_of(from, to, [&](const auto& added) {
        return planned(Value::string(added.second->key), at) && planned(added.second->value, at);
      });
    };
    for (const Entry& entry : original_.entries(id)) {
      if (!inserted(index)) return false;
      if (!index_.removed.contains({id, index}) && (!same(entry.key, at) || !same(entry.value, at)))
        return false;
      ++index;
    }
    return inserted(index) && ends(mapping, at);
  }

  bool ends(NodeId collection, NodeId at) {
    return result_.node(collection).past == at ||
           fault(collection, fmt::format("the length of {}", path_of(result_, collection)));
  }

  // What stands in the place of an original node has that node's anchor and tag, which same() has
  // compared; everything new has none.
  bool planned(const Value& value, NodeId& at, bool replaces = false) {
    if (at >= result_.nodes().size()) return fault(at, "the end of the document");
    const Node& is = result_.node(at);
    const NodeId here = at++;
    const auto wrong = [&] {
      return fault(here, fmt::format("the new value of {}", path_of(result_, here)));
    };
    if (!replaces && result_.properties(here) != Properties{}) return wrong();
    switch (value.kind) {
      case Value::Kind::String:
      case Value::Kind::QuotedString:
      case Value::Kind::Bool: {
        if (is.kind != Kind::Scalar || result_.value(here) != value.text) return wrong();
        const Resolved type = is.style == Style::Plain   ? resolve_plain(value.text)
                              : is.style == Style::Empty ? Resolved::Null
                                                         : Resolved::String;
        return type == (value.kind == Value::Kind::Bool ? Resolved::Bool : Resolved::String) ||
               wrong();
      }
      case Value::Kind::Sequence:
        if (is.kind != Kind::Sequence || is.count != value.items.size()) return wrong();
        for (const Value& item : value.items) {
          if (!planned(item, at)) return false;
        }
        return true;
      case Value::Kind::Mapping:
        if (is.kind != Kind::Mapping || is.count != value.entries.size()) return wrong();
        for (const auto& [key, entry] : value.entries) {
          if (!planned(Value::string(key), at) || !planned(entry, at)) return false;
        }
        return true;
    }
    return wrong();
  }

  const Document& original_;
  const Document& result_;
  EditIndex index_;
  NodeId at_fault_ = 0;
  std::string what_;
};

}  // namespace

Result<void> prove_edits(const Document& original, const std::vector<TreeEdit>& edits,
                         const Document& result) {
  return Prover(original, edits, result).run();
}

}  // namespace kaudit::yaml
