// The account of every byte.
//
// yaml-cpp's events say what it read. This walk goes through the text along the nodes and demands
// a reason for each byte, by the stricter rules of libyaml 0.2.5 (scanner.c, parser.c), the family
// of the kubelet's go-yaml. On the way it learns what yaml-cpp does not tell: where nodes end, how
// scalars are written, and whether a null is a word or nothing at all. What cannot be explained is
// refused: commas after the end, text swallowed as a directive, a key cut off before its colon, a
// second document without a mark, an end that was lexed wrongly.

#include <fmt/core.h>

#include <algorithm>

#include "yaml/document_builder.h"
#include "yaml/lexer.h"

namespace kaudit::yaml {

using text::ErrorKind;
using text::fail;
using text::Result;
using text::Span;

// Steps return false when error_ is set; a Result in every step would hide the grammar.
class Accountant {
 public:
  explicit Accountant(Document& document)
      : document_(document), text_(document.source().bytes()), at_(document.text_begin()) {}

  Result<void> run() {
    for (std::size_t i = 0; i < document_.roots_.size(); ++i) {
      if (!document(document_.roots_[i], i == 0)) return std::unexpected(*error_);
    }
    skip_trivia();
    if (at_ < text_.size() && !unexplained()) return std::unexpected(*error_);
    return {};
  }

 private:
  // ---- places -----------------------------------------------------------------------------

  bool refuse(std::string message, std::string hint, std::size_t begin, std::size_t size = 1) {
    const std::size_t from = std::min(begin, text_.size());
    error_ = text::Error{ErrorKind::NotYaml, std::move(message), std::move(hint),
                         Span{from, std::min(from + size, text_.size())}};
    return false;
  }

  // The text at at_ has no reason to be there; says the likeliest cause.
  bool unexplained() {
    if (at_ >= text_.size()) {
      return refuse("the text ends too early", "it may have been cut off", text_.size());
    }
    if (text_[at_] == '\t') {
      return refuse("a tab stands where the kubelet's YAML parser allows only spaces",
                    "replace it by spaces", at_);
    }
    if (text_[at_] == '%' && at_line_start(at_)) {
      return refuse("a line that begins with '%' is a directive and must stand before '---'",
                    "quote or remove it", at_);
    }
    return refuse("text that the kubelet's YAML parser rejects or reads differently",
                  "check indentation, quotes, commas and colons around it", at_);
  }

  bool at_line_start(std::size_t at) const {
    return at == document_.text_begin() || text_[at - 1] == '\n';
  }
  int column(std::size_t at) const { return static_cast<int>(document_.column(at)); }
  bool at_char(char c) const { return at_ < text_.size() && text_[at_] == c; }
  bool at_indicator(char c) const { return at_char(c) && is_blank_or_end(text_, at_ + 1); }

  // yaml_parser_scan_to_next_token: a tab separates only where no simple key may begin.
  void skip_trivia() {
    for (;;) {
      while (at_char(' ') || (at_char('\t') && (flow_ > 0 || !key_allowed_))) ++at_;
      if (at_char('#')) {
        while (at_ < text_.size() && !is_break(text_, at_)) ++at_;
      }
      const std::size_t size = break_size(text_, at_);
      if (size == 0) return;
      at_ += size;
      if (flow_ == 0) key_allowed_ = true;
    }
  }

  // ---- documents --------------------------------------------------------------------------

  bool directives() {
    std::optional<std::size_t> last;
    for (skip_trivia(); at_char('%') && at_line_start(at_); skip_trivia()) {
      const std::size_t begin = at_;
      while (at_ < text_.size() && !is_break(text_, at_)) ++at_;
      std::string_view line = text_.substr(begin, at_ - begin);
      line = line.substr(0, line.find(" #"));
      line = line.substr(0, line.find_last_not_of(" \t") + 1);
      // go-yaml v2 (parserc.go, yaml_parser_process_directives) knows version 1.1 only.
      if (line != "%YAML 1.1") {
        return refuse("a directive that the kubelet's YAML parser may not accept",
                      "remove it, or write %YAML 1.1", begin, line.size());
      }
      last = begin;
    }
    if (last && !is_document_mark(text_, at_, "---")) {
      return refuse("a directive without '---' behind it", "add a line '---' before the document",
                    *last);
    }
    return true;
  }

