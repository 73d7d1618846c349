#include "yaml/layout.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

#include "yaml/scalar.h"
#include "yaml/surroundings.h"

namespace kaudit::yaml {
namespace {

using text::ErrorKind;
using text::Result;
using text::Span;
using text::TextEdit;

// ---- new text -------------------------------------------------------------------------------

std::string scalar_text(const Value& value, bool in_flow, std::optional<Style> quotes) {
  if (value.kind == Value::Kind::Bool) return value.text;
  if (value.kind == Value::Kind::QuotedString || quotes == Style::DoubleQuoted)
    return double_quoted(value.text);
  if (quotes == Style::SingleQuoted && single_quoting_is_safe(value.text))
    return single_quoted(value.text);
  return written_string(value.text, in_flow);
}

bool is_collection(const Value& value) {
  return value.kind == Value::Kind::Sequence || value.kind == Value::Kind::Mapping;
}

// How block collections are written here.
struct BlockStyle {
  std::size_t gap = 1;   // blanks behind a dash
  std::size_t step = 2;  // of a nested mapping
  std::size_t list_offset = 0;
  std::optional<Style> quotes;
};

using Lines = std::vector<std::string>;

Lines block_lines(const Value& value, std::size_t column, const BlockStyle& style);

void append_entry(Lines& lines, const std::string& key, const Value& value, std::size_t column,
                  const BlockStyle& style) {
  const std::string head =
      std::string(column, ' ') + scalar_text(Value::string(key), false, {}) + ":";
  if (!is_collection(value)) {
    lines.push_back(head + " " + scalar_text(value, false, style.quotes));
    return;
  }
  lines.push_back(head);
  const std::size_t inner =
      column + (value.kind == Value::Kind::Sequence ? style.list_offset : style.step);
  for (std::string& line : block_lines(value, inner, style)) lines.push_back(std::move(line));
}

Lines block_lines(const Value& value, std::size_t column, const BlockStyle& style) {
  Lines lines;
  if (value.kind == Value::Kind::Mapping) {
    for (const auto& [key, entry] : value.entries) append_entry(lines, key, entry, column, style);
    return lines;
  }
  if (value.kind == Value::Kind::Sequence) {
    for (const Value& item : value.items) {
      Lines inner = block_lines(item, column + 1 + style.gap, style);
      inner.front()[column] = '-';
      for (std::string& line : inner) lines.push_back(std::move(line));
    }
    return lines;
  }
  return {std::string(column, ' ') + scalar_text(value, false, style.quotes)};
}

// `indent` is the indentation of the line on which the collection begins.
std::string flow_text(const Value& value, const FlowStyle& style, const std::string& indent,
                      const std::string& line_end) {
  const auto quoted = [](bool quote) {
    return quote ? std::optional(Style::DoubleQuoted) : std::nullopt;
  };
  if (!is_collection(value)) return scalar_text(value, true, quoted(style.quote_values));
  std::vector<std::string> parts;
  FlowStyle nested = style;
  nested.multi_line =
      value.kind == Value::Kind::Sequence ? style.multi_line : style.nested_multi_line;
  const std::string inner = style.multi_line ? indent + style.step : indent;
  for (const Value& item : value.items) parts.push_back(flow_text(item, nested, inner, line_end));
  for (const auto& [key, entry] : value.entries) {
    parts.push_back(scalar_text(Value::string(key), true, quoted(style.quote_keys)) + style.colon +
                    flow_text(entry, nested, inner, line_end));
  }
  const bool mapping = value.kind == Value::Kind::Mapping;
  std::string out = mapping ? "{" : "[";
  out += style.multi_line ? line_end + inner : mapping ? style.pad : "";
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += style.multi_line ? "," + line_end + inner : style.comma;
    out += parts[i];
  }
  out += style.multi_line ? line_end + indent : mapping ? style.pad : "";
  return out + (mapping ? '}' : ']');
}

// ---- places ---------------------------------------------------------------------------------

// One element of a flow collection: an item, or a key with its value.
struct Element {
  std::size_t begin;
  std::size_t end;
};

class Layouter {
 public:
  explicit Layouter(const Document& document)
      : document_(document), text_(document.source().bytes()), here_(document) {}

