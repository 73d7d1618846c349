#include <optional>

#include "cli/policy_commands.h"
#include "cli/policy_input.h"
#include "cli/policy_table.h"
#include "cli/refusal.h"

namespace kaudit::cli {
namespace {

using text::Result;

class TableCommand {
 public:
  TableCommand(const Options& options, Output& output) : options_(options), output_(output) {}

  ExitCode run() {
    const Result<UsablePolicy> policy =
        use_policy(options_.files.empty() ? read_policy_of_manifest(options_)
                                          : read_policy(options_, options_.files.front()),
                   source_);
    if (!policy) return refuse(options_, output_, policy.error(), source_.get());
    output_.must_deliver = true;
    if (!options_.other_policy.empty()) return compare(*policy);
    const PolicyTable table = make_table(policy->policy(), policy->text.version, identity());
    if (options_.format == ReportFormat::Json)
      output_.out = table_json(table, policy->policy(), *source_);
    else if (options_.format == ReportFormat::Html)
      output_.out = table_html(table, policy->policy(), *source_);
    else
      output_.out = table_text(table, output_.color_out);
    return ExitCode::Done;
  }

 private:
  TableIdentity identity() const {
    const AskedRequest& asked = options_.request;
    return {asked.user, asked.groups, asked.namespace_name};
  }

  ExitCode compare(const UsablePolicy& before) {
    Options of_other = options_;
    of_other.kubernetes_version = before.text.version;
    const Result<UsablePolicy> after =
        use_policy(read_policy(of_other, options_.other_policy), source_);
    if (!after) return refuse(options_, output_, after.error(), source_.get());
    const kube::KubernetesVersion& version = before.text.version;
    const PolicyTable a = make_table(before.policy(), version, identity(), &after->policy());
    const PolicyTable b = make_table(after->policy(), version, identity(), &before.policy());
    output_.out = table_diff({before.text.source->name(), a}, {after->text.source->name(), b},
                             output_.color_out);
    return options_.exit_code && differ(a, b) ? ExitCode::Findings : ExitCode::Done;
  }

  const Options& options_;
  Output& output_;
  std::shared_ptr<const text::SourceText> source_;
};

}  // namespace

ExitCode run_policy_table(const Options& options, Output& output) {
  return TableCommand(options, output).run();
}

}  // namespace kaudit::cli
