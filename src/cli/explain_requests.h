// `kaudit policy explain --requests`: a request in JSON on each line, an answer in JSON for each.
// Text in pieces in, text out.
#pragma once

#include <cstddef>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/audit_policy.h"
#include "audit/policy_match.h"
#include "cli/request_line.h"
#include "text/result.h"
#include "text/source_text.h"

namespace kaudit::cli {

// A line that is no request.
struct BadLine {
  std::size_t line = 0;                          // from 1
  text::Error error;                             // its place lies in `text`
  std::shared_ptr<const text::SourceText> text;  // the line alone, named as the input is
};

// "NAME:LINE:COLUMN: error: MESSAGE", the line with a caret, "  hint: HINT".
std::string bad_line_text(const BadLine& bad, bool color);

// Answers each line with {"level":"Metadata","omitStages":[],"rule":3,"ruleLine":27}; `rule` counts
// from 0, and without a rule both are null.
//
// A line is an object of one of two shapes.
// - A request: {"user", "groups", "verb", "apiGroup", "resource", "subresource", "namespace",
//   "name"}, or {"user", "groups", "verb", "path"}. Any other key is refused: most likely it is a
//   misspelt one, and without it the answer would be wrong. So are a key that is there twice and a
//   verb that no request has. What is null or absent is not said; a request needs a verb and a
//   resource or a path. Without `groups` a user is in those that the API server adds, with them in
//   exactly these. A `user` that is null is nobody: authentication failed. `path` may be that of a
//   resource and have a query; the verb may then be left out.
// - An event of an audit log, which is whatever has an `auditID`. Of it count `user`, `verb` and
//   `requestURI`, and not `objectRef`: into that the API server writes what it learns after the
//   policy has decided, such as the name of a new object. All other keys are free.
//
// Lines end with \n or \r\n, the last one as it likes. Blank ones are skipped and get no answer. A
// byte order mark is allowed. Text that is not UTF-8 is refused.
class RequestExplainer {
 public:
  // More than any event of a log that a person keeps.
  static constexpr std::size_t kLongestLine = std::size_t{64} << 20;

  // Both outlive it. `name` is the input's in messages.
  RequestExplainer(const audit::AuditPolicy& policy, const text::SourceText& source,
                   std::string name);
  ~RequestExplainer() = default;
  RequestExplainer(const RequestExplainer&) = delete;
  RequestExplainer& operator=(const RequestExplainer&) = delete;

  // The next piece of the input, cut anywhere. Appends the answers to the lines that end in it. All
  // that is kept is the beginning of a line. A line that is no request ends it all: what is before
  // it has been answered, and nothing more may be fed.
  [[nodiscard]] std::expected<void, BadLine> feed(std::string_view piece, std::string& out);
  // The end of the input: its last line may lack a line end.
  [[nodiscard]] std::expected<void, BadLine> finish(std::string& out);

 private:
  std::expected<void, BadLine> answer(std::string_view line, std::string& out);
  std::unexpected<BadLine> too_long(std::string_view begin) const;

  const std::string& text_of(const audit::Decision& decision);

  const audit::AuditPolicy& policy_;
  const text::SourceText& source_;
  std::string name_;
  audit::Matcher matcher_;
  // Of each rule, and behind them of none; filled as they are needed.
  std::vector<std::string> answers_;
  RequestLine reader_;
  std::string begun_;  // the line that has not ended yet
  std::size_t line_ = 0;
};

// Where the input comes from, and where the answers go.
struct RequestStream {
  // The next piece; empty at the end.
  std::function<text::Result<std::string_view>()> read;
  // False if nobody listens any more.
  std::function<bool(std::string_view)> write;
};

// What ended the stream before its input did.
struct StreamEnd {
  std::optional<BadLine> bad_line;
  std::optional<text::Error> unread;  // the input cannot be read
  bool is_unwritten = false;
};

// Answers are written after each piece, so that whoever asks through a pipe need not wait, and
// memory does not grow.
StreamEnd explain_stream(RequestExplainer& explainer, const RequestStream& stream);

}  // namespace kaudit::cli
