#include "property/patch_properties.h"

#include <fmt/core.h>

#include <algorithm>

#include "yaml/parse.h"

namespace kaudit::support {

namespace {

using audit::AuditFlag;
using edit::Patch;
using edit::PatchRequest;

std::shared_ptr<const text::SourceText> source_of(const std::string& name, std::string_view bytes) {
  return std::make_shared<const text::SourceText>(name, std::string(bytes));
}

NamedRequest request_of(std::string name,
                        const std::vector<std::pair<AuditFlag, std::string>>& given) {
  NamedRequest named{std::move(name), {}, {}};
  for (const auto& [flag, value] : given) {
    named.request.plan.given.set(flag, value);
    named.asked.given[std::string(audit::name_of(flag))] = value;
  }
  return named;
}

std::vector<NamedRequest> make_requests() {
  std::vector<NamedRequest> all = {
      request_of("defaults", {}),
      request_of("other paths", {{AuditFlag::PolicyFile, "/etc/kubernetes/policies/api.yaml"},
                                 {AuditFlag::LogPath, "/srv/kube-apiserver/log/audit.log"}}),
      request_of("webhook", {{AuditFlag::WebhookConfigFile, "/etc/kubernetes/webhook.conf"},
                             {AuditFlag::WebhookMode, "blocking"}}),
      request_of("standard output", {{AuditFlag::LogPath, "-"}}),
      request_of("single value", {{AuditFlag::LogMaxAge, "7"}}),
      request_of("host path", {}),
      request_of("new policy", {{AuditFlag::LogPath, "/var/log/kube-apiserver/audit.log"},
                                {AuditFlag::LogMaxSize, "1"}}),
      request_of("path with a blank", {{AuditFlag::LogPath, "/srv/audit: a #1/audit.log"}}),
  };
  all[2].asked.webhook_files = {"/etc/kubernetes/pki/webhook/ca.crt", "/etc/webhook/client.key"};
  for (const std::string& file : all[2].asked.webhook_files) {
    all[2].request.plan.webhook_files.push_back({"certificate-authority", file});
  }
  all[5].request.plan.host_paths = {{"/var/log/kubernetes/audit", "/data/audit"}};
  all[5].request.plan.version = kube::KubernetesVersion{1, 30, {}};
  all[5].asked.minor = 30;
  all[6].request.plan.policy_sha256 = std::string(64, '7');
  all[6].asked.sets_annotation = true;
  return all;
}

// P1: recomputed from the edits alone.
void judge_bytes(const Patch& patch, std::vector<std::string>& broken) {
  const std::string_view before = patch.original->bytes();
  std::vector<text::TextEdit> edits = patch.edits;
  std::stable_sort(edits.begin(), edits.end(), [](const auto& a, const auto& b) {
    return a.span.begin != b.span.begin ? a.span.begin < b.span.begin
                                        : a.span.size() < b.span.size();
  });
  std::string wanted;
  std::size_t at = 0;
  for (const text::TextEdit& edit : edits) {
    if (edit.span.begin < at || edit.span.end < edit.span.begin || edit.span.end > before.size()) {
      broken.push_back(
          fmt::format("P1: the edit at {} overlaps or leaves the text", edit.span.begin));
      return;
    }
    wanted.append(before.substr(at, edit.span.begin - at)).append(edit.replacement);
    at = edit.span.end;
  }
  wanted.append(before.substr(at));
  if (wanted != patch.result->bytes()) broken.emplace_back("P1: a byte outside the edits changed");
}

// P2 and P6: both parsers read the result, and the same in it.
void judge_reading(const Patch& patch, std::vector<std::string>& broken) {
  const auto document = yaml::parse(patch.result);
  if (!document) {
    broken.push_back("P2: kaudit does not read the result: " + document.error().message);
    return;
  }
  if (const auto found = difference(*document, read_with_libyaml(patch.result->bytes()))) {
    broken.push_back("P2: the result: " + *found);
  }
}

// P3: a second run changes nothing.
void judge_again(std::string_view what, const Patch& patch, const PatchRequest& request,
                 std::vector<std::string>& broken) {
  const auto again = edit::patch(patch.result, request);
  if (!again) {
    broken.push_back(fmt::format("P3: {} again is refused: {}", what, again.error().message));
  } else if (again->changed() || again->result->bytes() != patch.result->bytes()) {
    broken.push_back(
        fmt::format("P3: {} again changes: {}", what, edit::to_string(again->plan.changes.at(0))));
  }
}

void judge_refusal(const text::Error& error, std::string_view bytes, Examined& examined) {
  const auto say = [&](std::string_view what) {
    examined.broken.push_back(fmt::format("P5: {}: [{}]", what, error.message));
  };
  examined.refusal = error;
  examined.unproven = error.kind == text::ErrorKind::Proof;
  if (error.message.empty()) say("a refusal without a message");
  if (error.message.ends_with('.') || error.message.find('\n') != std::string::npos)
    say("not one sentence");
  // The place of a failed proof is in the result.
  if (!examined.unproven && error.place &&
      (error.place->begin > error.place->end || error.place->end > bytes.size()))
    say("a place outside the text");
  // Only the sum of all aliases has no place.
  const bool placeless = error.message.starts_with("the aliases of this document");
  if (error.kind == text::ErrorKind::NotYaml && !error.place && !placeless) say("no place");
  if (error.hint.empty()) say("no way out");
}

bool inserts_only(const edit::Plan& plan) {
  return std::all_of(plan.changes.begin(), plan.changes.end(), [](const edit::Change& change) {
    return std::holds_alternative<edit::InsertArgument>(change) ||
           std::holds_alternative<edit::InsertVolume>(change) ||
           std::holds_alternative<edit::InsertMount>(change);
  });
}

PatchRequest disabling(const PatchRequest& enabling) {
  PatchRequest request;
  request.kind = PatchRequest::Kind::Disable;
  request.plan.version = enabling.plan.version;
  request.plan.webhook_files = enabling.plan.webhook_files;
  return request;
}

// A patched text together with the oracle's view of both sides.
struct Sides {
  RefereeTree tree_before;
  RefereeTree tree_after;
  std::optional<OraclePod> before;
  std::optional<OraclePod> after;
};

std::optional<Sides> sides_of(const Patch& patch, std::vector<std::string>& broken) {
  Sides sides{
      read_with_libyaml(patch.original->bytes()), read_with_libyaml(patch.result->bytes()), {}, {}};
  sides.before = read_oracle_pod(sides.tree_before);
  sides.after = read_oracle_pod(sides.tree_after);
  if (sides.before && sides.after) return sides;
  broken.push_back(fmt::format("the oracle finds no API server {}",
                               sides.before ? "in the result" : "in an accepted text"));
  return {};
}

// What every taken text must hold, enable or disable.
std::optional<Sides> judge_patch(std::string_view what, const Patch& patch,
                                 const PatchRequest& request, std::vector<std::string>& broken) {
  judge_bytes(patch, broken);
  judge_reading(patch, broken);
  if (!patch.changed() && patch.result->bytes() != patch.original->bytes()) {
    broken.emplace_back("P1: no edits, but other bytes");
  }
  if (patch.changed()) judge_again(what, patch, request, broken);
  std::optional<Sides> sides = sides_of(patch, broken);
  if (sides)
    judge_the_rest(sides->tree_before, *sides->before, sides->tree_after, *sides->after, broken);
  return sides;
}

// P4.
void judge_undo(const Patch& enabled, const NamedRequest& named, const OraclePod& before,
                Examined& examined) {
  const PatchRequest request = disabling(named.request);
  const auto disabled = edit::patch(enabled.result, request);
  if (!disabled && disabled.error().kind == text::ErrorKind::Proof) {
    examined.unproven = true;
    examined.refusal = disabled.error();
    return;
  }
  if (!disabled) {
    examined.broken.push_back("P4: disable refuses what enable made: " + disabled.error().message);
    return;
  }
  const auto sides = judge_patch("disable", *disabled, request, examined.broken);
  if (sides) judge_disabled(*sides->before, *sides->after, named.asked, examined.broken);
  examined.undone_exactly = disabled->result->bytes() == enabled.original->bytes();
  if (!examined.undone_exactly && inserts_only(enabled.plan) &&
      is_untouched_by_auditing(before, named.asked)) {
    examined.broken.push_back("P4: disable after enable gives other bytes:\n" +
                              std::string(disabled->result->bytes()));
  }
}

}  // namespace

const std::vector<NamedRequest>& enable_requests() {
  static const std::vector<NamedRequest> kRequests = make_requests();
  return kRequests;
}

Examined examine(const std::string& name, std::string_view bytes, const NamedRequest& named) {
  Examined examined;
  const auto enabled = edit::patch(source_of(name, bytes), named.request);
  if (!enabled) {
    judge_refusal(enabled.error(), bytes, examined);
    return examined;
  }
  examined.outcome = enabled->changed() ? Examined::Outcome::Patched : Examined::Outcome::Unchanged;
  examined.result = enabled->result->bytes();
  examined.edits = enabled->edits;
  const auto sides = judge_patch("enable", *enabled, named.request, examined.broken);
  if (!sides) return examined;
  judge_enabled(*sides->before, *sides->after, named.asked, examined.broken);
  const bool annotates = named.asked.sets_annotation && !sides->before->configuration;
  if (sides->after->has_annotation != (sides->before->has_annotation || annotates)) {
    examined.broken.emplace_back("the annotation is not as asked");
  }
  judge_undo(*enabled, named, *sides->before, examined);
  return examined;
}

Examined examine_disable(const std::string& name, std::string_view bytes) {
  Examined examined;
  PatchRequest request;
  request.kind = PatchRequest::Kind::Disable;
  const auto disabled = edit::patch(source_of(name, bytes), request);
  if (!disabled) {
    judge_refusal(disabled.error(), bytes, examined);
    return examined;
  }
  examined.outcome =
      disabled->changed() ? Examined::Outcome::Patched : Examined::Outcome::Unchanged;
  examined.result = disabled->result->bytes();
  examined.edits = disabled->edits;
  const auto sides = judge_patch("disable", *disabled, request, examined.broken);
  if (sides) judge_disabled(*sides->before, *sides->after, {}, examined.broken);
  return examined;
}

Examined examine_policy(const std::string& name, std::string_view bytes) {
  Examined examined;
  PatchRequest request;
  request.kind = PatchRequest::Kind::Policy;
  request.plan.policy_sha256 = std::string(64, '7');
  const auto patch = edit::patch(source_of(name, bytes), request);
  if (!patch) {
    judge_refusal(patch.error(), bytes, examined);
    return examined;
  }
  examined.outcome = patch->changed() ? Examined::Outcome::Patched : Examined::Outcome::Unchanged;
  examined.result = patch->result->bytes();
  examined.edits = patch->edits;
  const auto sides = judge_patch("policy install", *patch, request, examined.broken);
  if (sides && (sides->before->arguments != sides->after->arguments ||
                sides->before->volumes != sides->after->volumes ||
                sides->before->mounts != sides->after->mounts))
    examined.broken.emplace_back("policy install changed a setting");
  return examined;
}

}  // namespace kaudit::support