  Result<std::vector<TextEdit>> run(const std::vector<TreeEdit>& edits) {
    collect(edits);
    for (const auto& [where, values] : items_) insert_items(where.first, where.second, values);
    for (const auto& [where, entries] : entries_)
      insert_entries(where.first, where.second, entries);
    for (const auto& [collection, indices] : removed_) remove_children(collection, indices);
    if (!error_) finish_removals();
    if (error_) return std::unexpected(*error_);
    std::stable_sort(placed_.begin(), placed_.end(),
                     [](const Placed& a, const Placed& b) { return a.depth > b.depth; });
    std::vector<TextEdit> out;
    for (Placed& placed : placed_) out.push_back(std::move(placed.edit));
    text::sort_edits(out);
    return out;
  }

 private:
  struct Placed {
    TextEdit edit;
    std::size_t depth;  // of several insertions at one place, the innermost comes first
  };

  const Node& node(NodeId id) const { return document_.node(id); }

  void refuse(std::string message, std::string hint, NodeId id) {
    if (!error_)
      error_ = text::Error{ErrorKind::Unsupported, std::move(message), std::move(hint),
                           document_.span(id)};
  }

  void put(std::size_t begin, std::size_t end, std::string replacement, NodeId at) {
    placed_.push_back({{{begin, end}, std::move(replacement)}, here_.depth(at)});
  }

  void collect(const std::vector<TreeEdit>& edits) {
    for (const TreeEdit& edit : edits) {
      if (const auto* e = std::get_if<InsertItem>(&edit))
        items_[{e->sequence, e->index}].push_back(&e->value);
      if (const auto* e = std::get_if<InsertEntry>(&edit))
        entries_[{e->mapping, std::min<std::size_t>(e->index, node(e->mapping).count)}].push_back(
            e);
      if (const auto* e = std::get_if<SetScalar>(&edit)) set_scalar(e->scalar, e->value);
      if (const auto* e = std::get_if<Fill>(&edit)) fill(e->node, e->value);
      if (const auto* e = std::get_if<Empty>(&edit)) empty(e->node);
      if (const auto* e = std::get_if<RemoveItem>(&edit)) removed_[e->sequence].insert(e->index);
      if (const auto* e = std::get_if<RemoveEntry>(&edit)) removed_[e->mapping].insert(e->index);
    }
  }

  // ---- lines ----

  void insert_lines_after(std::size_t line, const Lines& lines, NodeId at) {
    const std::string line_end = here_.line_end(line);
    const bool ended = here_.has_line_end(line);
    std::string out;
    for (const std::string& added : lines) out += ended ? added + line_end : line_end + added;
    // Without a final newline the file must end without one, too.
    const std::size_t place = ended ? document_.source().line_span(line).end : text_.size();
    put(place, place, std::move(out), at);
  }

  // Above `line` and the comment lines that touch it, which belong to it.
  void insert_lines_before(std::size_t line, const Lines& lines, NodeId at) {
    while (line > 0 && here_.is_comment_line(line - 1)) --line;
    const std::string line_end = here_.line_end(line == 0 ? 0 : line - 1);
    std::string out;
    for (const std::string& added : lines) out += added + line_end;
    const std::size_t place = document_.source().line_span(line).begin;
    put(place, place, std::move(out), at);
  }

  // A literal that the end of the file cuts off would gain a line feed by any line after it.
  bool cut_off_block_scalar(NodeId id) const {
    NodeId last = id;
    for (NodeId child = id; child < node(id).past; ++child) last = child;
    const bool block = node(last).style == Style::Literal || node(last).style == Style::Folded;
    if (!block || here_.has_line_end(here_.last_line(last))) return false;
    // One that strips its line feeds ("|-") stays as it is.
    const std::size_t header = node(last).content;
    return text_.substr(header, std::min<std::size_t>(3, text_.size() - header)).find('-') ==
           std::string_view::npos;
  }

  // ---- sequences ----

  BlockStyle block_style_like(NodeId sequence, std::size_t neighbour) {
    const NodeId model = document_.items(sequence)[neighbour];
    BlockStyle style;
    style.gap = here_.dash_gap(sequence, neighbour);
    style.step = here_.indent_step(model);
    style.quotes = here_.common_quotes(node(model).kind == Kind::Mapping ? model : sequence);
    return style;
  }

