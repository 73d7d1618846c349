#include "kube/node_paths.h"

#include <gtest/gtest.h>

namespace kaudit::kube {
namespace {

TEST(CleanPath, CollapsesWhatMeansNothing) {
  struct Row {
    std::string_view path;
    std::optional<std::string> clean;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"/a/b", "/a/b"},   {"/", "/"},
           {"//", "/"},        {"/.", "/"},
           {"/a/", "/a"},      {"/a//b", "/a/b"},
           {"//a", "/a"},      {"/a/./b/.", "/a/b"},
           {"/a..b", "/a..b"}, {"/...", "/..."},
           {"/.a", "/.a"},     {"a/b", "/a/b"},  // as the kubelet takes a relative mountPath
           {".", "/"},         {"./a", "/a"},
           {"/a b", "/a b"},   {"", {}},
           {"..", {}},         {"/a/..", {}},
           {"/a/../b", {}},    {"../a", {}},
       }) {
    EXPECT_EQ(clean_path(row.path), row.clean) << "'" << row.path << "'";
  }
}

TEST(IsAtOrBelow, ComparesWholeComponents) {
  EXPECT_TRUE(is_at_or_below("/var/log/audit", "/var/log/audit"));
  EXPECT_TRUE(is_at_or_below("/var/log/audit/a", "/var/log/audit"));
  EXPECT_FALSE(is_at_or_below("/var/log/audit2", "/var/log/audit"));
  EXPECT_FALSE(is_at_or_below("/var/log", "/var/log/audit"));
  EXPECT_FALSE(is_at_or_below("/x/var/log/audit", "/var/log/audit"));
  EXPECT_TRUE(is_at_or_below("/a", "/"));
  EXPECT_TRUE(is_at_or_below("/", "/"));
  EXPECT_FALSE(is_at_or_below("/", "/a"));
}

TEST(Paths, HaveParentsAndNames) {
  EXPECT_EQ(parent_path("/a/b"), "/a");
  EXPECT_EQ(parent_path("/a"), "/");
  EXPECT_EQ(parent_path("/"), "/");
  EXPECT_EQ(base_name("/a/b"), "b");
  EXPECT_EQ(base_name("/a"), "a");
  EXPECT_EQ(base_name("/"), "");
  EXPECT_EQ(base_name("word"), "word");
}

TEST(OneComponentApart, IsOneLeftOutAnywhere) {
  EXPECT_TRUE(one_component_apart("/a/b/c", "/a/c"));
  EXPECT_TRUE(one_component_apart("/a/c", "/a/b/c"));
  EXPECT_TRUE(one_component_apart("/a/b", "/a"));
  EXPECT_TRUE(one_component_apart("/a/b", "/b"));
  EXPECT_TRUE(one_component_apart("/a", "/"));
  EXPECT_FALSE(one_component_apart("/a/b", "/a/b"));
  EXPECT_FALSE(one_component_apart("/a/b", "/a/c"));
  EXPECT_FALSE(one_component_apart("/a/b/c", "/a"));
  EXPECT_FALSE(one_component_apart("/a/b/c", "/b/a"));
  EXPECT_FALSE(one_component_apart("/a/b/c", "/x/c"));
}

TEST(Dns1123Label, IsWhatAVolumeMayBeNamed) {
  for (const char* good : {"a", "0", "a-b", "audit-log-2", "123"})
    EXPECT_TRUE(is_dns1123_label(good)) << good;
  for (const char* bad : {"", "-a", "a-", "a.b", "a_b", "A", "a b", "\xC3\xA4"})
    EXPECT_FALSE(is_dns1123_label(bad)) << bad;
  EXPECT_TRUE(is_dns1123_label(std::string(63, 'a')));
  EXPECT_FALSE(is_dns1123_label(std::string(64, 'a')));
}

}  // namespace
}  // namespace kaudit::kube