  bool document(NodeId root, bool first) {
    key_allowed_ = true;
    if (!directives()) return false;
    if (at_line_start(at_) && is_document_mark(text_, at_, "---")) {
      at_ += 3;
      key_allowed_ = false;
    } else if (!first) {
      return refuse("the text goes on after the end of the document",
                    "begin a further document with a line '---', or mend the indentation", at_);
    }
    const bool marked = key_allowed_ == false;
    if (!node(root, -1)) return false;
    if (!marked && get(root).style == Style::Empty && !get(root).has_properties) {
      return refuse("a document mark without a document", "remove it", at_);
    }
    skip_trivia();
    bool ended = false;
    while (at_line_start(at_) && is_document_mark(text_, at_, "...")) {
      at_ += 3;
      key_allowed_ = false;
      ended = true;
      skip_trivia();
      if (at_ < text_.size() && !at_line_start(at_)) return unexplained();
    }
    const bool next = is_document_mark(text_, at_, "---") || (ended && at_char('%'));
    if (at_ == text_.size() || (at_line_start(at_) && next)) return true;
    if (text_[at_] == '\t' || text_[at_] == '%') return unexplained();
    return refuse("the text goes on after the end of the document",
                  "begin a further document with a line '---', or mend the indentation", at_);
  }

  // ---- nodes ------------------------------------------------------------------------------

  Node& get(NodeId id) { return document_.nodes_[id]; }

  // Expects the node at or behind at_, and leaves at_ behind it. An Empty node leaves at_ alone:
  // the trivia around nothing belongs to whatever comes next.
  bool node(NodeId id, int indent) {
    Node& n = get(id);
    const std::size_t before = at_;
    const bool allowed_before = key_allowed_;
    skip_trivia();
    if (n.kind == Kind::Scalar && n.style == Style::Empty && !null_word_at(id)) {
      return empty_node(n, before, allowed_before);
    }
    if (at_ != n.begin) return unexplained();
    if (flow_ == 0 && !indented_enough(n, indent)) return unexplained();
    if (!properties(id)) return false;
    n.content = static_cast<std::uint32_t>(at_);
    bool done = false;
    switch (n.kind) {
      case Kind::Alias:
        done = alias(n);
        break;
      case Kind::Scalar:
        done = scalar(id, indent);
        break;
      case Kind::Sequence:
        done = at_char('[') ? flow_sequence(id, indent) : block_sequence(id);
        break;
      case Kind::Mapping:
        done = mapping(id, indent);
        break;
    }
    // A scalar tagged but empty gave its end already.
    if (done) get(id).end = static_cast<std::uint32_t>(at_);
    return done;
  }

  bool empty_node(Node& n, std::size_t before, bool allowed_before) {
    at_ = before;
    key_allowed_ = allowed_before;
    n.begin = n.content = n.end = static_cast<std::uint32_t>(at_);
    return true;
  }

  // yaml-cpp marks an empty null at the next token. It is a word only if one stands at the mark
  // and the mark is not that of the node that follows.
  bool null_word_at(NodeId id) {
    const Node& n = get(id);
    if (n.begin != at_ || next_begins_at(id, n.begin)) return false;
    return at_char('&') || at_char('!') || at_null_word();
  }

  bool at_null_word() const {
    static constexpr std::string_view kWords[] = {"~", "null", "Null", "NULL"};
    const std::string_view rest = text_.substr(std::min(at_, text_.size()));
    return std::any_of(std::begin(kWords), std::end(kWords), [&](std::string_view w) {
      const std::size_t end = w.size();
      return rest.starts_with(w) &&
             (is_blank_or_end(text_, at_ + end) || rest[end] == ':' ||
              (flow_ > 0 && (rest[end] == ',' || rest[end] == ']' || rest[end] == '}')));
    });
  }

  bool next_begins_at(NodeId id, std::uint32_t begin) const {
    const NodeId next = document_.nodes_[id].past;
    if (next >= document_.nodes_.size()) return false;
    const bool same_document =
        std::find(document_.roots_.begin(), document_.roots_.end(), next) == document_.roots_.end();
    return same_document && document_.nodes_[next].begin == begin;
  }

  // yaml_parser_unroll_indent, and the indentless sequence as a mapping's value.
  bool indented_enough(const Node& n, int indent) const {
    const int here = column(n.begin);
    const bool indentless = n.kind == Kind::Sequence && text_[n.begin] == '-' &&
                            n.parent != kNoNode && document_.nodes_[n.parent].kind == Kind::Mapping;
    return here > indent || (indentless && here == indent);
  }

  // A block mapping and its first key begin at the same byte; the properties there are the key's.
  bool properties_belong_to_first_key(NodeId id) const {
    const Node& n = document_.nodes_[id];
    return n.kind == Kind::Mapping && n.past > id + 1 && document_.nodes_[id + 1].begin == n.begin;
  }