  void insert_items(NodeId sequence, std::size_t index, const std::vector<const Value*>& values) {
    const std::size_t count = node(sequence).count;
    if (count == 0)
      return refuse("an item cannot be inserted into this empty list", "add one item by hand",
                    sequence);
    index = std::min(index, count);
    if (node(sequence).style != Style::Block) return insert_flow_items(sequence, index, values);
    const std::vector<NodeId> items = document_.items(sequence);
    const std::size_t neighbour = index == 0 ? 0 : index - 1;
    const std::size_t column = document_.column(here_.dash(sequence, 0));
    Lines lines;
    for (const Value* value : values) {
      for (std::string& line : new_item_lines(sequence, neighbour, *value, column))
        lines.push_back(std::move(line));
    }
    if (index == 0)
      return insert_lines_before(here_.line_of(here_.dash(sequence, 0)), lines, sequence);
    if (cut_off_block_scalar(items[index - 1])) {
      return refuse(
          "the file ends inside a block scalar, and a line after it would change its value",
          "add a newline at the end of the file first", items[index - 1]);
    }
    insert_lines_after(here_.last_line(items[index - 1]), lines, sequence);
  }

  Lines new_item_lines(NodeId sequence, std::size_t neighbour, const Value& value,
                       std::size_t column) {
    const NodeId model = document_.items(sequence)[neighbour];
    const BlockStyle style = block_style_like(sequence, neighbour);
    const bool flow_model = node(model).kind == Kind::Mapping && node(model).style == Style::Flow;
    if (flow_model && is_collection(value)) {
      FlowStyle flow = here_.flow_style(model);
      flow.multi_line = flow.nested_multi_line = false;
      return {std::string(column, ' ') + "-" + std::string(style.gap, ' ') +
              flow_text(value, flow, "", "")};
    }
    return block_lines(Value::sequence({value}), column, style);
  }

  std::vector<Element> elements(NodeId collection) const {
    std::vector<Element> out;
    if (node(collection).kind == Kind::Sequence) {
      for (NodeId item : document_.items(collection))
        out.push_back({node(item).begin, node(item).end});
    } else {
      for (const Entry& entry : document_.entries(collection)) {
        out.push_back({node(entry.key).begin, node(entry.value).end});
      }
    }
    return out;
  }

  void insert_flow_items(NodeId sequence, std::size_t index,
                         const std::vector<const Value*>& values) {
    const std::vector<NodeId> items = document_.items(sequence);
    const NodeId model = items[index == 0 ? 0 : index - 1];
    FlowStyle style = node(model).kind == Kind::Mapping ? here_.flow_style(model)
                                                        : here_.flow_style_for_new(sequence);
    if (node(model).kind == Kind::Scalar) {
      style.quote_values = document_.is_json() || node(items.back()).style == Style::DoubleQuoted;
    }
    const std::string indent(here_.indentation(node(model).begin));
    std::vector<std::string> texts;
    for (const Value* value : values) {
      texts.push_back(
          flow_text(*value, style, indent, here_.line_end(here_.line_of(node(model).begin))));
    }
    insert_flow(sequence, index, texts);
  }

  // New elements before element `index` of a flow collection that is not empty.
  void insert_flow(NodeId collection, std::size_t index, const std::vector<std::string>& texts) {
    const std::vector<Element> all = elements(collection);
    const std::string separator = here_.item_separator(collection);
    if (index == 0) return insert_flow_first(collection, all[0], texts, separator);
    const Element& previous = all[index - 1];
    const std::size_t behind = here_.skip_trivia(previous.end);
    const bool comma = text_[behind] == ',';
    const std::size_t line = here_.line_of(comma ? behind : previous.end);
    const std::size_t next = index < all.size() ? all[index].begin : node(collection).end - 1;
    const bool alone = here_.begins_line(previous.begin) && here_.line_of(next) > line &&
                       (!comma || here_.line_of(behind) == here_.line_of(previous.end));
    const std::string indent(here_.indentation(previous.begin));
    if (alone && comma) {
      Lines lines;
      for (const std::string& added : texts) lines.push_back(indent + added + ",");
      return insert_lines_after(line, lines, collection);
    }
    if (alone) {
      put(previous.end, previous.end, ",", collection);
      Lines lines;
      for (const std::string& added : texts) lines.push_back(indent + added + ",");
      lines.back().pop_back();
      return insert_lines_after(line, lines, collection);
    }
    const bool last_on_own_line =
        here_.begins_line(previous.begin) && index == all.size() && all.size() > 1;
    std::string out;
    for (const std::string& added : texts) {
      out += (last_on_own_line ? "," + here_.line_end(line) + indent : separator) + added;
    }
    put(previous.end, previous.end, std::move(out), collection);
  }

