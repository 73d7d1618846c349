// Where kubeadm divides a file.

#include "kube/kubeadm_parts.h"

#include <gtest/gtest.h>

#include <string>

namespace kaudit::kube {
namespace {

std::string shown(std::string_view bytes) {
  std::string out;
  for (const text::Span part : kubeadm_parts(bytes)) {
    out += '[';
    out += bytes.substr(part.begin, part.size());
    out += ']';
  }
  return out;
}

TEST(KubeadmParts, EndAtLinesOfNothingButDashes) {
  EXPECT_EQ(shown("a\n---\nb\n"), "[a\n][b\n]");
  EXPECT_EQ(shown("a\n--- \t\r\nb"), "[a\n][b]");
  EXPECT_EQ(shown("a\n--- # b\nb\n"), "[a\n--- # b\nb\n]");
  EXPECT_EQ(shown("a\n--- !!map\nb\n"), "[a\n--- !!map\nb\n]");
  EXPECT_EQ(shown("a\n ---\n----\n...\nb\n"), "[a\n ---\n----\n...\nb\n]");
}

TEST(KubeadmParts, MayBeginWithDashes) {
  EXPECT_EQ(shown("---\na\n"), "[---\na\n]");
  EXPECT_EQ(shown("---\n---\na\n"), "[---\n][a\n]");
  EXPECT_EQ(shown("a\n---\n---\nb\n"), "[a\n][---\nb\n]");
}

TEST(KubeadmParts, HoldAtLeastOneByte) {
  EXPECT_EQ(shown(""), "");
  EXPECT_EQ(shown("a\n---"), "[a\n]");
  EXPECT_EQ(shown("a\n---\n"), "[a\n]");
  EXPECT_EQ(shown("a\n---\n\n"), "[a\n][\n]");
  EXPECT_EQ(shown("# a\n---\nb\n"), "[# a\n][b\n]");
}

TEST(KubeadmParts, AreJsonIfTheyBeginWithABrace) {
  EXPECT_TRUE(is_json_part("{"));
  EXPECT_TRUE(is_json_part(" \r\n\t{}"));
  EXPECT_FALSE(is_json_part(""));
  EXPECT_FALSE(is_json_part("# a\n{}"));
  EXPECT_FALSE(is_json_part("---\n{}"));
}

}  // namespace
}  // namespace kaudit::kube