  // Leaves at_ at the content behind them; behind_properties_ is where an empty node ends.
  bool properties(NodeId id) {
    if (get(id).kind == Kind::Alias || properties_belong_to_first_key(id)) return true;
    Properties found;
    while (at_char('&') || at_char('!')) {
      std::string_view& slot = at_char('&') ? found.anchor : found.tag;
      if (!slot.empty()) return unexplained();
      if (at_char('&') ? !anchor_name(slot) : !tag(slot)) return false;
      get(id).has_properties = true;
      behind_properties_ = at_;
      key_allowed_ = false;
      skip_trivia();
    }
    if (get(id).has_properties) document_.properties_[id] = found;
    return true;
  }

  bool anchor_name(std::string_view& name) {
    const std::size_t begin = ++at_;
    const auto is_word = [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
             c == '_' || c == '-';
    };
    while (at_ < text_.size() && is_word(text_[at_])) ++at_;
    name = text_.substr(begin, at_ - begin);
    const bool ends = is_blank_or_end(text_, at_) ||
                      (flow_ > 0 && (at_char(',') || at_char(']') || at_char('}')));
    if (!name.empty() && ends) return true;
    return refuse("an anchor or alias whose name the kubelet's YAML parser does not accept",
                  "use letters, digits, '_' and '-'", begin - 1, at_ - begin + 2);
  }

  // yaml_parser_scan_tag: the characters of a URI, and white space behind them.
  bool tag(std::string_view& name) {
    const std::size_t begin = at_;
    const auto is_uri = [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
             std::string_view("-_;/?:@&=+$.!~*'()%<>").find(c) != std::string_view::npos;
    };
    while (at_ < text_.size() && is_uri(text_[at_])) ++at_;
    name = text_.substr(begin, at_ - begin);
    if (!is_blank_or_end(text_, at_)) {
      return refuse("a tag that the kubelet's YAML parser does not accept", "remove the tag", begin,
                    at_ - begin + 1);
    }
    const std::size_t handle_end = name.find('!', 1);
    const bool named_handle =
        handle_end != std::string_view::npos && handle_end > 1 && name[1] != '<';
    if (named_handle) {
      return refuse(fmt::format("the tag '{}' uses a handle that nobody defined", name),
                    "remove the tag", begin, name.size());
    }
    return true;
  }

  bool alias(Node& n) {
    ++at_;
    const auto begin = static_cast<std::uint32_t>(at_);
    --at_;
    std::string_view name;
    if (!anchor_name(name)) return false;
    n.value_begin = begin;
    n.value_size = static_cast<std::uint32_t>(name.size());
    if (n.count == kNoNode) return refuse("an alias without an anchor", "define it first", n.begin);
    key_allowed_ = false;
    return true;
  }

  // ---- scalars ----------------------------------------------------------------------------

  bool scalar(NodeId id, int indent) {
    Node& n = get(id);
    const bool was_null = n.style == Style::Empty;
    if (n.has_properties && !scalar_follows(n)) {
      n.style = Style::Empty;
      at_ = behind_properties_;
      n.content = static_cast<std::uint32_t>(at_);
      key_allowed_ = false;
      return true;
    }
    const ScalarContext context{indent, flow_ > 0, document_.text_begin()};
    const char first = text_[at_];
    const bool block = (first == '|' || first == '>') && flow_ == 0;
    n.style = first == '\''  ? Style::SingleQuoted
              : first == '"' ? Style::DoubleQuoted
              : !block       ? Style::Plain
              : first == '|' ? Style::Literal
                             : Style::Folded;
    Result<Lexed> lexed = n.style == Style::SingleQuoted   ? lex_single_quoted(text_, at_)
                          : n.style == Style::DoubleQuoted ? lex_double_quoted(text_, at_)
                          : block                          ? lex_block_scalar(text_, at_, context)
                                                           : lex_plain(text_, at_, context);
    if (!lexed) {
      error_ = lexed.error();
      return false;
    }
    if (was_null) {
      n.value_begin = static_cast<std::uint32_t>(at_);
      n.value_size = static_cast<std::uint32_t>(lexed->end - at_);
    }
    if (n.style == Style::Plain && !plain_may_begin_with(first)) return unexplained();
    const bool folded_keep = n.style == Style::Folded && lexed->kept_breaks > 0;
    const std::string_view value = document_.value(id);
    const std::size_t trailing = value.size() - (value.find_last_not_of('\n') + 1);
    if ((lexed->value && *lexed->value != value) ||
        (folded_keep && trailing != lexed->kept_breaks)) {
      return refuse("a value that readers of YAML understand differently",
                    "put it in double quotes", at_, lexed->end - at_);
    }
    at_ = lexed->end;
    key_allowed_ = block;
    return true;
  }

