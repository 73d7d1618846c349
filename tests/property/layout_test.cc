// A layout that is wrong in any small way must never pass for a right one.

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "property/watchdog.h"
#include "support/corpus.h"
#include "support/libyaml_referee.h"
#include "text/text_edit.h"
#include "yaml/layout.h"
#include "yaml/parse.h"
#include "yaml/proof.h"

namespace kaudit {
namespace {

using support::Input;
using text::TextEdit;
using yaml::Document;
using yaml::NodeId;
using yaml::TreeEdit;
using yaml::Value;

std::shared_ptr<const text::SourceText> source_of(const Input& input, std::string bytes) {
  return std::make_shared<const text::SourceText>(input.name, std::move(bytes));
}

// The value under a chain of keys; a number is an index.
NodeId at_path(const Document& document, const std::vector<std::string>& path) {
  if (document.roots().empty()) return yaml::kNoNode;
  NodeId node = document.roots().front();
  for (const std::string& step : path) {
    node = document.resolve(node);
    if (document.node(node).kind == yaml::Kind::Sequence) {
      const auto items = document.items(node);
      const std::size_t index = std::stoul(step);
      if (index >= items.size()) return yaml::kNoNode;
      node = items[index];
    } else if (document.node(node).kind == yaml::Kind::Mapping) {
      const auto entry = document.find(node, step);
      if (!entry) return yaml::kNoNode;
      node = entry->value;
    } else {
      return yaml::kNoNode;
    }
  }
  return node;
}

bool is_list(const Document& document, NodeId id) {
  return id != yaml::kNoNode && document.node(id).kind == yaml::Kind::Sequence &&
         document.node(id).count > 0;
}

Value volume() {
  return Value::mapping(
      {{"hostPath", Value::mapping({{"path", Value::string("/var/log/kubernetes/audit")},
                                    {"type", Value::string("DirectoryOrCreate")}})},
       {"name", Value::string("audit-log")}});
}

Value mount() {
  return Value::mapping({{"mountPath", Value::string("/etc/kubernetes/audit/audit-policy.yaml")},
                         {"name", Value::string("audit-policy")},
                         {"readOnly", Value::boolean(true)}});
}

// A list gets an item; a missing or empty one comes into being.
void add_to_list(const Document& document, NodeId mapping, const char* key, Value item,
                 std::vector<TreeEdit>& edits) {
  const auto entry = document.find(mapping, key);
  if (!entry) {
    edits.push_back(yaml::InsertEntry{mapping, key, Value::sequence({std::move(item)})});
  } else if (is_list(document, entry->value)) {
    const bool first = yaml::can_insert_before_first(document, entry->value);
    edits.push_back(yaml::InsertItem{entry->value, first ? 0U : 1U, std::move(item)});
  } else if (document.node(entry->value).kind != yaml::Kind::Alias) {
    edits.push_back(yaml::Fill{entry->value, Value::sequence({std::move(item)})});
  }
}

// Insertions as `enable` makes them.
std::vector<TreeEdit> insertions(const Document& document) {
  std::vector<TreeEdit> edits;
  const NodeId spec = at_path(document, {"spec"});
  const NodeId container = at_path(document, {"spec", "containers", "0"});
  if (spec == yaml::kNoNode || container == yaml::kNoNode) return edits;
  for (const char* key : {"command", "args"}) {
    const NodeId list = at_path(document, {"spec", "containers", "0", key});
    if (!is_list(document, list)) continue;
    const std::size_t count = document.node(list).count;
    edits.push_back(
        yaml::InsertItem{list, (count + 1) / 2, Value::string("--audit-log-maxage=30")});
    edits.push_back(yaml::InsertItem{list, count, Value::string("--audit-log-path=/var/log/a #1")});
  }
  add_to_list(document, container, "volumeMounts", mount(), edits);
  add_to_list(document, spec, "volumes", volume(), edits);
  return edits;
}

// Removals and replacements as `disable` and corrections make them.
std::vector<TreeEdit> removals(const Document& document) {
  std::vector<TreeEdit> edits;
  const NodeId list = at_path(document, {"spec", "containers", "0", "command"});
  if (is_list(document, list) && document.node(list).count > 2) {
    const NodeId second = document.items(list)[1];
    if (document.node(second).kind == yaml::Kind::Scalar) {
      edits.push_back(yaml::SetScalar{second, Value::string("--audit-log-maxage=180")});
    }
    edits.push_back(yaml::RemoveItem{list, document.node(list).count - 1});
  }
  const NodeId mounts = at_path(document, {"spec", "containers", "0", "volumeMounts"});
  if (is_list(document, mounts) && document.node(mounts).count > 1)
    edits.push_back(yaml::RemoveItem{mounts, 0});
  const NodeId spec = at_path(document, {"spec"});
  if (spec == yaml::kNoNode) return edits;
  const auto entries = document.entries(spec);
  for (std::size_t i = 0; i < entries.size() && entries.size() > 1; ++i) {
    if (document.value(entries[i].key) == "volumes") edits.push_back(yaml::RemoveEntry{spec, i});
  }
  return edits;
}

struct Wrong {
  std::string how;
  std::vector<TextEdit> edits;
};

std::string damaged(const std::string& replacement, int how) {
  std::string text = replacement;
  switch (how) {
    case 0:
      text.erase(0, 1);
      break;
    case 1:
      text.pop_back();
      break;
    case 2:
      text.insert(0, " ");
      break;
    case 3:
      text.insert(text.find('\n') == std::string::npos ? 0 : text.find('\n') + 1, " ");
      break;
    case 4:
      text += text;
      break;
    case 5:
      text += '\n';
      break;
    case 6:
      text += " ";
      break;
    case 7:
      text += "#";
      break;
    default:
      text.erase(text.size() / 2, 1);
      break;
  }
  return text;
}

// Every edit shifted, stretched, dropped, doubled, or with a damaged text.
std::vector<Wrong> wrong_layouts(const std::vector<TextEdit>& right, std::string_view text) {
  std::vector<Wrong> all;
  for (std::size_t i = 0; i < right.size(); ++i) {
    const auto with = [&](const std::string& how, auto change) {
      Wrong wrong{fmt::format("edit {} {}", i, how), right};
      change(wrong.edits[i]);
      all.push_back(std::move(wrong));
    };
    for (const int by : {-2, -1, 1, 2}) {
      const auto moved = [&](std::size_t at) {
        return static_cast<std::size_t>(static_cast<long>(at) + by);
      };
      with(fmt::format("shifted by {}", by), [&](TextEdit& e) {
        e.span = {moved(e.span.begin), moved(e.span.end)};
      });
      with(fmt::format("begin moved by {}", by),
           [&](TextEdit& e) { e.span.begin = moved(e.span.begin); });
      with(fmt::format("end moved by {}", by),
           [&](TextEdit& e) { e.span.end = moved(e.span.end); });
    }
    const std::size_t line =
        std::min(text.find('\n', std::min(right[i].span.end, text.size())), text.size() - 1) + 1;
    with("a line later", [&](TextEdit& e) { e.span = {line, line + e.span.size()}; });
    for (int how = 0; how < 9 && !right[i].replacement.empty(); ++how) {
      with(fmt::format("damaged in way {}", how),
           [&](TextEdit& e) { e.replacement = damaged(e.replacement, how); });
    }
    Wrong dropped{fmt::format("edit {} dropped", i), right};
    dropped.edits.erase(dropped.edits.begin() + static_cast<std::ptrdiff_t>(i));
    all.push_back(std::move(dropped));
    Wrong doubled{fmt::format("edit {} doubled", i), right};
    doubled.edits.push_back(right[i]);
    all.push_back(std::move(doubled));
  }
  return all;
}

struct Tally {
  std::size_t made = 0;
  std::size_t applying = 0;  // caught while applying, parsing, proving
  std::size_t parsing = 0;
  std::size_t proving = 0;
  std::size_t harmless = 0;  // the text, or what it means, is right after all
};

bool same_meaning(const std::string& a, const std::string& b) {
  const auto one = support::read_with_libyaml(a);
  const auto two = support::read_with_libyaml(b);
  return one.accepted && two.accepted && one.roots == two.roots &&
         std::equal(one.nodes.begin(), one.nodes.end(), two.nodes.begin(), two.nodes.end(),
                    [](const auto& x, const auto& y) { return x.means_the_same(y); });
}

void try_wrong_layouts(const Input& input, const Document& document,
                       const std::vector<TreeEdit>& edits, Tally& tally) {
  const auto right = yaml::layout(document, edits);
  if (!right) return;  // a form that is not edited
  const auto result = text::apply(input.bytes, *right);
  ASSERT_TRUE(result) << input.name;
  const auto parsed = yaml::parse(source_of(input, *result));
  ASSERT_TRUE(parsed) << input.name << ": " << parsed.error().message << "\n" << *result;
  const auto proven = yaml::prove_edits(document, edits, *parsed);
  ASSERT_TRUE(proven) << input.name << ": " << proven.error().message << "\n" << *result;
  for (const Wrong& wrong : wrong_layouts(*right, input.bytes)) {
    ++tally.made;
    const auto text = text::apply(input.bytes, wrong.edits);
    if (!text) {
      ++tally.applying;
      continue;
    }
    const auto read = yaml::parse(source_of(input, *text));
    if (!read) {
      ++tally.parsing;
    } else if (!yaml::prove_edits(document, edits, *read)) {
      ++tally.proving;
    } else {
      ++tally.harmless;
      EXPECT_TRUE(*text == *result || same_meaning(*text, *result))
          << input.name << ": " << wrong.how << " passed the proof\n"
          << *text;
    }
  }
}

bool is_chosen(const std::string& name) {
  static const std::vector<std::string> kChosen = {"kubeadm/",
                                                   "enable/comments-between",
                                                   "enable/crlf",
                                                   "enable/flow-",
                                                   "enable/json-",
                                                   "enable/literal-",
                                                   "enable/no-final-newline",
                                                   "enable/volumes-",
                                                   "enable/mounts-",
                                                   "enable/wide-dashes",
                                                   "enable/explicit-keys",
                                                   "enable/dash-alone",
                                                   "enable/anchor-",
                                                   "enable/tag-on",
                                                   "enable/byte-order-mark",
                                                   "enable/blank-lines",
                                                   "enable/everything-at-once",
                                                   "enable/folded-",
                                                   "enable/whole-document",
                                                   "enable/sequences-indented",
                                                   "disable/first-item",
                                                   "disable/flow-list",
                                                   "disable/emptied"};
  return std::any_of(kChosen.begin(), kChosen.end(),
                     [&](const std::string& start) { return name.starts_with(start); });
}

TEST(Layout, NoWrongLayoutPassesTheProof) {
  Tally tally;
  std::size_t documents = 0;
  for (const Input& input : support::testdata_inputs()) {
    if (!is_chosen(input.name)) continue;
    const support::Watched watched(input.name, input.bytes);
    const auto document = yaml::parse(source_of(input, input.bytes));
    if (!document) continue;
    const std::size_t before = tally.made;
    for (const auto& edits : {insertions(*document), removals(*document)}) {
      try_wrong_layouts(input, *document, edits, tally);
    }
    documents += tally.made > before ? 1U : 0U;
  }
  fmt::print(
      "wrong layouts of {} documents: {} made, caught {} by applying, {} by parsing, {} by the "
      "proof; {} harmless\n",
      documents, tally.made, tally.applying, tally.parsing, tally.proving, tally.harmless);
  EXPECT_GE(documents, 26U);
  EXPECT_GT(tally.applying, 0U);
  EXPECT_GT(tally.parsing, 0U);
  EXPECT_GT(tally.proving, 0U);
  EXPECT_GT(tally.proving + tally.parsing, tally.harmless) << "most damage must have been damage";
}

}  // namespace
}  // namespace kaudit
