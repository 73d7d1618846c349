#include "rollout/container_logs.h"

#include <gtest/gtest.h>

#include "support/memory_file_system.h"

namespace kaudit::rollout {
namespace {

class ContainerLogsTest : public testing::Test {
 protected:
  void put(const std::string& name, const std::string& bytes = "x") {
    files.put_file("/var/log/pods/" + name, bytes);
  }

  host::MemoryFileSystem files;
  const std::string old_pod = "kube-system_kube-apiserver-node1_aa/kube-apiserver/";
  const std::string new_pod = "kube-system_kube-apiserver-node1_bb/kube-apiserver/";
};

TEST_F(ContainerLogsTest, WhatWasThereAtFirstIsNoNews) {
  put(old_pod + "3.log");
  ContainerLogs logs(files, {});
  put(old_pod + "3.log", "xy");
  const ContainerNews news = logs.news();
  EXPECT_EQ(news.starts, 0);
  EXPECT_EQ(news.newest, "");
}

TEST_F(ContainerLogsTest, ANewPodsContainersCountAlone) {
  put(old_pod + "3.log");
  ContainerLogs logs(files, {});
  put(old_pod + "4.log");
  EXPECT_EQ(logs.news().starts, 1);
  EXPECT_FALSE(logs.news().is_new_pod);
  put(new_pod + "0.log");
  put(new_pod + "1.log");
  const ContainerNews news = logs.news();
  EXPECT_EQ(news.starts, 2);
  EXPECT_TRUE(news.is_new_pod);
  EXPECT_EQ(news.newest, "/var/log/pods/" + new_pod + "1.log");
}

TEST_F(ContainerLogsTest, AStartCountsAlsoWhenItsLogIsGone) {
  ContainerLogs logs(files, {});
  for (const char* name : {"0.log", "1.log", "2.log"}) {
    put(new_pod + name);
    logs.news();
  }
  files.take_away("/var/log/pods/" + new_pod + "0.log");
  EXPECT_EQ(logs.news().starts, 3);
}

TEST_F(ContainerLogsTest, ARestartCountThatGoesOnIsNotTakenForStarts) {
  ContainerLogs logs(files, {});
  put(new_pod + "17.log");
  EXPECT_EQ(logs.news().starts, 1);
}

TEST_F(ContainerLogsTest, OtherPodsContainersAndFilesDoNotCount) {
  ContainerLogs logs(files, {});
  put("kube-system_kube-scheduler-node1_cc/kube-scheduler/0.log");
  put("default_kube-apiserver-node1_cc/kube-apiserver/0.log");
  put("kube-system_kube-apiserver-node1_cc/konnectivity/0.log");
  put(new_pod + "0.log.20261123-070000");
  put(new_pod + "x.log");
  put(new_pod + ".log");
  EXPECT_EQ(logs.news().starts, 0);
}

TEST_F(ContainerLogsTest, AHostWithoutLogsHasNoNews) {
  EXPECT_EQ(ContainerLogs(files, {}).news().starts, 0);
}

TEST_F(ContainerLogsTest, TheEndOfALogIsEnough) {
  put(new_pod + "0.log", "0123456789");
  EXPECT_EQ(end_of_log(files, "/var/log/pods/" + new_pod + "0.log", 3), "789");
  EXPECT_EQ(end_of_log(files, "/var/log/pods/" + new_pod + "0.log", 30), "0123456789");
  EXPECT_EQ(end_of_log(files, "/none", 30), "");
}

}  // namespace
}  // namespace kaudit::rollout
