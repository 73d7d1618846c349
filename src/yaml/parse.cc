// The only file that includes yaml-cpp; its exceptions end here.

#include "yaml/parse.h"

#include <fmt/core.h>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <istream>
#include <nlohmann/json.hpp>
#include <optional>
#include <streambuf>

#include "yaml/document_builder.h"
#include "yaml/gate.h"

namespace kaudit::yaml {

using text::ErrorKind;
using text::fail;
using text::Result;
using text::Span;

namespace {

// A view as a stream, without the copy that std::istringstream makes.
class ViewBuffer : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view view) {
    char* begin = const_cast<char*>(view.data());  // streambuf's interface; never written to
    setg(begin, begin, begin + view.size());
  }
};

// JSON writes a character beyond U+FFFF as two escapes, a surrogate pair, which YAML does not have.
// A text of the same length for yaml-cpp, with blanks in their place; nothing if there is none.
std::optional<std::string> without_surrogates(std::string_view json) {
  std::optional<std::string> out;
  for (std::size_t at = json.find('\\'); at != std::string_view::npos;
       at = json.find('\\', at + 2)) {
    const std::string_view escape = json.substr(at, 6);
    const bool is_surrogate =
        escape.size() == 6 && escape[1] == 'u' && (escape[2] == 'd' || escape[2] == 'D') &&
        std::string_view("89abcdefABCDEF").find(escape[3]) != std::string_view::npos;
    if (!is_surrogate) continue;
    if (!out) out = json;
    out->replace(at, escape.size(), "\\u0020");
  }
  return out;
}

// The string that a text of valid JSON begins with.
std::string json_string(std::string_view text) {
  std::size_t end = 1;
  while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
  return nlohmann::json::parse(text.substr(0, end + 1)).get<std::string>();
}

}  // namespace

// Collects yaml-cpp's events as nodes. Marks count bytes behind a byte order mark.
class EventReader : public YAML::EventHandler {
 public:
  // `decodes`: the strings are those of JSON, and read again from the text.
  EventReader(DocumentBuilder& builder, bool decodes)
      : document_(builder.document_), decodes_(decodes) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    document_begin_ = mark.pos;
    anchors_.assign(1, kNoNode);
    document_.roots_.push_back(static_cast<NodeId>(document_.nodes_.size()));
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    // Empty for now; account() finds out whether a null word stands there.
    add(Kind::Scalar, Style::Empty, mark, anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node& node = add(Kind::Alias, Style::Plain, mark, 0);
    node.count = anchor < anchors_.size() ? anchors_[anchor] : kNoNode;
  }
  void OnScalar(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                const std::string& given) override {
    Node& node = add(Kind::Scalar, Style::Plain, mark, anchor);
    const std::string_view rest = document_.source_->bytes().substr(node.begin);
    const std::string value = decodes_ && rest.starts_with('"') ? json_string(rest) : given;
    const std::size_t quote = !rest.empty() && (rest[0] == '"' || rest[0] == '\'') ? 1 : 0;
    node.value_size = static_cast<std::uint32_t>(value.size());
    if (!value.empty() && rest.substr(std::min(quote, rest.size())).starts_with(value)) {
      node.value_begin = static_cast<std::uint32_t>(node.begin + quote);
    } else {
      node.decoded = true;
      node.value_begin = static_cast<std::uint32_t>(document_.decoded_.size());
      document_.decoded_ += value;
    }
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    add(Kind::Sequence, Style::Block, mark, anchor);
    open_.push_back(static_cast<NodeId>(document_.nodes_.size() - 1));
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    add(Kind::Mapping, Style::Block, mark, anchor);
    open_.push_back(static_cast<NodeId>(document_.nodes_.size() - 1));
  }
  void OnMapEnd() override { close(); }

  // Offset of the last document's first token, to see that the parser moves on.
  int document_begin() const { return document_begin_; }

 private:
  Node& add(Kind kind, Style style, const YAML::Mark& mark, YAML::anchor_t anchor) {
    const auto id = static_cast<NodeId>(document_.nodes_.size());
    Node node;
    node.kind = kind;
    node.style = style;
    const std::size_t begin =
        static_cast<std::size_t>(std::max(mark.pos, 0)) + document_.text_begin_;
    node.begin = static_cast<std::uint32_t>(std::min(begin, document_.source_->size()));
    node.parent = open_.empty() ? kNoNode : open_.back();
    node.past = id + 1;
    if (!open_.empty()) ++document_.nodes_[open_.back()].count;
    if (anchor != 0) {
      if (anchors_.size() <= anchor) anchors_.resize(anchor + 1, kNoNode);
      anchors_[anchor] = id;
    }
    document_.nodes_.push_back(node);
    return document_.nodes_.back();
  }

  void close() {
    Node& node = document_.nodes_[open_.back()];
    node.past = static_cast<NodeId>(document_.nodes_.size());
    if (node.kind == Kind::Mapping) node.count /= 2;
    open_.pop_back();
  }

  Document& document_;
  const bool decodes_;
  std::vector<NodeId> open_;
  std::vector<NodeId> anchors_;
  int document_begin_ = -1;
};

