#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "audit/mount_need.h"
#include "check/mount_state.h"
#include "edit/plan.h"
#include "edit/plan_settings.h"
#include "kube/node_paths.h"

namespace kaudit::edit {
namespace {

using audit::MountNeed;
using audit::Purpose;
using check::MountState;
using check::MountVerdict;
using kube::ApiServer;
using kube::Flag;
using text::ErrorKind;
using text::fail;
using text::Result;

// ---- flags ----------------------------------------------------------------------------------

// kubeadm up to 1.31 sorts all flags as they are spelled (util/arguments.go): '_' behind '-', where
// kube-apiserver takes one for the other. Only a command line that is sorted and made of flags
// alone keeps its order by sorted insertion.
bool flags_are_sorted(const kube::CommandLine& line) {
  if (!line.strays.empty()) return false;
  return std::is_sorted(line.flags.begin(), line.flags.end(),
                        [](const Flag& a, const Flag& b) { return a.spelling < b.spelling; });
}

// kubeadm from 1.32 on appends its extra arguments (util/arguments.go, ArgumentsToCommand).
bool sorts_flags(const ApiServer& server, const PlanRequest& request) {
  const auto release = request.version ? request.version : server.version;
  switch (server.flag_order) {
    case kube::FlagOrder::ByRelease:
      return release && *release < kube::KubernetesVersion{1, 32, {}};
    case kube::FlagOrder::Sorted:
      return true;
    case kube::FlagOrder::Appended:
      return false;
  }
  return false;
}

class FlagPlanner {
 public:
  FlagPlanner(const ApiServer& server, bool sorts)
      : server_(server), sorted_(sorts && flags_are_sorted(server.command_line)) {}

  // Where the command line ends in something that swallows or hides what comes behind it.
  Result<void> check_end(const SettingsDecision& decision) const {
    for (const kube::Stray& stray : server_.command_line.strays) {
      if (stray.kind != kube::Stray::Kind::Terminator) continue;
      return fail(ErrorKind::Unsupported,
                  "'--' ends the flags, and kube-apiserver takes no arguments behind it",
                  "remove it", server_.arguments[stray.argument].span);
    }
    if (server_.command_line.flags.empty()) return {};
    const Flag& last = server_.command_line.flags.back();
    const audit::FlagInfo* info = audit::find_flag(last.name);
    const bool valueless =
        info != nullptr && info->type != audit::FlagType::Bool && last.form == kube::FlagForm::Bare;
    const auto gets_one = [&](const FlagChange& change) { return change.flag == info->flag; };
    if (!valueless || std::any_of(decision.changes.begin(), decision.changes.end(), gets_one))
      return {};
    return fail(
        ErrorKind::Unsupported,
        fmt::format("--{} has no value, and what follows would become its value", last.spelling),
        "give it a value with '=', or remove it", server_.arguments[last.argument].span);
  }

  // A value that counts with one kubeadm and not with another is neither kept nor changed.
  Result<void> check_order(const SettingsDecision& decision) const {
    if (!server_.may_be_sorted) return {};
    for (const Flag& flag : server_.command_line.flags) {
      const audit::FlagInfo* info = audit::find_flag(flag.name);
      const Flag* counts = server_.command_line.effective(flag.name);
      if (info == nullptr || counts == &flag) continue;
      const bool changes = std::ranges::any_of(
          decision.changes, [&](const FlagChange& change) { return change.flag == info->flag; });
      if (!changes && !kube::is_unsettled(server_, flag.name)) continue;
      return fail(ErrorKind::Unsupported,
                  fmt::format("{} is given more than once, and kubeadm 1.31 does not take the same "
                              "one as later releases do",
                              flag.spelling),
                  "remove one of them, or say --kubernetes-version=1.32 or later if that is so",
                  server_.arguments[flag.argument].text);
    }
    return {};
  }

