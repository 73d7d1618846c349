#include "kube/kubeadm_patch_sequence.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "kube/document_reader.h"
#include "kube/kubeadm_parts.h"
#include "kube/node_paths.h"

namespace kaudit::kube {
namespace {

using yaml::Document;
using yaml::Entry;
using yaml::Kind;
using yaml::kNoNode;
using yaml::NodeId;

constexpr std::string_view kServer = "kube-apiserver";

constexpr std::string_view kTakeOut =
    "take it out of this patch, or put the audit settings into the ClusterConfiguration";
constexpr std::string_view kGiveToKaudit =
    "take it out of this patch, and give it to kaudit kubeadm patch";
constexpr std::string_view kMend = "mend or remove it";

std::string way_before() {
  return fmt::format("rename the file, so that kubeadm applies it before {}", kKauditPatchName);
}
std::string way_behind() {
  return fmt::format("rename the file, so that kubeadm applies it after {}: {}1.yaml, for instance",
                     kKauditPatchName, kServer);
}

template <typename List>
bool holds(const List& list, std::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// ---- what all types of patches share ------------------------------------------------------------

class Judge {
 public:
  Judge(const Document& document, PatchSequence::Pod& pod, const PatchSequence::Needs& needs)
      : document_(document), pod_(pod), needs_(needs) {}

  std::optional<PatchConflict> found() const { return found_; }

 protected:
  // ---- reading ----

  NodeId value_of(NodeId mapping, std::string_view key) const {
    if (!is(mapping, Kind::Mapping)) return kNoNode;
    const auto entry = document_.find(mapping, key);
    return entry ? document_.resolve(entry->value) : kNoNode;
  }
  bool is(NodeId id, Kind kind) const { return id != kNoNode && document_.node(id).kind == kind; }
  bool is_null(NodeId id) const { return id != kNoNode && document_.is_null(id); }
  std::string_view text_of(NodeId id) const {
    return is(id, Kind::Scalar) ? document_.value(id) : std::string_view();
  }
  std::vector<NodeId> items(NodeId list) const {
    std::vector<NodeId> out;
    for (const NodeId item : document_.items(list)) out.push_back(document_.resolve(item));
    return out;
  }
  std::string path_of(NodeId id) const {
    std::string path = yaml::path_of(document_, id);
    return path.empty() ? "the Pod" : path;
  }
  // A mapping that go-yaml and kaudit read alike.
  bool readable(NodeId mapping) {
    if (!is(mapping, Kind::Mapping)) {
      stops(mapping, fmt::format("{} is not a mapping", path_of(mapping)));
      return false;
    }
    std::vector<std::string_view> keys;
    for (const Entry& entry : document_.entries(mapping)) {
      const std::string_view key = text_of(document_.resolve(entry.key));
      if (key == "<<" || holds(keys, key)) {
        cannot_tell(
            entry.key,
            key == "<<" ? "what the merge key brings" : fmt::format("which '{}' counts", key),
            key == "<<" ? "write it out" : "write it once");
        return false;
      }
      keys.push_back(key);
    }
    return true;
  }

  // ---- saying ----

  // The first one stays.
  void conflict(NodeId at, std::string message, std::string_view way_out = kTakeOut) {
    if (!found_)
      found_ = PatchConflict{document_.span(at), std::move(message), std::string(way_out)};
  }
  void stops(NodeId at, std::string_view why) {
    conflict(at, fmt::format("kubeadm stops at this patch: {}", why), kMend);
  }
  void cannot_tell(NodeId at, std::string_view what, std::string_view way_out = kTakeOut) {
    conflict(at, fmt::format("kaudit cannot tell {}", what), way_out);
  }
  void whole(NodeId at, std::string_view what, bool removes) {
    conflict(at, fmt::format("this patch {} {} as a whole, and {}",
                             removes ? "removes" : "replaces", what,
                             pod_.ours_is_applied ? "with it what kaudit's patch adds"
                                                  : "kaudit's patch needs it as kubeadm made it"));
  }

  // ---- what the Pod must keep ----

  // The result is decoded as a Pod, and the kubelet takes none without a name.
  void check_head(NodeId pod) {
    for (const auto& [key, wanted] :
         {std::pair<std::string_view, std::string_view>{"apiVersion", "v1"}, {"kind", "Pod"}}) {
      if (const NodeId value = value_of(pod, key); value != kNoNode && text_of(value) != wanted)
        stops(value, fmt::format("what comes out must have {}: {}", key, wanted));
    }
    const NodeId metadata = value_of(pod, "metadata");
    if (metadata == kNoNode) return;
    const NodeId name = value_of(metadata, "name");
    if (!is(metadata, Kind::Mapping) || is_null(name)) nameless(is_null(name) ? name : metadata);
  }
  void nameless(NodeId at) {
    conflict(at, "this patch takes the Pod's name away, and the kubelet runs no Pod without one",
             kMend);
  }

  void check_volume_name(std::string_view name, NodeId at) {
    if (holds(needs_.volumes, name))
      conflict(
          at,
          fmt::format("this patch has a volume '{}', which kaudit's patch needs for itself", name));
  }
  void check_mount_path(std::string_view path, NodeId at) {
    const auto clean = clean_path(path);
    if (!clean) return cannot_tell(at, fmt::format("which path '{}' is", path));
    if (holds(needs_.mounts, *clean)) {
      return conflict(
          at, fmt::format("this patch mounts {}, where kaudit's patch needs its own mount", path));
    }
    for (const std::string& file : needs_.files) {
      if (is_at_or_below(file, *clean) && clean->size() > mount_of(file).size())
        conflict(at, fmt::format("this patch mounts {}, and hides {} there", path, file));
    }
  }
  // The key of a volume, or of a mount.
  void check_item(NodeId named, std::string_view key) {
    if (key == "name")
      check_volume_name(text_of(named), named);
    else
      check_mount_path(text_of(named), named);
  }
  bool is_needed(std::string_view named, std::string_view key) const {
    if (key == "name") return holds(needs_.volumes, named);
    const auto path = clean_path(named);
    return !path || holds(needs_.mounts, *path);
  }
  // The longest mount of kaudit's that holds the file; "" where there is none.
  std::string_view mount_of(std::string_view file) const {
    std::string_view longest;
    for (const std::string& mount : needs_.mounts) {
      if (is_at_or_below(file, mount) && mount.size() > longest.size()) longest = mount;
    }
    return longest;
  }

  // ---- words of the command ----

  enum class Words { Command, CommandEnd, Args };

  void check_word(NodeId word, NodeId at, Words where) {
    if (word == kNoNode) return cannot_tell(at, "which word this patch puts into the command");
    if (!is_string(document_, word)) return stops(word, "a word of the command must be a string");
    const std::string_view text = document_.value(word);
    const bool is_flag = text.starts_with('-');
    std::string name(text.substr(0, text.find('=')));
    if (name.find("$(") != std::string::npos)
      return cannot_tell(word, fmt::format("which flag '{}' is", text), "write its name out");
    name.erase(0, std::min<std::size_t>(name.find_first_not_of('-'), 2));
    std::replace(name.begin(), name.end(), '_', '-');
    if (is_flag && needs_.is_audit_flag(name)) {
      const std::string_view why =
          where == Words::Args
              ? " in args, which come behind the command: kaudit's flag does not count then"
              : ", which is for kaudit's patch to set";
      return conflict(word, fmt::format("this patch sets --{}{}", name, why), kGiveToKaudit);
    }
    // What takes its value from the next word takes one of kaudit's.
    const bool behind_ours =
        where == Words::Args || (where == Words::CommandEnd && pod_.ours_is_applied);
    if (is_flag && !behind_ours && text.find('=') == std::string_view::npos)
      cannot_tell(word, fmt::format("whether '{}' takes the word behind it for its value", text),
                  fmt::format("write it as {}=VALUE", text));
  }
  void check_program(NodeId word, NodeId at) {
    const std::string_view program = text_of(word);
    if (program.empty() || base_name(program) != kServer)
      cannot_tell(word == kNoNode ? at : word, "what the command runs then");
  }
  // A whole command that stands there before kaudit adds to it.
  void check_command(NodeId list) {
    const std::vector<NodeId> words = items(list);
    check_program(words.empty() ? kNoNode : words[0], list);
    for (std::size_t i = 1; i < words.size(); ++i) check_word(words[i], words[i], Words::Command);
  }
  void check_args(NodeId list, NodeId at) {
    if (list == kNoNode) return cannot_tell(at, "which args this patch sets");
    if (is_null(list)) return;
    if (!is(list, Kind::Sequence)) return stops(list, "args must be a list");
    for (const NodeId word : items(list)) check_word(word, word, Words::Args);
  }

  const Document& document_;
  PatchSequence::Pod& pod_;
  const PatchSequence::Needs& needs_;
  std::optional<PatchConflict> found_;
};

// ---- merge patches (RFC 7386) -------------------------------------------------------------------

class MergeJudge : public Judge {
 public:
  using Judge::Judge;

  // A list replaces a list.
  void judge(NodeId pod) {
    if (!readable(pod)) return;
    check_head(pod);
    const NodeId spec = value_of(pod, "spec");
    if (spec == kNoNode) return;
    if (!is(spec, Kind::Mapping)) return whole(spec, "spec", is_null(spec));
    if (!readable(spec)) return;
    for (const std::string_view key : {"containers", "volumes"}) {
      if (const NodeId list = value_of(spec, key); list != kNoNode)
        whole(list, path_of(list), is_null(list));
    }
  }
};

// ---- strategic merge patches (apimachinery/pkg/util/strategicpatch/patch.go) --------------------

// Plain lists are replaced; containers and volumes merge by name, and mounts by mountPath
// (core/v1/types.go, patchStrategy and patchMergeKey).
class StrategicJudge : public Judge {
 public:
  using Judge::Judge;

  void judge(NodeId pod) {
    if (is_null(pod)) return;
    if (!readable(pod) || !without_directives(pod)) return;
    check_head(pod);
    if (const NodeId metadata = value_of(pod, "metadata"); is(metadata, Kind::Mapping))
      without_directives(metadata);
    const NodeId spec = value_of(pod, "spec");
    if (spec == kNoNode) return;
    if (!is(spec, Kind::Mapping)) return whole(spec, "spec", is_null(spec));
    if (!readable(spec) || !without_directives(spec)) return;
    judge_items(value_of(spec, "volumes"), "name");
    judge_containers(value_of(spec, "containers"));
  }

 private:
  // $patch, $retainKeys, $setElementOrder/… and $deleteFromPrimitiveList/….
  bool without_directives(NodeId mapping) {
    for (const Entry& entry : document_.entries(mapping)) {
      const std::string_view key = text_of(document_.resolve(entry.key));
      if (!key.starts_with('$')) continue;
      const std::string_view value = text_of(document_.resolve(entry.value));
      cannot_tell(entry.key, fmt::format("what '{}{}{}' leaves of {}", key,
                                         value.empty() ? "" : ": ", value, path_of(mapping)));
      return false;
    }
    return true;
  }

  // Whether the list is one to go on with.
  bool is_list(NodeId list) {
    if (list == kNoNode || is(list, Kind::Sequence)) return list != kNoNode;
    whole(list, path_of(list), is_null(list));
    return false;
  }

  enum class Item { Merged, Deleted, Bad };
  Item read_item(NodeId item, std::string_view key, std::string_view& name) {
    if (!readable(item)) return Item::Bad;
    const NodeId directive = value_of(item, "$patch");
    if (text_of(directive) == "replace") {
      whole(directive, path_of(document_.node(item).parent), false);
      return Item::Bad;
    }
    name = text_of(value_of(item, key));
    if (directive != kNoNode && text_of(directive) != "delete") {
      stops(directive, fmt::format("'$patch: {}' is not for an item", text_of(directive)));
    } else if (name.empty()) {
      stops(item, fmt::format("{} has no {}", path_of(item), key));
    } else {
      return directive == kNoNode ? Item::Merged : Item::Deleted;
    }
    return Item::Bad;
  }

  // Volumes, or mounts.
  void judge_items(NodeId list, std::string_view key) {
    if (!is_list(list)) return;
    for (const NodeId item : items(list)) {
      std::string_view name;
      const Item kind = read_item(item, key, name);
      if (kind == Item::Bad) return;
      if (kind == Item::Deleted && !is_needed(name, key)) continue;
      if (kind == Item::Deleted) return whole(item, name, true);
      check_item(value_of(item, key), key);
    }
  }

  void judge_containers(NodeId list) {
    if (!is_list(list)) return;
    std::vector<std::string> named;
    for (const NodeId item : items(list)) {
      std::string_view name;
      const Item kind = read_item(item, "name", name);
      if (kind == Item::Bad) return;
      if (kind == Item::Deleted && name == kServer)
        return whole(item, "the API server's container", true);
      if (kind == Item::Deleted)
        std::erase(pod_.containers, name);
      else if (!holds(named, name))
        named.emplace_back(name);
      if (name == kServer) judge_server(item);
    }
    pod_.containers = merged(named);
    if (!pod_.ours_is_applied && pod_.containers.front() != kServer) {
      conflict(items(list).front(),
               fmt::format("this patch puts the container '{}' in front of {}, and kaudit's patch, "
                           "which adds to the first one, would change that",
                           pod_.containers.front(), kServer),
               way_behind());
    }
  }

  // normalizeElementOrder and mergeSortedSlice: what the patch does not name goes before the first
  // of its items that stood behind it; new items come first.
  std::vector<std::string> merged(const std::vector<std::string>& named) const {
    const std::vector<std::string>& before = pod_.containers;
    const auto place = [&](const std::string& name) {
      return std::find(before.begin(), before.end(), name);
    };
    std::vector<std::string> left;
    for (const std::string& name : before) {
      if (!holds(named, name)) left.push_back(name);
    }
    std::vector<std::string> all;
    auto next = left.begin();
    for (const std::string& name : named) {
      while (place(name) != before.end() && next != left.end() && place(*next) < place(name))
        all.push_back(*next++);
      all.push_back(name);
    }
    all.insert(all.end(), next, left.end());
    return all;
  }

  void judge_server(NodeId container) {
    if (!without_directives(container)) return;
    if (const NodeId command = value_of(container, "command"); command != kNoNode) {
      if (pod_.ours_is_applied || !is(command, Kind::Sequence))
        whole(command, "the command", is_null(command));
      else
        check_command(command);
    }
    if (const NodeId args = value_of(container, "args"); args != kNoNode) check_args(args, args);
    judge_items(value_of(container, "volumeMounts"), "mountPath");
  }
};

// ---- JSON patches (RFC 6902, github.com/evanphx/json-patch) -------------------------------------

class JsonJudge : public Judge {
 public:
  using Judge::Judge;

  void judge(NodeId list) {
    if (is_null(list)) return;
    if (!is(list, Kind::Sequence)) return stops(list, "a JSON patch is a list of operations");
    for (const NodeId item : items(list)) {
      if (found_) return;
      if (readable(item)) judge_operation(item);
    }
  }

 private:
  enum class Change { Add, Replace, Remove };
  // One place that an operation changes.
  struct Touch {
    NodeId at = kNoNode;  // the operation
    Change change = Change::Add;
    NodeId value = kNoNode;  // kNoNode: not known
    std::string pointer;
    std::vector<std::string> path;
  };

  void judge_operation(NodeId item) {
    const std::string_view op = text_of(value_of(item, "op"));
    static constexpr std::array<std::string_view, 6> kKnown{"add",  "replace", "remove",
                                                            "move", "copy",    "test"};
    if (!holds(kKnown, op)) return stops(item, fmt::format("'{}' is no operation", op));
    Touch touch{item, Change::Add, value_of(item, "value"), {}, {}};
    if (op == "move" || op == "copy") {
      touch.value = kNoNode;
      if (!point(touch, "from")) return;
      touch.change = Change::Remove;
      if (op == "move") judge_touch(touch);
      touch.change = Change::Add;
    }
    if (!point(touch, "path")) return;
    if (op == "test") return judge_test(touch);
    if (op == "replace") touch.change = Change::Replace;
    if (op == "remove") touch.change = Change::Remove;
    judge_touch(touch);
  }

  // RFC 6901; in the library, what stands before the first slash does not count.
  bool point(Touch& touch, std::string_view key) {
    touch.pointer = text_of(value_of(touch.at, key));
    touch.path.clear();
    if (!touch.pointer.empty() && !touch.pointer.starts_with('/')) {
      cannot_tell(touch.at, fmt::format("where '{}' leads", touch.pointer), kMend);
      return false;
    }
    for (std::size_t at = 0; at < touch.pointer.size();) {
      const std::size_t end = std::min(touch.pointer.find('/', at + 1), touch.pointer.size());
      std::string token = touch.pointer.substr(at + 1, end - at - 1);
      for (const auto& [code, sign] : {std::pair<std::string_view, char>{"~1", '/'}, {"~0", '~'}}) {
        for (std::size_t i = token.find(code); i != std::string::npos; i = token.find(code, i + 1))
          token.replace(i, 2, 1, sign);
      }
      touch.path.push_back(std::move(token));
      at = end;
    }
    return true;
  }

  // Of an existing item; nothing for what is no plain number, which the library may take for one.
  static std::optional<std::size_t> index(std::string_view token) {
    std::size_t number = 0;
    const auto read = std::from_chars(token.data(), token.data() + token.size(), number);
    const bool plain = read.ec == std::errc() && read.ptr == token.data() + token.size();
    return plain && fmt::format("{}", number) == token ? std::optional(number) : std::nullopt;
  }
  std::size_t server() const {
    return static_cast<std::size_t>(
        std::find(pod_.containers.begin(), pod_.containers.end(), kServer) -
        pod_.containers.begin());
  }

  // What holds of a list may not hold once kaudit has added to it.
  void judge_test(const Touch& touch) {
    const auto& p = touch.path;
    const bool in_server = p.size() >= 3 && p[1] == "containers" && index(p[2]) == server();
    const bool above =
        p.empty() ||
        (p[0] == "spec" &&
         (p.size() == 1 || (p.size() == 2 && (p[1] == "containers" || p[1] == "volumes")) ||
          (in_server &&
           (p.size() == 3 || (p.size() == 4 && (p[3] == "command" || p[3] == "volumeMounts"))))));
    if (above && pod_.ours_is_applied)
      cannot_tell(
          touch.at,
          fmt::format("whether the test of '{}' holds with what its own patch adds", touch.pointer),
          way_before());
  }

  void judge_touch(const Touch& touch) {
    const auto& path = touch.path;
    const bool removes = touch.change == Change::Remove;
    if (path.empty()) return whole(touch.at, "the Pod", removes);
    if (path[0] == "metadata") return touch_metadata(touch);
    if (path[0] == "kind" || path[0] == "apiVersion") {
      if (removes || text_of(touch.value) != (path[0] == "kind" ? "Pod" : "v1"))
        stops(touch.at, "what comes out must be a Pod of v1");
    }
    if (path[0] != "spec") return;
    if (path.size() == 1) return whole(touch.at, touch.pointer, removes);
    if (path[1] == "volumes") return touch_items(touch, 2, "name");
    if (path[1] == "containers") touch_containers(touch);
  }

  void touch_metadata(const Touch& touch) {
    const bool named = touch.change != Change::Remove &&
                       (touch.path.size() > 1 || value_of(touch.value, "name") != kNoNode);
    if (!named && (touch.path.size() == 1 || touch.path[1] == "name")) nameless(touch.at);
  }

  void touch_containers(const Touch& touch) {
    const auto& path = touch.path;
    if (path.size() == 2) return whole(touch.at, touch.pointer, touch.change == Change::Remove);
    const auto number = path[2] == "-" ? std::optional(pod_.containers.size()) : index(path[2]);
    if (!number)
      return cannot_tell(touch.at, fmt::format("which container '{}' is", touch.pointer), kMend);
    const bool adds = path.size() == 3 && touch.change == Change::Add;
    if (*number >= pod_.containers.size() + (adds ? 1U : 0U))
      return stops(touch.at, fmt::format("there is no '{}'", touch.pointer));
    if (adds) return add_container(touch, *number);
    if (*number == server()) return touch_server(touch);
    if (path.size() == 3 && touch.change == Change::Remove)
      pod_.containers.erase(pod_.containers.begin() + static_cast<std::ptrdiff_t>(*number));
    else if (path.size() == 3 || path[3] == "name")
      cannot_tell(touch.at, "what the container is called then");
  }

  void add_container(const Touch& touch, std::size_t number) {
    const std::string name(text_of(value_of(touch.value, "name")));
    if (name.empty() || name == kServer)
      return cannot_tell(touch.at, fmt::format("which container '{}' is then", touch.pointer),
                         kMend);
    if (!pod_.ours_is_applied && number <= server()) {
      return conflict(touch.at,
                      fmt::format("this patch puts the container '{}' in front of {}, and kaudit's "
                                  "patch, which adds to the first one, would change that",
                                  name, kServer),
                      "add it with the path /spec/containers/-");
    }
    pod_.containers.insert(pod_.containers.begin() + static_cast<std::ptrdiff_t>(number), name);
  }

  void touch_server(const Touch& touch) {
    const auto& path = touch.path;
    if (path.size() == 3) return whole(touch.at, touch.pointer, touch.change == Change::Remove);
    if (path[3] == "name" && text_of(touch.value) != kServer)
      return cannot_tell(touch.at, "what the API server's container is called then");
    if (path[3] == "command") return touch_command(touch);
    if (path[3] == "args") return touch_args(touch);
    if (path[3] == "volumeMounts") touch_items(touch, 4, "mountPath");
  }

  void touch_args(const Touch& touch) {
    if (touch.change == Change::Remove) return;
    if (touch.path.size() == 4) return check_args(touch.value, touch.at);
    check_word(touch.value, touch.at, Words::Args);
  }

  void touch_command(const Touch& touch) {
    const bool removes = touch.change == Change::Remove;
    if (touch.path.size() == 4) {
      if (pod_.ours_is_applied || removes || !is(touch.value, Kind::Sequence))
        return whole(touch.at, touch.pointer, removes);
      return check_command(touch.value);
    }
    const std::string& token = touch.path[4];
    if (token == "-" && touch.change == Change::Add)
      return check_word(touch.value, touch.at, Words::CommandEnd);
    const auto number = index(token);
    if (!number || touch.path.size() > 5 || (touch.change != Change::Add && pod_.ours_is_applied))
      return which(touch);
    if (*number == 0 && touch.change == Change::Replace)
      return check_program(touch.value, touch.at);
    if (*number == 0) return cannot_tell(touch.at, "what the command runs then");
    if (!removes) check_word(touch.value, touch.at, Words::Command);
  }

  // Behind kaudit's patch, an index may be that of something that kaudit added; before it, of what
  // kubeadm made and kaudit's patch needs.
  void which(const Touch& touch) {
    cannot_tell(touch.at,
                fmt::format("whether '{}' is something that its own patch needs", touch.pointer),
                pod_.ours_is_applied ? way_before() : std::string(kTakeOut));
  }

  // Volumes, or mounts; the list is at path[depth - 1].
  void touch_items(const Touch& touch, std::size_t depth, std::string_view key) {
    const bool removes = touch.change == Change::Remove;
    const auto& path = touch.path;
    if (path.size() == depth) return whole(touch.at, touch.pointer, removes);
    const bool is_item = path.size() == depth + 1;
    const bool adds = is_item && touch.change == Change::Add;
    if (adds ? path[depth] != "-" && !index(path[depth])
             : !index(path[depth]) || pod_.ours_is_applied || needs_.of_kubeadm)
      return which(touch);
    if (removes || (!is_item && path[depth + 1] != key)) return;
    const NodeId named = is_item ? value_of(touch.value, key) : touch.value;
    if (is_item && is(touch.value, Kind::Mapping) && !readable(touch.value)) return;
    if (text_of(named).empty())
      return cannot_tell(touch.at, fmt::format("which {} '{}' has then", key, touch.pointer));
    check_item(named, key);
  }
};

// ---- the documents of a file --------------------------------------------------------------------

}  // namespace

PatchSequence::PatchSequence(const ApiServer& ours, IsAuditFlag is_audit_flag)
    : pod_{{std::string(kServer)}, false} {
  needs_.is_audit_flag = is_audit_flag;
  for (const Argument& argument : ours.arguments) {
    const std::string_view value =
        std::string_view(argument.value)
            .substr(std::min(argument.value.find('='), argument.value.size() - 1) + 1);
    if (const auto path = clean_path(value); path && value.starts_with('/'))
      needs_.files.push_back(*path);
  }
  for (std::size_t i = 0; i < ours.mounts.size(); ++i) {
    const VolumeMount& mount = ours.mounts[i];
    const bool needed =
        !mount.implied ||
        std::any_of(needs_.files.begin(), needs_.files.end(), [&](const std::string& file) {
          const auto by = coverage(file, ours.mounts, ours.volumes);
          return by && by->mount == i;
        });
    if (!needed) continue;
    needs_.of_kubeadm = needs_.of_kubeadm || mount.implied;
    needs_.volumes.push_back(mount.name);
    if (const auto path = clean_path(mount.mount_path)) needs_.mounts.push_back(*path);
  }
}

std::optional<PatchConflict> PatchSequence::apply(const Document& file, PatchType type) {
  const std::string_view bytes = file.source().bytes();
  const auto judge_with = [&]<typename OneJudge>(OneJudge judge, NodeId root) {
    judge.judge(root);
    return judge.found();
  };
  for (const text::Span part : kubeadm_parts(bytes)) {
    if (bytes.substr(part.begin, part.size()).find_first_not_of(" \t\r\n") ==
        std::string_view::npos)
      continue;
    NodeId first = kNoNode;
    for (const NodeId root : file.roots()) {
      const std::size_t begin = file.node(root).begin;
      if (begin < part.begin || begin >= part.end || file.is_null(root)) continue;
      if (first != kNoNode)
        return PatchConflict{file.span(root),
                             "kubeadm does not read this document: it divides a file only at lines "
                             "of nothing but '---'",
                             "write '---' on a line of its own"};
      first = root;
    }
    if (first == kNoNode) {
      if (type != PatchType::Merge) continue;
      return PatchConflict{{part.begin, part.begin},
                           "kubeadm stops at this patch: a merge patch may not be empty",
                           std::string(kMend)};
    }
    const NodeId root = file.resolve(first);
    auto found = type == PatchType::Json    ? judge_with(JsonJudge(file, pod_, needs_), root)
                 : type == PatchType::Merge ? judge_with(MergeJudge(file, pod_, needs_), root)
                                            : judge_with(StrategicJudge(file, pod_, needs_), root);
    if (found) return found;
  }
  return {};
}

}  // namespace kaudit::kube
