#include <optional>

#include "check/check_policy.h"
#include "cli/findings_output.h"
#include "cli/policy_commands.h"
#include "cli/policy_input.h"

namespace kaudit::cli {
namespace {

using check::CheckedFile;
using text::Result;

class LintCommand {
 public:
  LintCommand(const Options& options, Output& output) : options_(options), output_(output) {}

  ExitCode run() {
    if (print_rules(options_, output_)) return ExitCode::Done;
    if (options_.files.empty())
      add(read_policy_of_manifest(options_), options_.manifest);
    else
      for (const std::string& word : options_.files) add_word(word);
    print_findings(options_, report_, output_);
    output_.must_deliver = true;
    return exit_code_of(options_, report_);
  }

 private:
  void add_word(const std::string& word) {
    const auto files = policy_files(options_, word);
    if (!files) return add(std::unexpected(files.error()), word);
    for (const std::string& file : *files) add(read_policy(options_, file), file);
  }

  void add(const Result<PolicyText>& text, const std::string& name) {
    CheckedFile file;
    if (text) {
      file = check::check_policy_file(text->source, audit::load_policy(text->source, text->version),
                                      text->version);
    } else {
      file.source = std::make_shared<const text::SourceText>(name == "-" ? "<stdin>" : name, "");
      file.error = text.error();
      file.error->place.reset();
    }
    keep_wanted(options_, file.findings);
    report_.files.push_back(std::move(file));
  }

  const Options& options_;
  Output& output_;
  CheckReport report_{.files = {}, .skipped = 0, .command = "policy lint"};
};

}  // namespace

ExitCode run_policy_lint(const Options& options, Output& output) {
  return LintCommand(options, output).run();
}

}  // namespace kaudit::cli
