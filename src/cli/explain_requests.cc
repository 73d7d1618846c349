#include "cli/explain_requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/explain_report.h"
#include "cli/output.h"
#include "cli/policy_parts.h"
#include "text/excerpt.h"

namespace kaudit::cli {
namespace {

using audit::RequestAttributes;
using text::Error;
using text::ErrorKind;
using text::Span;

std::string answer_text(const audit::Decision& decision, const audit::AuditPolicy& policy,
                        const text::SourceText& source) {
  std::string stages;
  for (const std::string_view stage : names_of(decision.omit_stages))
    stages += fmt::format("{}\"{}\"", stages.empty() ? "" : ",", stage);
  const std::string rule = decision.rule
                               ? fmt::format("\"rule\":{},\"ruleLine\":{}", *decision.rule,
                                             line_of_rule(policy, source, *decision.rule))
                               : "\"rule\":null,\"ruleLine\":null";
  return fmt::format("{{\"level\":\"{}\",\"omitStages\":[{}],{}}}\n",
                     audit::to_string(decision.level), stages, rule);
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

RequestExplainer::RequestExplainer(const audit::AuditPolicy& policy, const text::SourceText& source,
                                   std::string name)
    : policy_(policy),
      source_(source),
      name_(std::move(name)),
      matcher_(policy),
      answers_(policy.rules.size() + 1) {}

const std::string& RequestExplainer::text_of(const audit::Decision& decision) {
  std::string& text = answers_[decision.rule.value_or(answers_.size() - 1)];
  if (text.empty()) text = answer_text(decision, policy_, source_);
  return text;
}

std::expected<void, BadLine> RequestExplainer::answer(std::string_view line, std::string& out) {
  ++line_;
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (is_blank(line)) return {};
  const RequestAttributes* request = reader_.read(line);
  if (request == nullptr) {
    return std::unexpected(
        BadLine{line_, reader_.error(),
                std::make_shared<const text::SourceText>(name_, std::string(line))});
  }
  out += text_of(matcher_.evaluate(*request));
  return {};
}

std::unexpected<BadLine> RequestExplainer::too_long(std::string_view begin) const {
  constexpr std::size_t kShown = 256;
  Error error{ErrorKind::Usage, fmt::format("the line is longer than {} MiB", kLongestLine >> 20),
              "a request is an object on one line, and the next line is another one", Span{0, 0}};
  return std::unexpected(BadLine{
      line_ + 1, std::move(error),
      std::make_shared<const text::SourceText>(name_, std::string(begin.substr(0, kShown)))});
}

std::expected<void, BadLine> RequestExplainer::feed(std::string_view piece, std::string& out) {
  while (!piece.empty()) {
    const std::size_t size = std::min(piece.find('\n'), piece.size());
    const std::string_view line = piece.substr(0, size);
    if (begun_.size() + size > kLongestLine) return too_long(begun_.empty() ? line : begun_);
    const bool has_ended = size < piece.size();
    const bool is_whole = has_ended && begun_.empty();
    if (!is_whole) begun_ += line;
    if (!has_ended) return {};
    auto answered = answer(is_whole ? line : begun_, out);
    begun_.clear();
    if (!answered) return answered;
    piece.remove_prefix(size + 1);
  }
  return {};
}

std::expected<void, BadLine> RequestExplainer::finish(std::string& out) {
  if (begun_.empty()) return {};
  auto answered = answer(begun_, out);
  begun_.clear();
  return answered;
}

std::string bad_line_text(const BadLine& bad, bool color) {
  const Span place = bad.error.place.value_or(Span{});
  const std::string prefix = fmt::format("{}:{}:{}: ", text::one_line(bad.text->name()), bad.line,
                                         bad.text->position(place.begin).column);
  return fmt::format("{}{} {}\n{}  {} {}\n", painted(prefix, "1", color),
                     painted("error:", "1;31", color), bad.error.message,
                     text::excerpt(*bad.text, place), painted("hint:", "1;36", color),
                     bad.error.hint);
}

StreamEnd explain_stream(RequestExplainer& explainer, const RequestStream& stream) {
  std::string out;
  for (;;) {
    const auto piece = stream.read();
    if (!piece) return {.bad_line = {}, .unread = piece.error(), .is_unwritten = false};
    out.clear();
    auto answered = piece->empty() ? explainer.finish(out) : explainer.feed(*piece, out);
    // What is before a bad line has been answered.
    const bool is_written = out.empty() || stream.write(out);
    StreamEnd end{.bad_line = {}, .unread = {}, .is_unwritten = !is_written};
    const bool is_refused = !answered;
    if (is_refused) end.bad_line = std::move(answered.error());
    if (is_refused || !is_written || piece->empty()) return end;
  }
}

}  // namespace kaudit::cli