  void plan(const SettingsDecision& decision, Plan& plan) {
    std::vector<std::pair<std::string, std::string>> fresh;  // name, text
    for (const FlagChange& change : decision.changes) {
      const std::string name(audit::name_of(change.flag));
      const std::string text = fmt::format("--{}={}", name, change.value);
      const Flag* present = server_.command_line.effective(name);
      if (present == nullptr) {
        fresh.emplace_back(name, text);
        plan.steps.push_back({Step::Action::Added, text, change.why});
        continue;
      }
      const bool separate = present->form == kube::FlagForm::Separate;
      plan.changes.push_back(SetArgument{
          present->value_argument,
          separate ? change.value : fmt::format("--{}={}", present->spelling, change.value)});
      plan.steps.push_back({Step::Action::Changed, text,
                            fmt::format("{}; it was {}", change.why,
                                        present->value.empty() ? "empty" : present->value)});
    }
    std::sort(fresh.begin(), fresh.end());
    for (auto& [name, text] : fresh) plan.changes.push_back(insertion(name, std::move(text)));
    add_kept(decision, plan);
  }

 private:
  InsertArgument insertion(const std::string& name, std::string text) const {
    std::size_t before = server_.arguments.size();
    if (sorted_) {
      for (const Flag& flag : server_.command_line.flags) {
        if (flag.spelling > name) {
          before = flag.argument;
          break;
        }
      }
    }
    return {before, in_args(before), std::move(text)};
  }

  // The list of the flag before it; at the front that of the flag behind it; else that of the
  // program.
  bool in_args(std::size_t before) const {
    const auto& all = server_.arguments;
    if (before > server_.command_line.first_flag) return all[before - 1].in_args;
    if (before < all.size()) return all[before].in_args;
    return all.empty() || all.back().in_args;
  }

  void add_kept(const SettingsDecision& decision, Plan& plan) const {
    for (audit::AuditFlag flag : decision.present.flags()) {
      const std::string_view value = *decision.present.value(flag);
      if (decision.target.value(flag) != value) continue;
      const bool unresolved = audit::is_unresolved(value);
      const bool unreadable = std::find(decision.unreadable.begin(), decision.unreadable.end(),
                                        flag) != decision.unreadable.end();
      plan.steps.push_back({unresolved || unreadable ? Step::Action::LeftAlone : Step::Action::Kept,
                            fmt::format("--{}={}", audit::name_of(flag), value),
                            unresolved   ? "depends on a variable"
                            : unreadable ? "is not a number that kube-apiserver can read"
                                         : "already there"});
    }
  }

  const ApiServer& server_;
  bool sorted_;
};

// ---- mounts ---------------------------------------------------------------------------------

// Works on a copy of the API server until every need is served; what then differs is the plan.
class MountPlanner {
 public:
  MountPlanner(const ApiServer& server, const PlanRequest& request,
               const SettingsDecision& decision)
      : original_(server),
        work_(check::mounts_of(server)),
        request_(request),
        needs_(audit::mount_needs(decision.target, request.webhook_files)),
        before_(audit::mount_needs(decision.present, {})) {}

  Result<void> plan(Plan& plan) {
    if (Result<void> known = check_choices(); !known) return known;
    for (const MountNeed& need : needs_) {
      if (Result<void> served = serve(need, plan); !served) return served;
    }
    add_changes(plan);
    return {};
  }

 private:
  // ---- the operator's host paths ----

  std::optional<std::string> wanted_host_path(const MountNeed& need) const {
    for (const HostPathChoice& choice : request_.host_paths) {
      if (kube::clean_path(choice.container) == need.path) return kube::clean_path(choice.host);
    }
    return {};
  }

  Result<void> check_choices() const {
    for (const HostPathChoice& choice : request_.host_paths) {
      const auto path = kube::clean_path(choice.container);
      const auto serves = [&](const MountNeed& need) { return need.path == path; };
      const auto needed = std::find_if(needs_.begin(), needs_.end(), serves);
      if (needed != needs_.end() && !needed->directory && kube::clean_path(choice.host) == "/") {
        return fail(ErrorKind::Usage,
                    fmt::format("--host-path {}=/ gives a directory for a file", choice.container),
                    "name the file on the host");
      }
      if (needed != needs_.end()) continue;
      std::string known;
      for (const MountNeed& need : needs_) known += (known.empty() ? "" : ", ") + need.path;
      return fail(ErrorKind::Usage,
                  fmt::format("--host-path names {}, which no setting mounts", choice.container),
                  "these are mounted: " + known);
    }
    return {};
  }