  // Behind properties: is there a scalar, or nothing?
  bool scalar_follows(const Node& n) const {
    if (at_ >= text_.size()) return false;
    if (n.style == Style::Empty) return at_null_word();
    return n.value_size != 0 || at_char('"') || at_char('\'') || at_char('|') || at_char('>');
  }

  // yaml_parser_fetch_next_token: what a plain scalar may begin with.
  bool plain_may_begin_with(char first) const {
    if (first == '-') return !is_blank_or_end(text_, at_ + 1);
    if (first == '?' || first == ':') return flow_ == 0 && !is_blank_or_end(text_, at_ + 1);
    return std::string_view(",[]{}#&*!|>'\"%@`\t").find(first) == std::string_view::npos;
  }

  // ---- collections ------------------------------------------------------------------------

  bool block_sequence(NodeId id) {
    get(id).style = Style::Block;
    const int dash_column = column(at_);
    bool first = true;
    for (NodeId item = id + 1; item < get(id).past; item = get(item).past) {
      if (!first) skip_trivia();
      first = false;
      if (!at_indicator('-') || column(at_) != dash_column || !key_allowed_) return unexplained();
      ++at_;
      key_allowed_ = true;
      if (!node(item, dash_column)) return false;
    }
    return !first || unexplained();
  }

  bool mapping(NodeId id, int indent) {
    if (at_char('{')) return flow_mapping(id, indent);
    if (flow_ > 0) return compact_pair(id, indent);
    get(id).style = Style::Block;
    const int key_column = column(at_);
    bool first = true;
    for (NodeId key = id + 1; key < get(id).past; key = get(get(key).past).past) {
      if (!first) skip_trivia();
      first = false;
      if (column(at_) != key_column || !key_allowed_) return unexplained();
      if (!block_entry(key, key_column)) return false;
    }
    return !first || unexplained();
  }

  bool block_entry(NodeId key, int key_column) {
    const NodeId value = get(key).past;
    if (at_indicator('?')) {
      ++at_;
      key_allowed_ = true;
      if (!node(key, key_column)) return false;
      const std::size_t behind = at_;
      const bool allowed = key_allowed_;
      skip_trivia();
      if (!at_indicator(':') || column(at_) != key_column) {
        at_ = behind;
        key_allowed_ = allowed;
        return missing_value(value);
      }
      ++at_;
      key_allowed_ = true;
      return node(value, key_column);
    }
    const std::size_t begin = at_;
    if (!node(key, key_column - 1) || !colon_behind_key(key, begin)) return false;
    ++at_;
    key_allowed_ = false;
    return node(value, key_column);
  }

  // A simple key stands on one line, within 1024 characters, and has its colon there
  // (scanner.c, yaml_parser_stale_simple_keys).
  bool colon_behind_key(NodeId key, std::size_t begin) {
    while (at_char(' ') || at_char('\t')) ++at_;
    const bool colon = flow_ > 0 ? at_char(':') : at_indicator(':');
    const std::string_view text = text_.substr(begin, at_ - begin);
    if (get(key).style == Style::Empty && !get(key).has_properties) return unexplained();
    if (!colon) {
      return refuse("a key without a colon", "add ': ' and a value; the file may have been cut off",
                    begin, text.size());
    }
    if (text.size() > 1024 || text.find('\n') != std::string_view::npos) {
      return refuse("a key of more than one line or 1024 characters", "shorten it", begin, 1);
    }
    return true;
  }

  // An entry without ':' has no value, and yaml-cpp must have read none.
  bool missing_value(NodeId value) {
    Node& n = get(value);
    if (n.kind != Kind::Scalar || n.style != Style::Empty) return unexplained();
    return empty_node(n, at_, key_allowed_);
  }

  void open_flow() {
    ++at_;
    ++flow_;
    key_allowed_ = true;
  }

  bool close_flow(char bracket) {
    skip_trivia();
    if (!at_char(bracket)) return unexplained();
    ++at_;
    --flow_;
    key_allowed_ = false;
    return true;
  }

  // True at a comma, which is consumed; false before the closing bracket.
  bool comma() {
    skip_trivia();
    if (!at_char(',')) return false;
    ++at_;
    key_allowed_ = true;
    return true;
  }

