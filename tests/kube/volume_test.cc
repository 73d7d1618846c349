#include "kube/volume.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

namespace kaudit::kube {
namespace {

Volume host(std::string name, std::string path) {
  Volume volume;
  volume.name = std::move(name);
  volume.host_path = HostPath{std::move(path), HostPathType::Unset, {}, {}, {}};
  return volume;
}
Volume empty_dir(std::string name) {
  Volume volume;
  volume.name = std::move(name);
  volume.source = "emptyDir";
  return volume;
}
VolumeMount mount(std::string name, std::string path, std::string sub_path = "") {
  VolumeMount m;
  m.name = std::move(name);
  m.mount_path = std::move(path);
  m.sub_path = std::move(sub_path);
  return m;
}

// "mount 1, exact, from /p"
std::string covered(std::string_view path, const std::vector<VolumeMount>& mounts) {
  const std::vector<Volume> volumes = {host("h", "/host"), host("i", "/inner/"), empty_dir("e"),
                                       host("up", "/a/../b")};
  const auto found = coverage(path, mounts, volumes);
  if (!found) return "none";
  return fmt::format("mount {}{}{}", found->mount, found->exact ? ", exact" : "",
                     !found->volume ? ", no volume"
                     : found->host  ? ", from " + *found->host
                                    : ", not from the host");
}

TEST(Coverage, IsTheLongestMountThatHoldsThePath) {
  struct Row {
    std::string_view what;
    std::string_view path;
    std::vector<VolumeMount> mounts;
    std::string_view covered;
  };
  VolumeMount expression = mount("h", "/a");
  expression.has_sub_path_expr = true;
  for (const Row& row : std::initializer_list<Row>{
           {"no mount", "/a", {}, "none"},
           {"the path itself", "/a", {mount("h", "/a")}, "mount 0, exact, from /host"},
           {"a directory above", "/a/b/c", {mount("h", "/a")}, "mount 0, from /host/b/c"},
           {"a longer name is another", "/var/log/audit2", {mount("h", "/var/log/audit")}, "none"},
           {"a mount below does not hold it", "/a", {mount("h", "/a/b")}, "none"},
           {"the longest",
            "/a/b/c",
            {mount("i", "/a/b"), mount("h", "/a")},
            "mount 0, from /inner/c"},
           {"the longest, wherever it stands",
            "/a/b/c",
            {mount("h", "/a"), mount("i", "/a/b")},
            "mount 1, from /inner/c"},
           {"a trailing slash", "/a", {mount("h", "/a/")}, "mount 0, exact, from /host"},
           {"doubled slashes and dots",
            "/a/b",
            {mount("h", "//a/./b")},
            "mount 0, exact, from /host"},
           {"a relative mountPath", "/a/b", {mount("h", "a")}, "mount 0, from /host/b"},
           {"'..' holds nothing", "/b", {mount("h", "/a/../b")}, "none"},
           {"the root", "/a/b", {mount("h", "/")}, "mount 0, from /host/a/b"},
           {"the root itself", "/", {mount("h", "/")}, "mount 0, exact, from /host"},
           {"of equal ones the last hides the first",
            "/a/b",
            {mount("h", "/a"), mount("i", "/a/")},
            "mount 1, from /inner/b"},
           {"a subPath", "/a/b", {mount("h", "/a", "s/t")}, "mount 0, from /host/s/t/b"},
           {"a subPath with '..'",
            "/a/b",
            {mount("h", "/a", "../t")},
            "mount 0, not from the host"},
           {"a subPathExpr", "/a/b", {expression}, "mount 0, not from the host"},
           {"an emptyDir", "/a/b", {mount("e", "/a")}, "mount 0, not from the host"},
           {"an emptyDir hides a wider mount",
            "/a/b",
            {mount("h", "/"), mount("e", "/a")},
            "mount 1, not from the host"},
           {"a volume that is missing", "/a/b", {mount("x", "/a")}, "mount 0, no volume"},
           {"a host path with '..'", "/a/b", {mount("up", "/a")}, "mount 0, not from the host"},
       }) {
    EXPECT_EQ(covered(row.path, row.mounts), row.covered) << row.what;
  }
}

TEST(HostPathType, IsAWordOrNothing) {
  const std::pair<std::string_view, HostPathType> rows[] = {
      {"", HostPathType::Unset},
      {"DirectoryOrCreate", HostPathType::DirectoryOrCreate},
      {"Directory", HostPathType::Directory},
      {"FileOrCreate", HostPathType::FileOrCreate},
      {"File", HostPathType::File},
      {"Socket", HostPathType::Socket},
      {"CharDevice", HostPathType::CharDevice},
      {"BlockDevice", HostPathType::BlockDevice},
  };
  for (const auto& [word, type] : rows) {
    EXPECT_EQ(host_path_type(word), type) << word;
    EXPECT_EQ(to_string(type), word);
  }
  EXPECT_EQ(host_path_type("file"), HostPathType::Invalid);
  EXPECT_EQ(host_path_type("Dir"), HostPathType::Invalid);
  EXPECT_EQ(to_string(HostPathType::Invalid), "");
  EXPECT_TRUE(wants_directory(HostPathType::Directory) &&
              wants_directory(HostPathType::DirectoryOrCreate));
  EXPECT_FALSE(wants_directory(HostPathType::Unset) || wants_directory(HostPathType::File));
}

TEST(FindVolume, GoesByName) {
  const std::vector<Volume> volumes = {host("a", "/a"), host("b", "/b")};
  EXPECT_EQ(find_volume(volumes, "b"), 1U);
  EXPECT_EQ(find_volume(volumes, "c"), std::nullopt);
}

// A name that is a number reads as none, and so does one that is missing; they are no pair.
TEST(FindVolume, FindsNothingWithoutAName) {
  const std::vector<Volume> volumes = {host("", "/a")};
  EXPECT_EQ(find_volume(volumes, ""), std::nullopt);
}

}  // namespace
}  // namespace kaudit::kube
