// Which patches of a folder are in the way of kaudit's, before it and behind it.
//
// tests/node/kubeadm_tests.py shows with kubeadm itself that what is taken works, and that what is
// refused would break.

#include "kube/kubeadm_patch_sequence.h"

#include <gtest/gtest.h>

#include "audit/flag_table.h"
#include "support/dump.h"

namespace kaudit::kube {
namespace {

using support::source;

enum Order { Before, Behind };

bool is_audit_flag(std::string_view name) {
  return audit::find_flag(name) != nullptr;
}

ApiServer ours(const std::string& policy = "/l/policy.yaml") {
  const auto own = source(
      "- {op: add, path: /spec/containers/0/command/-, value: --audit-log-path=/l/a.log}\n"
      "- {op: add, path: /spec/containers/0/command/-, value: --audit-policy-file=" +
      policy +
      "}\n"
      "- {op: add, path: /spec/containers/0/volumeMounts/-, value: {mountPath: /l, name: log}}\n"
      "- {op: add, path: /spec/volumes/-, value: {hostPath: {path: /h}, name: log}}\n");
  return *read_kaudit_patch(*yaml::parse(own), audit::arity_of);
}

struct File {
  PatchType type;
  Order order;
  std::string text;
};

// "LINE `what stands at the place` message (way out)" of the first conflict, "" for none.
std::string conflict(const std::vector<File>& files, const ApiServer& own = ours()) {
  PatchSequence sequence(own, is_audit_flag);
  bool applied = false;
  for (const File& file : files) {
    if (file.order == Behind && !applied) sequence.apply_ours();
    applied = applied || file.order == Behind;
    const auto text = source(file.text);
    const auto document = yaml::parse(text);
    if (!document) return "unreadable: " + document.error().message;
    if (const auto found = sequence.apply(*document, file.type)) {
      std::string at(text->slice(found->place));
      at.resize(std::min(at.find_first_of(":\n"), at.size()));
      return fmt::format("{} `{}` {} ({})", text->position(found->place.begin).line, at,
                         found->message, found->way_out);
    }
  }
  return "";
}
std::string strategic(Order order, const std::string& text) {
  return conflict({{PatchType::Strategic, order, text}});
}
std::string merge(Order order, const std::string& text) {
  return conflict({{PatchType::Merge, order, text}});
}
std::string json(Order order, const std::string& text) {
  return conflict({{PatchType::Json, order, "[{" + text + "}]"}});
}

const std::string kOut =
    " (take it out of this patch, or put the audit settings into the ClusterConfiguration)";
const std::string kEarlier =
    " (rename the file, so that kubeadm applies it before kube-apiserver0-kaudit+json.yaml)";
const std::string kLater =
    " (rename the file, so that kubeadm applies it after kube-apiserver0-kaudit+json.yaml: "
    "kube-apiserver1.yaml, for instance)";
const std::string kGive = " (take it out of this patch, and give it to kaudit kubeadm patch)";
const std::string kMend = " (mend or remove it)";
const std::string kWithOurs = " as a whole, and with it what kaudit's patch adds" + kOut;
const std::string kAsMade = " as a whole, and kaudit's patch needs it as kubeadm made it" + kOut;

std::string server(const std::string& rest) {
  return "spec: {containers: [{name: kube-apiserver, " + rest + "}]}";
}

// ---- all types ---------------------------------------------------------------------------------

TEST(PatchSequence, TakesWhatIsAboutSomethingElse) {
  for (const Order order : {Before, Behind}) {
    for (const auto type : {PatchType::Strategic, PatchType::Merge}) {
      for (const char* text :
           {"metadata: {labels: {a: b}}", "spec: {priority: 5}", "spec: {}",
            "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"a\"}}",
            "{\"spec\": {\"hostNetwork\": null}}"})
        EXPECT_EQ(conflict({{type, order, text}}), "") << text;
    }
    EXPECT_EQ(json(order, "op: add, path: /metadata/labels/a, value: b"), "");
    EXPECT_EQ(json(order, "op: replace, path: /spec/containers/0/resources, value: {}"), "");
    EXPECT_EQ(json(order, "op: remove, path: /spec/priority"), "");
    EXPECT_EQ(json(order, "op: replace, path: /kind, value: Pod"), "");
    EXPECT_EQ(json(order, "op: copy, from: /spec/volumes/0, path: /metadata/labels/a"), "");
  }
}

TEST(PatchSequence, KeepsThePodAPodWithAName) {
  const std::string nameless =
      " this patch takes the Pod's name away, and the kubelet runs no Pod without one" + kMend;
  EXPECT_EQ(merge(Behind, "metadata: null"), "1 `null`" + nameless);
  EXPECT_EQ(merge(Before, "metadata: {name: null}"), "1 `null`" + nameless);
  EXPECT_EQ(strategic(Behind, "metadata: []"), "1 `[]`" + nameless);
  EXPECT_EQ(json(Behind, "op: remove, path: /metadata"), "1 `{op`" + nameless);
  EXPECT_EQ(json(Behind, "op: remove, path: /metadata/name"), "1 `{op`" + nameless);
  EXPECT_EQ(strategic(Behind, "kind: Service"),
            "1 `Service` kubeadm stops at this patch: what comes out must have kind: Pod" + kMend);
  EXPECT_EQ(
      merge(Before, "apiVersion: null"),
      "1 `null` kubeadm stops at this patch: what comes out must have apiVersion: v1" + kMend);
  EXPECT_EQ(json(Behind, "op: remove, path: /kind"),
            "1 `{op` kubeadm stops at this patch: what comes out must be a Pod of v1" + kMend);
}

// As kubeadm divides them, not as YAML does.
TEST(PatchSequence, ReadsTheDocumentsThatKubeadmReads) {
  EXPECT_EQ(strategic(Behind, "# licence\n---\nspec: {priority: 5}\n---\nspec: {volumes: null}\n"),
            "5 `null` this patch removes spec.volumes" + kWithOurs);
  EXPECT_EQ(strategic(Behind, "---\n---\n# only comments\n---\n"), "");
  EXPECT_EQ(
      strategic(Behind, "spec: {}\n--- # two\nspec: {priority: 5}\n"),
      "3 `spec` kubeadm does not read this document: it divides a file only at lines of nothing "
      "but '---' (write '---' on a line of its own)");
  const std::string empty = " kubeadm stops at this patch: a merge patch may not be empty" + kMend;
  EXPECT_EQ(merge(Behind, "# licence\n---\nspec: {priority: 5}\n"), "1 ``" + empty);
  EXPECT_EQ(merge(Behind, "spec: {priority: 5}\n---\nnull\n"), "3 ``" + empty);
  EXPECT_EQ(conflict({{PatchType::Json, Behind, "# nothing\n"}}), "");
}

TEST(PatchSequence, DoesNotGuessWhichKeyCounts) {
  EXPECT_EQ(merge(Behind, "spec: {volumes: null}\nspec: {}"),
            "2 `spec` kaudit cannot tell which 'spec' counts (write it once)");
  EXPECT_EQ(strategic(Behind, "x: &x {volumes: null}\nspec: {<<: *x}"),
            "2 `<<` kaudit cannot tell what the merge key brings (write it out)");
  EXPECT_EQ(json(Behind, "op: test, op: remove, path: /spec/volumes"),
            "1 `op` kaudit cannot tell which 'op' counts (write it once)");
  EXPECT_EQ(strategic(Behind, "x: &x {volumes: null}\nspec: *x"),
            "1 `null` this patch removes x.volumes" + kWithOurs);
}

TEST(PatchSequence, SaysAtWhatKubeadmStops) {
  const std::string stops = "kubeadm stops at this patch: ";
  EXPECT_EQ(merge(Behind, "[]"), "1 `[]` " + stops + "the Pod is not a mapping" + kMend);
  EXPECT_EQ(strategic(Behind, "text"), "1 `text` " + stops + "the Pod is not a mapping" + kMend);
  EXPECT_EQ(conflict({{PatchType::Json, Behind, "op: add"}}),
            "1 `op` " + stops + "a JSON patch is a list of operations" + kMend);
  EXPECT_EQ(conflict({{PatchType::Json, Behind, "- 5"}}),
            "1 `5` " + stops + "[0] is not a mapping" + kMend);
  EXPECT_EQ(json(Behind, "op: append, path: /spec/x"),
            "1 `{op` " + stops + "'append' is no operation" + kMend);
  EXPECT_EQ(json(Before, "op: add, path: /spec/containers/1/command/-, value: --v=4"),
            "1 `{op` " + stops + "there is no '/spec/containers/1/command/-'" + kMend);
  EXPECT_EQ(strategic(Behind, "spec: {containers: [{command: [x]}]}"),
            "1 `{command` " + stops + "spec.containers[0] has no name" + kMend);
  EXPECT_EQ(strategic(Behind, "spec: {volumes: [x]}"),
            "1 `x` " + stops + "spec.volumes[0] is not a mapping" + kMend);
  EXPECT_EQ(strategic(Behind, "spec: {volumes: [{name: a, $patch: merge}]}"),
            "1 `merge` " + stops + "'$patch: merge' is not for an item" + kMend);
  EXPECT_EQ(json(Behind, "op: add, path: /spec/containers/0/command/-, value: 4"),
            "1 `4` " + stops + "a word of the command must be a string" + kMend);
  EXPECT_EQ(strategic(Behind, server("args: --v=4")),
            "1 `--v=4` " + stops + "args must be a list" + kMend);
}

// ---- whole lists -------------------------------------------------------------------------------

TEST(PatchSequence, KeepsTheListsThatOursAddsTo) {
  EXPECT_EQ(merge(Behind, "spec: null"), "1 `null` this patch removes spec" + kWithOurs);
  EXPECT_EQ(merge(Before, "spec: []"), "1 `[]` this patch replaces spec" + kAsMade);
  EXPECT_EQ(merge(Behind, "spec: {containers: []}"),
            "1 `[]` this patch replaces spec.containers" + kWithOurs);
  EXPECT_EQ(merge(Before, "spec: {volumes: []}"),
            "1 `[]` this patch replaces spec.volumes" + kAsMade);
  EXPECT_EQ(strategic(Behind, "spec: null"), "1 `null` this patch removes spec" + kWithOurs);
  EXPECT_EQ(strategic(Behind, "spec: {containers: null}"),
            "1 `null` this patch removes spec.containers" + kWithOurs);
  EXPECT_EQ(strategic(Before, "spec: {volumes: null}"),
            "1 `null` this patch removes spec.volumes" + kAsMade);
  EXPECT_EQ(strategic(Behind, server("volumeMounts: null")),
            "1 `null` this patch removes spec.containers[0].volumeMounts" + kWithOurs);
  EXPECT_EQ(strategic(Behind, server("command: null")),
            "1 `null` this patch removes the command" + kWithOurs);
  EXPECT_EQ(strategic(Behind, server("command: [kube-apiserver]")),
            "1 `[kube-apiserver]` this patch replaces the command" + kWithOurs);
  for (const char* path :
       {"/spec", "/spec/containers", "/spec/containers/0", "/spec/containers/0/command",
        "/spec/containers/0/volumeMounts", "/spec/volumes"}) {
    const std::string at = fmt::format("path: {}", path);
    EXPECT_EQ(json(Behind, "op: replace, value: [], " + at),
              fmt::format("1 `{{op` this patch replaces {}", path) + kWithOurs);
    EXPECT_EQ(json(Before, "op: remove, " + at),
              fmt::format("1 `{{op` this patch removes {}", path) + kAsMade);
    EXPECT_EQ(json(Behind, fmt::format("op: move, from: {}, path: /metadata/labels/a", path)),
              fmt::format("1 `{{op` this patch removes {}", path) + kWithOurs);
    EXPECT_EQ(json(Before, "op: test, value: x, " + at), "");
    EXPECT_EQ(
        json(Behind, "op: test, value: x, " + at),
        fmt::format("1 `{{op` kaudit cannot tell whether the test of '{}' holds with what its own "
                    "patch adds",
                    path) +
            kEarlier);
  }
  EXPECT_EQ(json(Behind, "op: replace, path: '', value: {}"),
            "1 `{op` this patch replaces the Pod" + kWithOurs);
}

// ---- directives --------------------------------------------------------------------------------

TEST(PatchSequence, DoesNotGuessWhatADirectiveLeaves) {
  const auto leaves = [](const std::string& key, const std::string& value,
                         const std::string& path) {
    return fmt::format("1 `{0}` kaudit cannot tell what '{0}{1}' leaves of {2}", key, value, path) +
           kOut;
  };
  EXPECT_EQ(strategic(Behind, "$patch: replace"), leaves("$patch", ": replace", "the Pod"));
  EXPECT_EQ(strategic(Behind, "metadata: {$patch: delete}"),
            leaves("$patch", ": delete", "metadata"));
  EXPECT_EQ(strategic(Before, "spec: {$patch: delete}"), leaves("$patch", ": delete", "spec"));
  EXPECT_EQ(strategic(Behind, "spec: {$retainKeys: [volumes]}"), leaves("$retainKeys", "", "spec"));
  EXPECT_EQ(strategic(Behind, "spec: {$setElementOrder/containers: []}"),
            leaves("$setElementOrder/containers", "", "spec"));
  EXPECT_EQ(strategic(Behind, server("$deleteFromPrimitiveList/command: [x]")),
            leaves("$deleteFromPrimitiveList/command", "", "spec.containers[0]"));
  EXPECT_EQ(strategic(Behind, "spec: {volumes: [{$patch: replace}]}"),
            "1 `replace` this patch replaces spec.volumes" + kWithOurs);
  EXPECT_EQ(strategic(Behind, "spec: {containers: [{$patch: replace}]}"),
            "1 `replace` this patch replaces spec.containers" + kWithOurs);
  EXPECT_EQ(strategic(Behind, server("$patch: delete")),
            "1 `{name` this patch removes the API server's container" + kWithOurs);
  EXPECT_EQ(strategic(Behind, "spec: {volumes: [{name: log, $patch: delete}]}"),
            "1 `{name` this patch removes log" + kWithOurs);
  EXPECT_EQ(strategic(Behind, server("volumeMounts: [{mountPath: /l/, $patch: delete}]")),
            "1 `{mountPath` this patch removes /l/" + kWithOurs);
}

TEST(PatchSequence, TakesDirectivesForOtherItems) {
  EXPECT_EQ(
      strategic(Behind,
                "spec: {volumes: [{name: x, $patch: delete}, {name: y, $retainKeys: [name]}]}"),
      "");
  EXPECT_EQ(strategic(Behind, server("volumeMounts: [{mountPath: /x, $patch: delete}]")), "");
  EXPECT_EQ(
      strategic(Behind, "spec: {containers: [{name: side, env: [{name: A, $patch: delete}]}]}"),
      "");
}

// ---- volumes and mounts ------------------------------------------------------------------------

TEST(PatchSequence, KeepsItsVolumesAndMounts) {
  const std::string volume =
      "this patch has a volume 'log', which kaudit's patch needs for itself" + kOut;
  const std::string mount =
      "this patch mounts /l/, where kaudit's patch needs its own mount" + kOut;
  const std::string hides = "this patch mounts /l/a.log, and hides /l/a.log there" + kOut;
  for (const Order order : {Before, Behind}) {
    EXPECT_EQ(strategic(order, "spec: {volumes: [{name: a}, {name: log, emptyDir: {}}]}"),
              "1 `log` " + volume);
    EXPECT_EQ(strategic(order, server("volumeMounts: [{mountPath: /l/, name: a}]")),
              "1 `/l/` " + mount);
    EXPECT_EQ(strategic(order, server("volumeMounts: [{mountPath: /l/a.log, name: a}]")),
              "1 `/l/a.log` " + hides);
    EXPECT_EQ(json(order, "op: add, path: /spec/volumes/-, value: {name: log}"),
              "1 `log` " + volume);
    EXPECT_EQ(json(order, "op: add, path: /spec/volumes/0, value: {name: log}"),
              "1 `log` " + volume);
    EXPECT_EQ(
        json(order, "op: add, path: /spec/containers/0/volumeMounts/-, value: {mountPath: /l/}"),
        "1 `/l/` " + mount);
    EXPECT_EQ(
        json(order, "op: add, path: /spec/containers/0/volumeMounts/-, value: {mountPath: /../l}"),
        "1 `/../l` kaudit cannot tell which path '/../l' is" + kOut);
    EXPECT_EQ(json(order, "op: copy, from: /spec/volumes/0, path: /spec/volumes/-"),
              "1 `{op` kaudit cannot tell which name '/spec/volumes/-' has then" + kOut);
    // Beside, above, and below without being in the way.
    EXPECT_EQ(strategic(order,
                        server("volumeMounts: [{mountPath: /, name: a}, {mountPath: /l2, name: a}, "
                               "{mountPath: /l/old, name: a}]")),
              "");
    EXPECT_EQ(json(order, "op: add, path: /spec/volumes/-, value: {name: log2}"), "");
  }
}

// Before kaudit's patch an index is kubeadm's or another patch's; behind it, it may be kaudit's.
TEST(PatchSequence, TakesIndicesOnlyBeforeOurs) {
  for (const char* rest :
       {"op: remove, path: /spec/volumes/1", "op: replace, path: /spec/volumes/1, value: {name: a}",
        "op: replace, path: /spec/volumes/1/name, value: a",
        "op: remove, path: /spec/volumes/1/hostPath",
        "op: remove, path: /spec/containers/0/volumeMounts/1",
        "op: add, path: /spec/containers/0/volumeMounts/1/readOnly, value: true",
        "op: remove, path: /spec/containers/0/command/3",
        "op: replace, path: /spec/containers/0/command/3, value: --v=4",
        "op: move, from: /spec/containers/0/command/3, path: /metadata/labels/a"}) {
    EXPECT_EQ(json(Before, rest), "");
    const std::string text(rest);
    const std::size_t at = text.find("/spec");
    const std::string path = text.substr(at, text.find(',', at) - at);
    EXPECT_EQ(json(Behind, rest), "1 `{op` kaudit cannot tell whether '" + path +
                                      "' is something that its own patch needs" + kEarlier);
  }
  EXPECT_EQ(json(Before, "op: replace, path: /spec/volumes/1/name, value: log"),
            "1 `log` this patch has a volume 'log', which kaudit's patch needs for itself" + kOut);
  EXPECT_EQ(json(Before, "op: remove, path: /spec/volumes/-1"),
            "1 `{op` kaudit cannot tell whether '/spec/volumes/-1' is something that its own patch "
            "needs" +
                kOut);
  EXPECT_EQ(json(Behind, "op: test, path: /spec/volumes/0/name, value: a"), "");
}

TEST(PatchSequence, KeepsWhatKubeadmMountsWhereOursNeedsIt) {
  const std::string certs = "spec: {volumes: [{name: k8s-certs, emptyDir: {}}]}";
  EXPECT_EQ(strategic(Behind, certs), "");
  const ApiServer in_pki = ours("/etc/kubernetes/pki/policy.yaml");
  EXPECT_EQ(
      conflict({{PatchType::Strategic, Behind, certs}}, in_pki),
      "1 `k8s-certs` this patch has a volume 'k8s-certs', which kaudit's patch needs for itself" +
          kOut);
  EXPECT_EQ(
      conflict({{PatchType::Json, Before, "[{op: remove, path: /spec/volumes/0}]"}}, in_pki),
      "1 `{op` kaudit cannot tell whether '/spec/volumes/0' is something that its own patch needs" +
          kOut);
}

// ---- the command -------------------------------------------------------------------------------

TEST(PatchSequence, SetsTheAuditFlagsAlone) {
  const std::string add = "op: add, path: /spec/containers/0/command/-, value: ";
  const std::string sets =
      "this patch sets --audit-log-compress, which is for kaudit's patch to set" + kGive;
  const std::string args =
      "this patch sets --audit-log-path in args, which come behind the command: "
      "kaudit's flag does not count then" +
      kGive;
  for (const Order order : {Before, Behind}) {
    EXPECT_EQ(json(order, add + "--audit-log-compress"), "1 `--audit-log-compress` " + sets);
    EXPECT_EQ(json(order, add + "--audit_log_compress=true"),
              "1 `--audit_log_compress=true` " + sets);
    EXPECT_EQ(json(order, add + "--v=4"), "");
    EXPECT_EQ(strategic(order, server("args: [--v=4, --audit_log_path=x]")),
              "1 `--audit_log_path=x` " + args);
    EXPECT_EQ(json(order, "op: add, path: /spec/containers/0/args, value: [--audit-log-path, x]"),
              "1 `--audit-log-path` " + args);
    EXPECT_EQ(json(order, "op: add, path: /spec/containers/0/args/0, value: --audit-log-path"),
              "1 `--audit-log-path` " + args);
    EXPECT_EQ(strategic(order, server("args: ['$(FLAGS)']")),
              "1 `'$(FLAGS)'` kaudit cannot tell which flag '$(FLAGS)' is (write its name out)");
    EXPECT_EQ(json(order, "op: move, from: /x, path: /spec/containers/0/args"),
              "1 `{op` kaudit cannot tell which args this patch sets" + kOut);
    EXPECT_EQ(json(order, "op: move, from: /x, path: /spec/containers/0/command/-"),
              "1 `{op` kaudit cannot tell which word this patch puts into the command" + kOut);
    EXPECT_EQ(strategic(order, server("args: [--v, '4']")), "");
    EXPECT_EQ(json(order, "op: remove, path: /spec/containers/0/args"), "");
  }
}

TEST(PatchSequence, DoesNotLetOursBecomeAValue) {
  const std::string takes =
      "1 `--v` kaudit cannot tell whether '--v' takes the word behind it for its value "
      "(write it as --v=VALUE)";
  EXPECT_EQ(json(Before, "op: add, path: /spec/containers/0/command/-, value: --v"), takes);
  EXPECT_EQ(json(Behind, "op: add, path: /spec/containers/0/command/9, value: --v"), takes);
  EXPECT_EQ(json(Behind, "op: add, path: /spec/containers/0/command/-, value: --v"), "");
}

TEST(PatchSequence, KnowsWhatTheCommandRuns) {
  const std::string runs = " kaudit cannot tell what the command runs then" + kOut;
  EXPECT_EQ(strategic(Before, server("command: [/bin/kube-apiserver, --v=4, word]")), "");
  EXPECT_EQ(strategic(Before, server("command: [sh, -c, kube-apiserver]")), "1 `sh`" + runs);
  EXPECT_EQ(strategic(Before, server("command: []")), "1 `[]`" + runs);
  EXPECT_EQ(
      strategic(Before, server("command: [kube-apiserver, --v]")),
      "1 `--v` kaudit cannot tell whether '--v' takes the word behind it for its value (write "
      "it as --v=VALUE)");
  EXPECT_EQ(json(Before, "op: add, path: /spec/containers/0/command/0, value: tini"),
            "1 `{op`" + runs);
  EXPECT_EQ(json(Before, "op: remove, path: /spec/containers/0/command/0"), "1 `{op`" + runs);
  EXPECT_EQ(json(Before, "op: replace, path: /spec/containers/0/command/0, value: sh"),
            "1 `sh`" + runs);
  EXPECT_EQ(
      json(Before, "op: replace, path: /spec/containers/0/command/0, value: /b/kube-apiserver"),
      "");
  EXPECT_EQ(
      json(Before, "op: replace, path: /spec/containers/0/command, value: [kube-apiserver, --v=4]"),
      "");
  EXPECT_EQ(json(Before,
                 "op: replace, path: /spec/containers/0/command, value: [kube-apiserver, "
                 "--audit-log-path=x]"),
            "1 `--audit-log-path=x` this patch sets --audit-log-path, which is for kaudit's patch "
            "to set" +
                kGive);
}

// ---- other containers --------------------------------------------------------------------------

const std::string kSidecar =
    "spec:\n  containers:\n  - name: side\n    command: [side, --audit-log-path=x]\n"
    "    args: [--audit-log-maxage=1]\n    volumeMounts: [{mountPath: /l, name: log}]\n";

TEST(PatchSequence, TakesASidecarBehindOurs) {
  EXPECT_EQ(strategic(Behind, kSidecar), "");
  EXPECT_EQ(json(Behind, "op: add, path: /spec/containers/0, value: {name: side}"), "");
  EXPECT_EQ(json(Before, "op: add, path: /spec/containers/-, value: {name: side}"), "");
}

TEST(PatchSequence, NeedsTheServerInFront) {
  const std::string front =
      "this patch puts the container 'side' in front of kube-apiserver, and kaudit's "
      "patch, which adds to the first one, would change that";
  EXPECT_EQ(strategic(Before, kSidecar), "3 `name` " + front + kLater);
  EXPECT_EQ(strategic(Before, "spec: {containers: [{name: side}, {name: kube-apiserver}]}"),
            "1 `{name` " + front + kLater);
  EXPECT_EQ(strategic(Before, "spec: {containers: [{name: kube-apiserver}, {name: side}]}"), "");
  EXPECT_EQ(json(Before, "op: add, path: /spec/containers/0, value: {name: side}"),
            "1 `{op` " + front + " (add it with the path /spec/containers/-)");
  EXPECT_EQ(json(Before, "op: add, path: /spec/containers/1, value: {name: side}"), "");
  EXPECT_EQ(json(Before, "op: add, path: /spec/containers/-, value: {image: i}"),
            "1 `{op` kaudit cannot tell which container '/spec/containers/-' is then" + kMend);
}

// Whose index is whose follows from the patches before.
TEST(PatchSequence, FollowsTheContainersThroughTheFolder) {
  const File add{PatchType::Json, Before,
                 "[{op: add, path: /spec/containers/-, value: {name: side}}]"};
  const auto command_of = [](int index) {
    return File{PatchType::Json, Behind,
                fmt::format("[{{op: remove, path: /spec/containers/{}/command}}]", index)};
  };
  EXPECT_EQ(conflict({add, command_of(1)}), "");
  EXPECT_EQ(conflict({add, command_of(0)}),
            "1 `{op` this patch removes /spec/containers/0/command" + kWithOurs);
  const File front{PatchType::Strategic, Behind, kSidecar};
  EXPECT_EQ(conflict({front, command_of(0)}), "");
  EXPECT_EQ(conflict({front, command_of(1)}),
            "1 `{op` this patch removes /spec/containers/1/command" + kWithOurs);
  // Named in a patch, it stays behind the server.
  EXPECT_EQ(conflict({add, {PatchType::Strategic, Before, kSidecar}}), "");
  EXPECT_EQ(conflict({add, front, command_of(1)}), "");
  // What goes makes room.
  const File gone{PatchType::Strategic, Behind,
                  "spec: {containers: [{name: side, $patch: delete}]}"};
  EXPECT_EQ(conflict({front, gone, command_of(0)}),
            "1 `{op` this patch removes /spec/containers/0/command" + kWithOurs);
  const File removed{PatchType::Json, Behind, "[{op: remove, path: /spec/containers/0}]"};
  EXPECT_EQ(conflict({front, removed, command_of(0)}),
            "1 `{op` this patch removes /spec/containers/0/command" + kWithOurs);
  EXPECT_EQ(
      conflict({front,
                {PatchType::Json, Behind, "[{op: add, path: /spec/containers/0/name, value: b}]"}}),
      "1 `{op` kaudit cannot tell what the container is called then" + kOut);
  EXPECT_EQ(json(Behind, "op: add, path: /spec/containers/0/name, value: b"),
            "1 `{op` kaudit cannot tell what the API server's container is called then" + kOut);
}

TEST(PatchSequence, ReadsPointersAsTheyAreWritten) {
  EXPECT_EQ(json(Behind, "op: remove, path: /metadata/annotations/a~1b~0c"), "");
  EXPECT_EQ(
      json(Behind, "op: add, path: /spec/containers/00/command/-, value: --v=4"),
      "1 `{op` kaudit cannot tell which container '/spec/containers/00/command/-' is" + kMend);
  EXPECT_EQ(json(Behind, "op: remove, path: x/spec/volumes"),
            "1 `{op` kaudit cannot tell where 'x/spec/volumes' leads" + kMend);
  EXPECT_EQ(json(Behind, "op: move, from: spec, path: /metadata/labels/a"),
            "1 `{op` kaudit cannot tell where 'spec' leads" + kMend);
}

}  // namespace
}  // namespace kaudit::kube