  bool flow_sequence(NodeId id, int indent) {
    get(id).style = Style::Flow;
    open_flow();
    bool more = true;
    for (NodeId item = id + 1; item < get(id).past; item = get(item).past) {
      if (!more || !node(item, indent)) return more ? false : unexplained();
      if (get(item).style == Style::Empty && !get(item).has_properties) {
        skip_trivia();
        return refuse("an empty item in a list", "remove the extra comma", at_);
      }
      more = comma();
    }
    return close_flow(']');
  }

  bool flow_mapping(NodeId id, int indent) {
    get(id).style = Style::Flow;
    open_flow();
    bool more = true;
    for (NodeId key = id + 1; key < get(id).past; key = get(get(key).past).past) {
      skip_trivia();
      if (!more || !flow_entry(key, indent)) return more ? false : unexplained();
      more = comma();
    }
    return close_flow('}');
  }

  bool flow_entry(NodeId key, int indent) {
    const NodeId value = get(key).past;
    const bool is_explicit = at_indicator('?');
    if (is_explicit) ++at_;
    const std::size_t begin = at_;
    if (!node(key, indent)) return false;
    if (!is_explicit && get(key).style == Style::Empty && !get(key).has_properties)
      return unexplained();
    const std::size_t behind = at_;
    skip_trivia();
    if (!at_char(':')) {
      at_ = behind;
      return missing_value(value);
    }
    at_ = behind;
    if (is_explicit)
      skip_trivia();
    else if (!colon_behind_key(key, begin))
      return false;
    ++at_;
    key_allowed_ = false;
    return node(value, indent);
  }

  bool compact_pair(NodeId id, int indent) {
    get(id).style = Style::Compact;
    return get(id).count == 1 ? flow_entry(id + 1, indent) : unexplained();
  }

  Document& document_;
  std::string_view text_;
  std::size_t at_;
  int flow_ = 0;
  bool key_allowed_ = true;  // libyaml's simple_key_allowed
  std::size_t behind_properties_ = 0;
  std::optional<text::Error> error_;
};

Result<void> DocumentBuilder::account() {
  return Accountant(document_).run();
}

// go-yaml counts every node that it decodes, and those among them that it reaches through an
// alias, and gives up when nearly all are (decode.go, d.aliasCount, allowedAliasRatio).
Result<void> DocumentBuilder::check_aliases() const {
  const std::vector<Node>& nodes = document_.nodes_;
  std::vector<double> sizes;  // expanded, by node; only filled when there is an alias at all
  std::optional<NodeId> first;
  for (NodeId id = 0; id < nodes.size() && !first; ++id) {
    if (nodes[id].kind == Kind::Alias) first = id;
  }
  if (!first) return {};
  sizes.assign(nodes.size(), 0.0);
  double through_aliases = 0;
  for (NodeId id = static_cast<NodeId>(nodes.size()); id-- > 0;) {
    const Node& n = nodes[id];
    if (n.kind != Kind::Alias) continue;
    if (n.count < id && nodes[n.count].past > id) {
      return fail(ErrorKind::NotYaml,
                  fmt::format("the alias '*{}' stands inside its own anchor", document_.value(id)),
                  "Kubernetes' parser rejects it; write the value out", document_.span(id));
    }
  }
  // Targets stand before their aliases, so one pass from the front knows every target's size,
  // provided that a target's descendants are summed when the target ends.
  std::vector<NodeId> open;
  double total = 0;
  const auto finish_before = [&](NodeId id) {
    while (!open.empty() && nodes[open.back()].past <= id) {
      const NodeId done = open.back();
      open.pop_back();
      if (!open.empty())
        sizes[open.back()] += sizes[done];
      else
        total += sizes[done];
    }
  };
  for (NodeId id = 0; id < nodes.size(); ++id) {
    finish_before(id);
    sizes[id] = 1;
    if (nodes[id].kind == Kind::Alias) {
      sizes[id] += sizes[nodes[id].count];
      through_aliases += sizes[nodes[id].count];
    }
    open.push_back(id);
  }
  finish_before(static_cast<NodeId>(nodes.size()));
  constexpr double kLow = 400'000;
  constexpr double kHigh = 4'000'000;
  const double ratio = total <= kLow    ? 0.99
                       : total >= kHigh ? 0.10
                                        : 0.99 - 0.89 * (total - kLow) / (kHigh - kLow);
  if (through_aliases > 100 && total > 1000 && through_aliases / total > ratio) {
    return fail(ErrorKind::NotYaml,
                "the aliases of this document expand to excessively many values",
                "Kubernetes' parser rejects it; write the values out", document_.span(*first));
  }
  return {};
}

}  // namespace kaudit::yaml
