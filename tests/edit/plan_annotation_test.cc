// The Pod's annotation kaudit.io/policy-sha256, with which a replaced policy restarts the API
// server. Its forms are in plan_enable_test.cc and plan_disable_test.cc; these are the Pods in
// which it must not be written, and the bytes around it.

#include <gtest/gtest.h>

#include "support/given.h"

namespace kaudit::edit {
namespace {

using support::given;
using support::Given;
using support::Pod;
using support::text_of;

Pod enabled() {
  return {.flags = {support::kLogFlag, support::kPolicyFlag},
          .volumes = {support::kLogVolume, support::kPolicyVolume},
          .mounts = {support::kLogMount, support::kPolicyMount}};
}

// 64 digits and no letter is a number to YAML, and the kubelet drops a Pod with such an annotation
// (core/v1, ObjectMeta.Annotations is map[string]string).
const std::string kAllDigits(64, '7');

std::string with_metadata(const std::string& metadata) {
  Pod pod = enabled();
  pod.metadata = metadata;
  return text_of(pod);
}

TEST(PolicyAnnotation, IsAStringWhateverItsDigits) {
  for (const std::string& sha : {kAllDigits, std::string(60, '0') + "1e10", std::string("1e5")}) {
    Given(with_metadata("  name: a\n"))
        .Enable()
        .PolicyReplaced(sha)
        .Produces(with_metadata("  name: a\n  annotations:\n    kaudit.io/policy-sha256: \"" + sha +
                                "\"\n"));
  }
}

TEST(PolicyAnnotation, LeavesCommentsLineEndsAndFurtherDocuments) {
  const std::string line = "    kaudit.io/policy-sha256: \"12\"\n";
  const std::string before =
      "  annotations: # ours\n    a: b # theirs\n    # the last\n  name: a\n";
  const std::string after =
      "  annotations: # ours\n    a: b # theirs\n" + line + "    # the last\n  name: a\n";
  Given(with_metadata(before)).Enable().PolicyReplaced("12").Produces(with_metadata(after));

  const auto crlf = [](std::string text) {
    for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 2))
      text.replace(at, 1, "\r\n");
    return text;
  };
  Given(crlf(with_metadata(before)))
      .Enable()
      .PolicyReplaced("12")
      .Produces(crlf(with_metadata(after)));

  const std::string second = "---\nmetadata:\n  annotations: {}\n";
  Given(with_metadata(before) + second)
      .Enable()
      .PolicyReplaced("12")
      .Produces(with_metadata(after) + second);
}

TEST(PolicyAnnotation, GoesNextToOthersInFlowStyleOverLines) {
  Given(with_metadata("  annotations: {\n    a: b,\n    c: d\n  }\n"))
      .Enable()
      .PolicyReplaced("12")
      .Produces(with_metadata(
          "  annotations: {\n    a: b,\n    c: d,\n    kaudit.io/policy-sha256: \"12\"\n  }\n"));
}

TEST(PolicyAnnotation, ComesWithOtherChangesInOneGo) {
  const std::string enabled_text = given(Pod{}).Enable().result();
  EXPECT_NE(enabled_text, text_of(Pod{}));
  std::string wanted = enabled_text;
  const std::string name = "  name: kube-apiserver\n";
  wanted.insert(wanted.find(name) + name.size(),
                "  annotations:\n    kaudit.io/policy-sha256: \"12\"\n");
  given(Pod{}).Enable().PolicyReplaced("12").Produces(wanted);
}

TEST(PolicyAnnotation, OfTheSamePolicyIsNoChange) {
  Given(with_metadata("  annotations:\n    kaudit.io/policy-sha256: \"12\"\n"))
      .Enable()
      .PolicyReplaced("12")
      .ChangesNothing();
  // Without a policy that is replaced nobody touches it.
  Given(with_metadata("  annotations:\n    kaudit.io/policy-sha256: '12'\n"))
      .Enable()
      .ChangesNothing();
}

// What an alias repeats would change in two places; what it, or a merge key, brings along is not
// there to be edited.
TEST(PolicyAnnotation, IsRefusedWhereItWouldChangeSomethingElse) {
  const std::string anchor = "x: &all\n  a: b\n";
  const auto with_anchor_before = [&](const std::string& metadata) {
    std::string text = with_metadata(metadata);
    return text.insert(text.find("metadata:"), anchor);
  };
  Given(with_anchor_before("  annotations: *all\n"))
      .Enable()
      .PolicyReplaced("12")
      .Refuses("metadata.annotations is an alias, and an edit would change its other uses", 6, 16);
  Given(with_anchor_before("  annotations:\n    <<: *all\n"))
      .Enable()
      .PolicyReplaced("12")
      .Refuses("a merge key hides what this mapping holds", 7, 5);
  Given(with_metadata("  annotations: &all\n    a: b\n  labels: *all\n"))
      .Enable()
      .PolicyReplaced("12")
      .Refuses("metadata has an anchor that an alias uses", 4, 3);
  Given(with_metadata("  annotations: [a, b]\n"))
      .Enable()
      .PolicyReplaced("12")
      .Refuses("metadata.annotations cannot be edited", 4, 16);
}

}  // namespace
}  // namespace kaudit::edit