  // Where the mount of this need was, if its setting moves.
  std::optional<std::string> abandoned_path(const MountNeed& need) const {
    for (const MountNeed& was : before_) {
      if (was.purpose == need.purpose && was.path != need.path) return was.path;
    }
    return {};
  }

  // ---- one need ----

  Result<void> serve(const MountNeed& need, Plan& plan) {
    // Each round mends one thing; no need has more than this many.
    constexpr int kRounds = 8;
    bool touched = false;
    for (int round = 0; round < kRounds; ++round) {
      const MountState state =
          check::assess(need, work_, {needs_, wanted_host_path(need), abandoned_path(need)});
      if (state.verdict == MountVerdict::Served) {
        note_host_path(need, state, plan);
        if (!touched)
          plan.steps.push_back({Step::Action::Kept, mount_text(*state.mount),
                                fmt::format("already serves {}", audit::describe(need.purpose))});
        return {};
      }
      touched = true;
      if (Result<void> mended = mend(need, state, plan); !mended) return mended;
    }
    return fail(ErrorKind::Unsupported,
                fmt::format("no consistent mount was found for {} {}",
                            audit::describe(need.purpose), need.path),
                "mend the volumes and mounts by hand");
  }

  void note_host_path(const MountNeed& need, const MountState& state, Plan& plan) const {
    if (need.purpose == Purpose::Policy) plan.policy_on_host = state.host;
    if (need.purpose == Purpose::Log) plan.log_directory_on_host = state.host;
  }

  Result<void> mend(const MountNeed& need, const MountState& state, Plan& plan) {
    const bool adds =
        state.verdict == MountVerdict::Missing || state.verdict == MountVerdict::WiderUnfit;
    if (!adds && state.mount && work_.mounts[*state.mount].implied) return implied(need, state);
    switch (state.verdict) {
      case MountVerdict::Served:
        return {};
      case MountVerdict::Missing:
      case MountVerdict::WiderUnfit:
        add_mount(need, plan);
        return {};
      case MountVerdict::NearMiss:
        move_mount(need, state, plan);
        return {};
      case MountVerdict::VolumeMissing:
        add_missing_volume(need, state, plan);
        return {};
      case MountVerdict::NotFromHost:
        // A hostPath that the kubelet rejects, or that leads nowhere.
        if (work_.volumes[*state.volume].host_path && !work_.mounts[*state.mount].has_sub_path_expr)
          return set_host_path(need, state, plan);
        return repoint(need, state, "its volume is not from the host", plan);
      case MountVerdict::ReadOnly:
        set_read_only(state, false, "the log must be written", plan);
        return {};
      case MountVerdict::Writable:
        set_read_only(state, true, "the API server must not change its policy", plan);
        return {};
      case MountVerdict::MountedAsFile:
        return mount_directory(need, state, plan);
      case MountVerdict::TypeUnfit:
        return set_type(need, state, plan);
      case MountVerdict::OtherKind:
        return other_kind(need, state);
      case MountVerdict::OtherHostPath:
        return set_host_path(need, state, plan);
      case MountVerdict::WiderInTheWay:
        return in_the_way(need, state);
    }
    return {};
  }

  // ---- mending ----

  // What is not in the document cannot be changed there.
  Result<void> implied(const MountNeed& need, const MountState& state) const {
    const kube::VolumeMount& mount = work_.mounts[*state.mount];
    return fail(ErrorKind::Conflict,
                fmt::format("kubeadm itself mounts {}, and so {} {} cannot be served there",
                            mount.mount_path, audit::describe(need.purpose), need.path),
                "give the setting a path outside it", place_in_file(need));
  }

  // Of a value that is in the document already, and not given.
  std::optional<text::Span> place_in_file(const MountNeed& need) const {
    const auto is_same = [&](const MountNeed& was) {
      return was.flag == need.flag && was.path == need.path;
    };
    if (std::none_of(before_.begin(), before_.end(), is_same)) return {};
    return original_.value_span(audit::name_of(need.flag));
  }

  std::string mount_text(std::size_t mount) const {
    return fmt::format("mount {} (volume {})", work_.mounts[mount].mount_path,
                       work_.mounts[mount].name);
  }