DocumentBuilder::DocumentBuilder(std::shared_ptr<const text::SourceText> source) {
  document_.source_ = std::move(source);
  const std::string_view bytes = document_.source_->bytes();
  document_.text_begin_ = bytes.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  // In kubeadm's manifests a node stands for 17 bytes; a guess, so that the list hardly ever moves.
  document_.nodes_.reserve(bytes.size() / 16);
}

namespace {

// A template's own marks are the likeliest reason why a text is no YAML; say so at the first.
std::optional<Span> template_mark(std::string_view bytes) {
  for (std::string_view mark : {"{{", "{%"}) {
    for (std::size_t at = bytes.find(mark); at != std::string_view::npos;
         at = bytes.find(mark, at + 1)) {
      const std::size_t line_end = std::min(bytes.find('\n', at), bytes.size());
      const std::string_view close = mark == "{{" ? "}}" : "%}";
      if (bytes.substr(at, line_end - at).find(close) != std::string_view::npos) {
        return Span{at, at + 2};
      }
    }
  }
  return {};
}

std::unexpected<text::Error> not_yaml(const text::SourceText& source, std::size_t at,
                                      std::string_view why) {
  if (const auto mark = template_mark(source.bytes())) {
    return fail(ErrorKind::Unsupported, "this is a template, not a manifest",
                "render it first, then run kaudit on the result", mark);
  }
  const std::size_t begin = std::min(at, source.size());
  return fail(ErrorKind::NotYaml, fmt::format("not valid YAML: {}", why),
              "Kubernetes cannot read this file either; mend it first",
              Span{begin, std::min(begin + 1, source.size())});
}

}  // namespace

Result<void> DocumentBuilder::read_events(bool is_json) {
  const text::SourceText& source = *document_.source_;
  const auto stand_in = is_json ? without_surrogates(source.bytes()) : std::nullopt;
  ViewBuffer buffer(stand_in ? std::string_view(*stand_in) : source.bytes());
  std::istream stream(&buffer);
  EventReader reader(*this, stand_in.has_value());
  try {
    YAML::Parser parser(stream);
    for (int before = -1; parser.HandleNextDocument(reader); before = reader.document_begin()) {
      if (reader.document_begin() <= before) {
        // yaml-cpp 0.7 gives empty documents for ever on, for instance, `{a: 1}, {b: 2}`.
        return not_yaml(source, static_cast<std::size_t>(before) + document_.text_begin_,
                        "the text goes on after the end of the document");
      }
    }
  } catch (const YAML::DeepRecursion& error) {
    const auto at = static_cast<std::size_t>(std::max(error.mark.pos, 0)) + document_.text_begin_;
    return fail(ErrorKind::NotYaml, "the text is nested too deeply",
                "Kubernetes' parser rejects it too; flatten it", Span{at, at});
  } catch (const YAML::Exception& error) {
    const auto at = static_cast<std::size_t>(std::max(error.mark.pos, 0)) + document_.text_begin_;
    if (error.msg == YAML::ErrorMsg::UNKNOWN_ANCHOR) {
      return fail(ErrorKind::NotYaml, "an alias refers to an anchor that is not defined before it",
                  "Kubernetes cannot read this file either; write the value out",
                  Span{std::min(at, source.size()), std::min(at + 1, source.size())});
    }
    const std::size_t number = document_.roots_.size();
    return not_yaml(source, at,
                    number > 1 ? fmt::format("{} (in document {})", error.msg, number) : error.msg);
  }
  return {};
}

namespace {

// As apimachinery util/yaml hasJSONPrefix: white space, then "{".
bool has_json_prefix(std::string_view bytes) {
  const std::size_t at = bytes.find_first_not_of(" \t\r\n");
  return at != std::string_view::npos && bytes[at] == '{';
}

// Keeps nothing but the place of the first mistake.
struct JsonCheck : nlohmann::json_sax<nlohmann::json> {
  std::size_t bad_byte = 0;  // from 1
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return true; }
  bool key(string_t&) override { return true; }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::json::exception&) override {
    bad_byte = position;
    return false;
  }
};

Result<void> check_json(const text::SourceText& source) {
  JsonCheck check;
  if (nlohmann::json::sax_parse(source.bytes(), &check)) return {};
  if (const auto mark = template_mark(source.bytes())) return not_yaml(source, mark->begin, "");
  const std::size_t at = std::min(check.bad_byte == 0 ? 0 : check.bad_byte - 1, source.size());
  return fail(ErrorKind::NotYaml,
              "a file that begins with '{' is read as JSON, and this is not JSON",
              "mend the JSON (no comments, no trailing commas, nothing behind the closing brace)",
              Span{at, std::min(at + 1, source.size())});
}

}  // namespace

Result<Document> parse(std::shared_ptr<const text::SourceText> source) {
  if (Result<void> checked = check_bytes(*source); !checked)
    return std::unexpected(checked.error());
  const bool json = has_json_prefix(source->bytes());
  if (json) {
    if (Result<void> checked = check_json(*source); !checked)
      return std::unexpected(checked.error());
  }
  DocumentBuilder builder(std::move(source));
  if (Result<void> read = builder.read_events(json); !read) return std::unexpected(read.error());
  if (Result<void> done = builder.account(); !done) return std::unexpected(done.error());
  if (Result<void> aliases = builder.check_aliases(); !aliases)
    return std::unexpected(aliases.error());
  Document document = builder.take();
  document.is_json_ = json;
  return document;
}

}  // namespace kaudit::yaml
