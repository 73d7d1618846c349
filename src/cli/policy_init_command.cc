#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "audit/presets.h"
#include "cli/node.h"
#include "cli/policy_commands.h"
#include "cli/refusal.h"
#include "cli/report.h"
#include "host/system_clock.h"
#include "rollout/policy_file.h"
#include "rollout/write_output.h"

namespace kaudit::cli {
namespace {

using text::ErrorKind;
using text::fail;
using text::Result;

// Whether it was written; not if these bytes are there already.
Result<bool> write_preset(const Options& options, std::string_view bytes) {
  Result<Node> node = open_node(options);
  if (!node) return std::unexpected(node.error());
  host::FileSystem& files = *node->node_files;
  rollout::OutputRequest request;
  request.path = absolute_path(options.output);
  const Result<std::string> there = files.read_file(request.path, rollout::kPolicyLimit);
  if (there && *there == bytes) return false;
  if (there || there.error().kind != ErrorKind::NotFound) {
    return fail(ErrorKind::Conflict, fmt::format("{} is there already", options.output),
                "name another file, or move that one away");
  }
  const rollout::StaticPodPath static_pods = find_static_pods(*node);
  request.static_pod_directory = rollout::identity_of(files, static_pods.path);
  host::SystemClock clock;
  const Result<void> written = rollout::write_output(files, clock, request, bytes);
  if (!written) return std::unexpected(written.error());
  return true;
}

std::string to_json(const Options& options, const audit::Preset& preset, bool written) {
  nlohmann::ordered_json out;
  out["schemaVersion"] = kSchemaVersion;
  out["command"] = name_of(options.command);
  out["preset"] = preset.name;
  out["changed"] = written;
  if (options.output.empty())
    out["policy"] = preset.text;
  else
    out["file"] = options.output;
  return out.dump(2) + "\n";
}

}  // namespace

ExitCode run_policy_init(const Options& options, Output& output) {
  const audit::Preset& preset = *audit::find_preset(options.preset);
  const bool to_file = !options.output.empty() && options.output != "-";
  bool written = false;
  if (to_file) {
    const Result<bool> done = write_preset(options, preset.text);
    if (!done) return refuse(options, output, done.error(), nullptr);
    written = *done;
    output.say(fmt::format("{} the preset {} {} {}", written ? "wrote" : "kept", preset.name,
                           written ? "to" : "in", options.output));
  }
  if (options.format == ReportFormat::Json)
    output.out = to_json(options, preset, written);
  else if (!to_file)
    output.out = preset.text;
  output.must_deliver = !to_file;
  return ExitCode::Done;
}

}  // namespace kaudit::cli