  void changed(std::size_t mount, std::string why, Plan& plan) const {
    plan.steps.push_back({Step::Action::Changed, mount_text(mount), std::move(why)});
  }

  bool name_is_taken(const std::string& name) const {
    const auto mounts_it = [&](const kube::VolumeMount& m) { return m.name == name; };
    return kube::find_volume(work_.volumes, name).has_value() ||
           std::any_of(work_.mounts.begin(), work_.mounts.end(), mounts_it) ||
           std::any_of(work_.foreign_mounts.begin(), work_.foreign_mounts.end(),
                       [&](const kube::ForeignMount& m) { return m.mount.name == name; });
  }

  std::string free_name(const std::string& wanted) const {
    std::string name = wanted;
    for (int i = 2; name_is_taken(name); ++i) name = fmt::format("{}-{}", wanted, i);
    return name;
  }

  std::string add_volume(const MountNeed& need, std::string name, std::string host_path) {
    kube::Volume volume;
    volume.name = std::move(name);
    volume.source = "hostPath";
    volume.host_path = kube::HostPath{std::move(host_path), check::wanted_type(need), {}, {}, {}};
    work_.volumes.push_back(std::move(volume));
    return work_.volumes.back().name;
  }

  std::string host_path_for(const MountNeed& need) const {
    return wanted_host_path(need).value_or(need.path);
  }

  void add_mount(const MountNeed& need, Plan& plan) {
    kube::VolumeMount mount;
    mount.name = add_volume(need, free_name(need.volume_name), host_path_for(need));
    mount.mount_path = need.path;
    mount.read_only = !need.writable;
    work_.mounts.push_back(mount);
    const std::string from = host_path_for(need) == need.path
                                 ? ""
                                 : fmt::format(" from the host's {}", host_path_for(need));
    plan.steps.push_back({Step::Action::Added, mount_text(work_.mounts.size() - 1) + from,
                          fmt::format("for {}", need.why)});
  }

  void add_missing_volume(const MountNeed& need, const MountState& state, Plan& plan) {
    kube::VolumeMount& mount = work_.mounts[*state.mount];
    const bool shared =
        std::any_of(work_.foreign_mounts.begin(), work_.foreign_mounts.end(),
                    [&](const kube::ForeignMount& m) { return m.mount.name == mount.name; });
    const bool keep_name = kube::is_dns1123_label(mount.name) && !shared;
    mount.name =
        add_volume(need, keep_name ? mount.name : free_name(need.volume_name), host_path_for(need));
    changed(*state.mount, "its volume was missing", plan);
  }

  Result<void> repoint(const MountNeed& need, const MountState& state, std::string_view why,
                       Plan& plan) {
    kube::VolumeMount& mount = work_.mounts[*state.mount];
    if (!mount.sub_path.empty() || mount.has_sub_path_expr) {
      return fail(ErrorKind::Unsupported,
                  fmt::format("the mount {} has a subPath, and {}", mount.mount_path, why),
                  "remove the mount, or give the setting another path", mount.span);
    }
    const std::string was = mount.name;
    mount.name = add_volume(need, free_name(need.volume_name), host_path_for(need));
    changed(*state.mount, fmt::format("it was the volume {}; {}", was, why), plan);
    return {};
  }

  void set_read_only(const MountState& state, bool read_only, std::string_view why, Plan& plan) {
    work_.mounts[*state.mount].read_only = read_only;
    changed(*state.mount, fmt::format("readOnly is now {}; {}", read_only, why), plan);
  }

  bool is_exclusive(const MountState& state) const {
    return check::volume_is_exclusive(work_, *state.volume, *state.mount);
  }

