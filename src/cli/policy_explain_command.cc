#include <cstring>

#include <fmt/core.h>

#include "cli/asked_request.h"
#include "cli/explain_report.h"
#include "cli/explain_requests.h"
#include "cli/input.h"
#include "cli/policy_commands.h"
#include "cli/policy_input.h"
#include "cli/refusal.h"

namespace kaudit::cli {
namespace {

using text::Error;
using text::ErrorKind;
using text::Result;

// What has been answered before a bad line is written already; only the end is said here.
ExitCode answer_requests(const Options& options, const UsablePolicy& policy, Output& output) {
  Result<InputStream> input = InputStream::open(options.requests);
  if (!input) return refuse(options, output, input.error(), nullptr);
  RequestExplainer explainer(policy.policy(), *policy.text.source,
                             options.requests == "-" ? "<stdin>" : options.requests);
  int refused = 0;
  const StreamEnd end = explain_stream(explainer, {[&input] { return input->read(); },
                                                   [&refused](std::string_view answers) {
                                                     refused = write_now(answers);
                                                     return refused == 0;
                                                   }});
  if (end.bad_line) {
    output.err += bad_line_text(*end.bad_line, output.color_err);
    return ExitCode::Refused;
  }
  if (end.unread) return refuse(options, output, *end.unread, nullptr);
  if (!end.is_unwritten) return ExitCode::Done;
  return refuse(options, output,
                Error{ErrorKind::Io,
                      fmt::format("cannot write to standard output: {}", std::strerror(refused)),
                      {},
                      {}},
                nullptr);
}

}  // namespace

ExitCode run_policy_explain(const Options& options, Output& output) {
  std::shared_ptr<const text::SourceText> source;
  const Result<UsablePolicy> policy =
      use_policy(options.files.empty() ? read_policy_of_manifest(options)
                                       : read_policy(options, options.files.front()),
                 source);
  if (!policy) return refuse(options, output, policy.error(), source.get());
  if (!options.requests.empty()) return answer_requests(options, *policy, output);
  const Result<audit::RequestAttributes> request = request_of(options.request);
  if (!request) return refuse(options, output, request.error(), nullptr);
  const ExplainReport report{policy->loaded, source, *request, policy->text.version};
  output.out = options.format == ReportFormat::Json ? explain_json(report)
                                                    : explain_text(report, output.color_out);
  output.must_deliver = true;
  return ExitCode::Done;
}

}  // namespace kaudit::cli