  void insert_flow_first(NodeId collection, const Element& first,
                         const std::vector<std::string>& texts, const std::string& separator) {
    if (here_.begins_line(first.begin)) {
      const std::string indent(here_.indentation(first.begin));
      Lines lines;
      for (const std::string& added : texts) lines.push_back(indent + added + ",");
      return insert_lines_before(here_.line_of(first.begin), lines, collection);
    }
    std::string out;
    for (const std::string& added : texts) out += added + separator;
    put(first.begin, first.begin, std::move(out), collection);
  }

  // ---- mappings ----

  void insert_entries(NodeId mapping, std::size_t index,
                      const std::vector<const InsertEntry*>& entries) {
    if (node(mapping).count == 0)
      return refuse("an entry cannot be added to this empty mapping", "add one entry by hand",
                    mapping);
    if (node(mapping).style != Style::Block) return insert_flow_entries(mapping, index, entries);
    const std::vector<Entry> all = document_.entries(mapping);
    BlockStyle style;
    style.step = here_.indent_step(mapping);
    style.list_offset = here_.list_offset(mapping);
    const std::size_t column = document_.column(node(mapping).content);
    const std::optional<Style> quotes = here_.common_quotes(mapping);
    Lines lines;
    for (const InsertEntry* entry : entries) {
      // Scalars look like their neighbours; a collection has neighbours of its own.
      style.quotes = is_collection(entry->value) ? std::nullopt : quotes;
      append_entry(lines, entry->key, entry->value, column, style);
    }
    if (index == 0)
      return insert_lines_before(here_.line_of(here_.entry_begin(mapping, 0)), lines, mapping);
    const NodeId previous = all[index - 1].value;
    if (cut_off_block_scalar(previous)) {
      return refuse(
          "the file ends inside a block scalar, and a line after it would change its value",
          "add a newline at the end of the file first", previous);
    }
    insert_lines_after(here_.last_line(previous), lines, mapping);
  }

  void insert_flow_entries(NodeId mapping, std::size_t index,
                           const std::vector<const InsertEntry*>& entries) {
    const FlowStyle style = here_.flow_style(mapping);
    const Entry near = document_.entries(mapping)[index == 0 ? 0 : index - 1];
    const std::string indent(here_.indentation(node(near.key).begin));
    const std::string line_end = here_.line_end(here_.line_of(node(near.value).end));
    std::vector<std::string> texts;
    for (const InsertEntry* entry : entries) {
      FlowStyle inner = style;
      inner.quote_values = style.quote_values || document_.is_json();
      const std::string key =
          scalar_text(Value::string(entry->key), true,
                      style.quote_keys ? std::optional(Style::DoubleQuoted) : std::nullopt);
      inner.nested_multi_line = inner.multi_line;
      texts.push_back(key + style.colon + flow_text(entry->value, inner, indent, line_end));
    }
    insert_flow(mapping, index, texts);
  }

  // ---- values ----

  void set_scalar(NodeId id, const Value& value) {
    const Node& n = node(id);
    if (n.kind != Kind::Scalar)
      return refuse("this value is an alias, and changing it would change its other uses",
                    "write the value out", id);
    const bool in_flow = here_.in_flow(id);
    const bool quoted = n.style == Style::SingleQuoted || n.style == Style::DoubleQuoted;
    const std::string replacement =
        scalar_text(value, in_flow, quoted ? std::optional(n.style) : std::nullopt);
    if (n.style == Style::Empty) return put(n.content, n.content, " " + replacement, id);
    const std::size_t end = in_flow ? n.end : behind_blanks_before_comment(n.end);
    std::string padding;
    if (end != n.end) {
      // The comment stays in its column where the length allows.
      const std::size_t line =
          here_.line_of(n.end) == here_.line_of(n.content)
              ? n.content
              : document_.source().line_start(n.end) + document_.column(n.content);
      const std::size_t room =
          text::count_characters(text_.substr(line, std::max(end, line) - line));
      const std::size_t used = text::count_characters(replacement);
      padding.assign(room > used + 1 ? room - used : 1, ' ');
    }
    put(n.content, end, replacement + padding, id);
  }