  void move_mount(const MountNeed& need, const MountState& state, Plan& plan) {
    kube::VolumeMount& mount = work_.mounts[*state.mount];
    kube::HostPath& host = *work_.volumes[*state.volume].host_path;
    const std::string was = mount.mount_path;
    const auto old_path = kube::clean_path(was);
    bool only_there = false;
    if (request_.live && old_path) {
      using Kind = check::PathFact::Kind;
      const Kind old_kind = request_.facts.at(*old_path).kind;
      only_there = old_kind != Kind::Missing && old_kind != Kind::Unknown &&
                   request_.facts.at(need.path).kind == Kind::Missing;
      plan.depends_on.insert(plan.depends_on.end(), {*old_path, need.path});
    }
    mount.mount_path = need.path;
    if (kube::clean_path(host.path) == old_path && is_exclusive(state) && !only_there)
      host.path = need.path;
    changed(*state.mount, fmt::format("it was {}, which misses {}", was, need.why), plan);
  }

  Result<void> mount_directory(const MountNeed& need, const MountState& state, Plan& plan) {
    kube::VolumeMount& mount = work_.mounts[*state.mount];
    if (check::is_mounted_directory(work_, state)) {
      return fail(ErrorKind::Conflict,
                  fmt::format("the log path {} is a mounted directory", need.file),
                  fmt::format("give --audit-log-path={}/audit.log, or another file", need.file),
                  mount.path_span);
    }
    const auto at_directory = [&](const kube::VolumeMount& m) {
      return kube::clean_path(m.mount_path) == need.path;
    };
    if (std::any_of(work_.mounts.begin(), work_.mounts.end(), at_directory)) {
      return fail(
          ErrorKind::Conflict,
          fmt::format("the log file {} is mounted by itself, and its directory too", need.file),
          "remove the mount of the file", mount.span);
    }
    const bool own_volume = state.volume && work_.volumes[*state.volume].host_path &&
                            mount.sub_path.empty() && is_exclusive(state);
    mount.mount_path = need.path;
    if (own_volume) {
      kube::HostPath& host = *work_.volumes[*state.volume].host_path;
      host.path = wanted_host_path(need).value_or(
          kube::parent_path(kube::clean_path(host.path).value_or(need.file)));
      host.type = check::wanted_type(need);
    } else if (Result<void> done =
                   repoint(need, state, "it is used elsewhere, or not from the host", plan);
               !done) {
      return done;
    }
    changed(*state.mount, "it was the log file itself, which rotation could not rename", plan);
    return {};
  }

  Result<void> set_type(const MountNeed& need, const MountState& state, Plan& plan) {
    kube::HostPath& host = *work_.volumes[*state.volume].host_path;
    if (!is_exclusive(state))
      return repoint_same_path(need, state, "its type is unfit, and it is used elsewhere", plan);
    const std::string was = host.type == kube::HostPathType::Unset ? "not set"
                            : host.type == kube::HostPathType::Invalid
                                ? host.unknown_type
                                : std::string(kube::to_string(host.type));
    host.type = check::wanted_type(need);
    changed(*state.mount,
            fmt::format("the hostPath type is now {}; it was {}", kube::to_string(host.type), was),
            plan);
    return {};
  }

  Result<void> other_kind(const MountNeed& need, const MountState& state) const {
    const kube::Volume& volume = work_.volumes[*state.volume];
    const kube::HostPath& host = *volume.host_path;
    return fail(ErrorKind::Conflict,
                fmt::format("the hostPath {} of volume '{}' has type {} and cannot be {} {}",
                            host.path, volume.name, kube::to_string(host.type),
                            audit::describe(need.purpose), need.path),
                "correct the path or the type of that volume, or the name in its mount",
                host.path_span);
  }

  Result<void> repoint_same_path(const MountNeed& need, const MountState& state,
                                 std::string_view why, Plan& plan) {
    const std::string path = work_.volumes[*state.volume].host_path->path;
    if (Result<void> done = repoint(need, state, why, plan); !done) return done;
    work_.volumes.back().host_path->path = path;
    return {};
  }

  Result<void> set_host_path(const MountNeed& need, const MountState& state, Plan& plan) {
    if (!is_exclusive(state) || !work_.mounts[*state.mount].sub_path.empty())
      return repoint(need, state, "its host path is another one", plan);
    kube::HostPath& host = *work_.volumes[*state.volume].host_path;
    const std::string was = host.path;
    host.path = host_path_for(need);
    changed(*state.mount, fmt::format("it comes from the host's {} now; it was {}", host.path, was),
            plan);
    return {};
  }