  std::size_t behind_blanks_before_comment(std::size_t at) const {
    const std::size_t stop = text_.find_first_not_of(' ', at);
    return stop != std::string_view::npos && text_[stop] == '#' ? stop : at;
  }

  // The key of a mapping's value.
  NodeId key_of(NodeId value) const {
    for (const Entry& entry : document_.entries(node(value).parent)) {
      if (entry.value == value) return entry.key;
    }
    return kNoNode;
  }

  void fill(NodeId id, const Value& value) {
    const Node& n = node(id);
    if (n.has_properties)
      return refuse("this empty value has an anchor or a tag", "remove it, or write the list out",
                    id);
    if (!is_collection(value)) return set_scalar(id, value);
    if (here_.in_flow(id)) {
      const FlowStyle style = here_.flow_style_for_new(n.parent);
      const std::string line_end = here_.line_end(here_.line_of(n.begin));
      const std::string out =
          flow_text(value, style, std::string(here_.indentation(n.begin)), line_end);
      return put(n.content, n.end, n.style == Style::Empty ? " " + out : out, id);
    }
    const NodeId mapping = n.parent;
    const bool empty = n.style == Style::Empty;
    const std::size_t colon = empty ? n.begin - 1 : here_.skip_trivia(node(key_of(id)).end);
    if (text_[colon] != ':') {
      return refuse("this key has no colon", "write it as 'key:'", key_of(id));
    }
    const std::string_view between = text_.substr(colon + 1, n.end - colon - 1);
    if (between.find('#') != std::string_view::npos) {
      return refuse("a comment stands inside this empty value", "move the comment above it", id);
    }
    const std::size_t line = here_.line_of(n.end);
    put(colon + 1, n.end, "", id);
    BlockStyle style;
    style.step = here_.indent_step(mapping);
    style.list_offset = here_.list_offset(mapping);
    const std::size_t column =
        document_.column(node(mapping).content) +
        (value.kind == Value::Kind::Sequence ? style.list_offset : style.step);
    insert_lines_after(line, block_lines(value, column, style), id);
  }

  // The reverse of fill(), for a block collection below its key.
  void empty(NodeId id) {
    const Node& n = node(id);
    const std::string brackets = n.kind == Kind::Mapping ? "{}" : "[]";
    if (n.style != Style::Block) return put(n.content, n.end, brackets, id);
    const std::size_t colon = here_.skip_trivia(node(key_of(id)).end);
    const bool below = text_[colon] == ':' && here_.line_of(n.content) > here_.line_of(colon);
    if (n.has_properties || !below || !here_.begins_line(n.content))
      return refuse("this value cannot be emptied", "write {} or [] by hand", id);
    put(colon + 1, colon + 1, " " + brackets, id);
    remove_block_lines(id, 0, n.count - 1);
  }

  // ---- removals ----

  void remove_children(NodeId collection, const std::set<std::size_t>& indices) {
    if (indices.size() >= node(collection).count) {
      return refuse("nothing of this collection would be left", "remove it by hand", collection);
    }
    for (auto at = indices.begin(); at != indices.end();) {
      const std::size_t first = *at;
      std::size_t last = first;
      for (++at; at != indices.end() && *at == last + 1; ++at) ++last;
      if (node(collection).style == Style::Block)
        remove_block_run(collection, first, last);
      else
        remove_flow_run(collection, first, last);
    }
  }

  void remove_lines(std::size_t first, std::size_t last) {
    removals_.push_back(
        {document_.source().line_span(first).begin, document_.source().line_span(last).end});
  }

  // Item by item, because comment lines between them stay.
  void remove_block_lines(NodeId collection, std::size_t first, std::size_t last) {
    const bool sequence = node(collection).kind == Kind::Sequence;
    for (std::size_t i = first; i <= last; ++i) {
      const std::size_t begin =
          sequence ? here_.dash(collection, i) : here_.entry_begin(collection, i);
      const NodeId end =
          sequence ? document_.items(collection)[i] : document_.entries(collection)[i].value;
      remove_lines(here_.line_of(begin), here_.last_line(end));
    }
  }