  Result<void> in_the_way(const MountNeed& need, const MountState& state) const {
    const kube::VolumeMount& mount = work_.mounts[*state.mount];
    const std::string way_out =
        state.host ? fmt::format("give --host-path {}={}, or another path", need.path, *state.host)
                   : "give the setting a path outside it";
    return fail(
        ErrorKind::Conflict,
        fmt::format("the read-only mount {} covers {} {}, and no mount point can be made inside it",
                    mount.mount_path, audit::describe(need.purpose), need.path),
        way_out, mount.span);
  }

  // ---- from the working copy to changes ----

  // Where an item named `name` goes into a list with these names: sorted if the list is sorted.
  template <typename Items>
  static std::size_t place_by_name(const Items& items, const std::string& name) {
    const auto by_name = [](const auto& a, const auto& b) { return a.name < b.name; };
    const auto end =
        std::find_if(items.begin(), items.end(), [](const auto& item) { return item.implied; });
    if (!std::is_sorted(items.begin(), end, by_name))
      return static_cast<std::size_t>(end - items.begin());
    const auto after =
        std::find_if(items.begin(), end, [&](const auto& item) { return item.name > name; });
    return static_cast<std::size_t>(after - items.begin());
  }

  template <typename T>
  static std::optional<T> if_changed(const T& was, const T& is) {
    return was == is ? std::optional<T>() : std::optional<T>(is);
  }

  void add_changes(Plan& plan) {
    for (std::size_t i = 0; i < original_.mounts.size(); ++i) {
      const kube::VolumeMount& was = original_.mounts[i];
      const kube::VolumeMount& is = work_.mounts[i];
      if (was != is)
        plan.changes.push_back(SetMount{i, if_changed(was.mount_path, is.mount_path),
                                        if_changed(was.name, is.name),
                                        if_changed(was.read_only, is.read_only)});
    }
    for (std::size_t i = 0; i < original_.volumes.size(); ++i) {
      const auto& was = original_.volumes[i].host_path;
      const auto& is = work_.volumes[i].host_path;
      if (was != is)
        plan.changes.push_back(
            SetVolume{i, if_changed(was->path, is->path), if_changed(was->type, is->type)});
    }
    const auto by_name = [](const auto& a, const auto& b) { return a.name < b.name; };
    const auto new_mounts =
        work_.mounts.begin() + static_cast<std::ptrdiff_t>(original_.mounts.size());
    const auto new_volumes =
        work_.volumes.begin() + static_cast<std::ptrdiff_t>(original_.volumes.size());
    std::sort(new_mounts, work_.mounts.end(), by_name);
    std::sort(new_volumes, work_.volumes.end(), by_name);
    for (auto m = new_mounts; m != work_.mounts.end(); ++m) {
      plan.changes.push_back(InsertMount{place_by_name(original_.mounts, m->name), m->name,
                                         m->mount_path, m->read_only});
    }
    for (auto v = new_volumes; v != work_.volumes.end(); ++v) {
      plan.changes.push_back(InsertVolume{place_by_name(original_.volumes, v->name), v->name,
                                          v->host_path->path, v->host_path->type});
    }
  }

  const ApiServer& original_;
  ApiServer work_;
  const PlanRequest& request_;
  std::vector<MountNeed> needs_;
  std::vector<MountNeed> before_;
};

}  // namespace

Result<Plan> plan_enable(const ApiServer& server, const PlanRequest& request) {
  if (Result<void> restarts = check_restarts(server, request); !restarts) {
    return std::unexpected(restarts.error());
  }
  const Result<SettingsDecision> decision = decide_settings(server, request);
  if (!decision) return std::unexpected(decision.error());
  Plan plan;
  plan.settings_before = decision->present;
  FlagPlanner flags(server, sorts_flags(server, request));
  if (Result<void> end = flags.check_end(*decision); !end) return std::unexpected(end.error());
  if (Result<void> order = flags.check_order(*decision); !order)
    return std::unexpected(order.error());
  flags.plan(*decision, plan);
  if (Result<void> mounts = MountPlanner(server, request, *decision).plan(plan); !mounts)
    return std::unexpected(mounts.error());
  plan_policy_mark(server, request, plan);
  return plan;
}

}  // namespace kaudit::edit