  void remove_block_run(NodeId collection, std::size_t first, std::size_t last) {
    const bool sequence = node(collection).kind == Kind::Sequence;
    const auto begin = [&](std::size_t i) {
      return sequence ? here_.dash(collection, i) : here_.entry_begin(collection, i);
    };
    const NodeId last_node =
        sequence ? document_.items(collection)[last] : document_.entries(collection)[last].value;
    if (here_.begins_line(begin(first))) return remove_block_lines(collection, first, last);
    if (last + 1 >= node(collection).count)
      return refuse("this entry shares its line with another one", "remove it by hand", collection);
    // The next one moves up to the shared line; comment lines between them stay.
    std::size_t stop = begin(last + 1);
    const std::size_t next_line = here_.last_line(last_node) + 1;
    if (next_line < here_.line_of(stop)) {
      const text::Span line = document_.source().line_span(next_line);
      const std::size_t content = text_.find_first_not_of(" \t", line.begin);
      if (here_.is_comment_line(next_line)) stop = content;
    }
    removals_.push_back({begin(first), stop});
  }

  void remove_element_lines(const std::vector<Element>& all, std::size_t first, std::size_t last) {
    for (std::size_t i = first; i <= last; ++i) {
      const std::size_t behind = here_.skip_trivia(all[i].end);
      const std::size_t end_line = here_.line_of(text_[behind] == ',' ? behind : all[i].end);
      remove_lines(here_.line_of(all[i].begin), end_line);
    }
  }

  void remove_flow_run(NodeId collection, std::size_t first, std::size_t last) {
    const std::vector<Element> all = elements(collection);
    const std::size_t behind = here_.skip_trivia(all[last].end);
    const bool comma = text_[behind] == ',';
    const std::size_t end_line = here_.line_of(comma ? behind : all[last].end);
    const std::size_t next = last + 1 < all.size() ? all[last + 1].begin : node(collection).end - 1;
    const bool own_lines = here_.begins_line(all[first].begin) && here_.line_of(next) > end_line;
    if (own_lines) {
      remove_element_lines(all, first, last);
      if (!comma && first > 0) {
        const std::size_t previous_comma = here_.skip_trivia(all[first - 1].end);
        removals_.push_back({previous_comma, previous_comma + 1});
      }
      return;
    }
    if (first > 0)
      removals_.push_back({all[first - 1].end, all[last].end});
    else
      removals_.push_back({all[first].begin, all[last + 1].begin});
  }

  // Touching removals are one; a removed end of a file without a final newline takes the line end
  // before it along.
  void finish_removals() {
    std::sort(removals_.begin(), removals_.end(), [](Span a, Span b) { return a.begin < b.begin; });
    std::vector<Span> merged;
    for (const Span& span : removals_) {
      if (!merged.empty() && span.begin <= merged.back().end)
        merged.back().end = std::max(merged.back().end, span.end);
      else
        merged.push_back(span);
    }
    if (!merged.empty() && merged.back().end == text_.size() && text_.back() != '\n') {
      Span& last = merged.back();
      if (last.begin > 0 && text_[last.begin - 1] == '\n') --last.begin;
      if (last.begin > 0 && text_[last.begin - 1] == '\r') --last.begin;
    }
    for (const Span& span : merged) placed_.push_back({{span, ""}, 0});
  }

  const Document& document_;
  std::string_view text_;
  Surroundings here_;
  std::map<std::pair<NodeId, std::size_t>, std::vector<const Value*>> items_;
  std::map<std::pair<NodeId, std::size_t>, std::vector<const InsertEntry*>> entries_;
  std::map<NodeId, std::set<std::size_t>> removed_;
  std::vector<Span> removals_;
  std::vector<Placed> placed_;
  std::optional<text::Error> error_;
};

}  // namespace

Result<std::vector<TextEdit>> layout(const Document& document, const std::vector<TreeEdit>& edits) {
  return Layouter(document).run(edits);
}

bool can_insert_before_first(const Document& document, NodeId collection) {
  const Node& n = document.node(collection);
  return n.style == Style::Flow || Surroundings(document).begins_line(n.content);
}

}  // namespace kaudit::yaml
