#include "rollout/backup_store.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "host/node_path.h"
#include "text/sha256.h"

namespace kaudit::rollout {
namespace {

using host::FileSystem;
using host::Result;
using text::ErrorKind;
using text::fail;

constexpr std::size_t kRecordLimit = std::size_t{1} << 20;
constexpr std::string_view kRecordSuffix = ".json";
constexpr std::string_view kBackupSuffix = ".manifest";
constexpr std::string_view kPolicySuffix = ".policy";
// No suffix of a backup, so that nobody takes them for one.
constexpr std::string_view kFailedSuffix = ".failed";
constexpr std::string_view kFailedLogSuffix = ".failed-log";

const char* to_text(RecordState state) {
  switch (state) {
    case RecordState::Pending:
      return "pending";
    case RecordState::Done:
      return "done";
    case RecordState::RolledBack:
      return "rolled-back";
  }
  return "";
}

std::optional<RecordState> state_from(std::string_view text) {
  for (const RecordState state :
       {RecordState::Pending, RecordState::Done, RecordState::RolledBack}) {
    if (text == to_text(state)) return state;
  }
  return std::nullopt;
}

std::string manifest_hash(const std::string& manifest) {
  return text::sha256_hex(manifest).substr(0, 16);
}

// The name without suffix. Colons would need quoting in a shell.
std::string stem_of(const BackupRecord& record) {
  std::string stem = host::to_rfc3339(record.time) + "-" + manifest_hash(record.manifest);
  std::ranges::replace(stem, ':', '-');
  return stem;
}

// The time in such a name; absent when the name has another form.
std::optional<host::UtcTime> time_of(const std::string& stem) {
  constexpr std::size_t kSize = std::string_view("2026-11-23T07-12-53.000000042Z").size();
  std::string time = stem.substr(0, kSize);
  if (time.size() < kSize) return std::nullopt;
  time[13] = time[16] = ':';
  return host::from_rfc3339(time);
}

// The text value of a key; absent when it is missing or not a text.
std::optional<std::string> text_at(const nlohmann::json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

// A record that cannot be understood may be a pending one.
bool must_stay(const std::optional<BackupRecord>& record) {
  return !record || record->state == RecordState::Pending;
}

host::UtcTime one_later(host::UtcTime time) {
  if (++time.nanoseconds == 1'000'000'000) return {time.seconds + 1, 0};
  return time;
}

// The bytes of a backup; Conflict when their SHA-256 is another.
Result<std::string> read_kept(const FileSystem& files, const std::string& path,
                              const std::string& sha256, std::size_t limit, const char* way_out) {
  auto bytes = files.read_file(path, limit);
  if (bytes && text::sha256_hex(*bytes) != sha256) {
    return fail(ErrorKind::Conflict,
                "the backup " + files.shown(path) + " is damaged: its SHA-256 is " +
                    text::sha256_hex(*bytes) + ", its record says " + sha256,
                way_out);
  }
  return bytes;
}

// Which file of a change this is, by its name; "" for none.
std::string_view suffix_of(std::string_view name) {
  for (const std::string_view suffix : {kRecordSuffix, kBackupSuffix, kPolicySuffix}) {
    if (name.ends_with(suffix)) return suffix;
  }
  return {};
}

}  // namespace

std::string name_of(const BackupRecord& record) {
  std::string name = host::base_name(record.record_path);
  name.resize(name.size() - std::min(name.size(), kRecordSuffix.size()));
  return name;
}

std::string to_json(const BackupRecord& record) {
  nlohmann::ordered_json json;
  json["schemaVersion"] = 1;
  json["manifest"] = record.manifest;
  json["sha256Before"] = record.sha256_before;
  json["sha256After"] = record.sha256_after;
  json["time"] = host::to_rfc3339(record.time);
  json["policyBackup"] = nullptr;
  if (record.policy_backup) json["policyBackup"] = *record.policy_backup;
  if (!record.policy_path.empty()) {
    json["policyPath"] = record.policy_path;
    json["policySha256Before"] = nullptr;
    if (record.policy_backup) json["policySha256Before"] = record.policy_sha256_before;
    json["policySha256After"] = record.policy_sha256_after;
  }
  if (!record.rolls_back.empty()) json["rollbackOf"] = record.rolls_back;
  json["state"] = to_text(record.state);
  // A path need not be UTF-8; the name's hash says which manifest is meant.
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::optional<BackupRecord> record_from_json(std::string_view json) {
  const auto parsed = nlohmann::json::parse(json, nullptr, false);
  if (!parsed.is_object()) return std::nullopt;
  const auto manifest = text_at(parsed, "manifest");
  const auto before = text_at(parsed, "sha256Before");
  const auto after = text_at(parsed, "sha256After");
  const auto time = host::from_rfc3339(text_at(parsed, "time").value_or(""));
  const auto state = state_from(text_at(parsed, "state").value_or(""));
  if (!manifest || !before || !after || !time || !state) return std::nullopt;
  BackupRecord record{*manifest, *before, *after, *time, text_at(parsed, "policyBackup"),
                      *state,    {},      {}};
  record.policy_path = text_at(parsed, "policyPath").value_or("");
  record.policy_sha256_before = text_at(parsed, "policySha256Before").value_or("");
  record.policy_sha256_after = text_at(parsed, "policySha256After").value_or("");
  record.rolls_back = text_at(parsed, "rollbackOf").value_or("");
  return record;
}

// Newest first: the time stands first in the name, in a form that sorts.
Result<std::vector<std::string>> BackupStore::stems(const std::string& manifest) const {
  const auto names = files_.list_directory(directory_);
  if (!names && names.error().kind == ErrorKind::NotFound) return std::vector<std::string>{};
  if (!names) return std::unexpected(names.error());
  std::vector<std::string> found;
  for (const std::string_view name : *names) {
    const std::string_view suffix = suffix_of(name);
    if (name.starts_with('.') || suffix.empty()) continue;
    const std::string_view stem = name.substr(0, name.size() - suffix.size());
    if (stem.ends_with("-" + manifest_hash(manifest))) found.emplace_back(stem);
  }
  std::ranges::sort(found, std::greater<>());
  found.erase(std::ranges::unique(found).begin(), found.end());
  return found;
}

std::string BackupStore::path_of(const std::string& stem, std::string_view suffix) const {
  return host::join(directory_, stem + std::string(suffix));
}

BackupRecord BackupStore::placed(BackupRecord record, const std::string& stem) const {
  record.record_path = path_of(stem, kRecordSuffix);
  record.backup_path = path_of(stem, kBackupSuffix);
  // A store that was moved has its policies with it.
  if (record.policy_backup) record.policy_backup = path_of(stem, kPolicySuffix);
  return record;
}

// Absent when there is a record and it cannot be understood.
Result<std::optional<BackupRecord>> BackupStore::read_record(const std::string& stem) const {
  const auto json = files_.read_file(placed({}, stem).record_path, kRecordLimit);
  if (!json && json.error().kind != ErrorKind::Unsupported) return std::unexpected(json.error());
  auto record = json ? record_from_json(*json) : std::nullopt;
  if (record) record = placed(std::move(*record), stem);
  return record;
}

Result<BackupList> BackupStore::list(const std::string& manifest) const {
  const auto found = stems(manifest);
  if (!found) return std::unexpected(found.error());
  BackupList list;
  for (const std::string& stem : *found) {
    const auto record = read_record(stem);
    // A backup without a record is what a crash left before the manifest was touched.
    if (!record && record.error().kind == ErrorKind::NotFound) continue;
    if (!record) return std::unexpected(record.error());
    if (const std::optional<BackupRecord>& understood = *record) {
      list.records.push_back(*understood);
    } else {
      list.unreadable.push_back(placed({}, stem).record_path);
    }
  }
  return list;
}

Result<void> BackupStore::write(const BackupRecord& record) {
  return host::rewrite_file(files_, record.record_path, to_json(record), {0600, {}, {}});
}

Result<void> BackupStore::keep(const std::string& path, std::string_view bytes) {
  if (auto kept = files_.create_file(path, bytes, {0600, {}, {}}); !kept) return kept;
  return files_.sync_file(path);
}

Result<void> BackupStore::write_all(const BackupRecord& record, std::string_view before,
                                    const std::optional<std::string>& policy_before) {
  if (auto kept = keep(record.backup_path, before); !kept) return kept;
  if (policy_before) {
    if (auto kept = keep(*record.policy_backup, *policy_before); !kept) return kept;
  }
  return write(record);
}

// The record first: a backup without one is harmless, a record without its backup is not.
Result<void> BackupStore::remove_all(const std::string& stem) {
  for (const std::string_view suffix : {kRecordSuffix, kBackupSuffix, kPolicySuffix}) {
    auto removed = files_.remove_file(path_of(stem, suffix));
    if (!removed && removed.error().kind != ErrorKind::NotFound) return removed;
  }
  return {};
}

Result<BackupRecord> BackupStore::add(BackupRecord record, std::string_view before,
                                      const std::optional<std::string>& policy_before) {
  auto made = make_directories(files_, directory_, {0700, {}, {}}, {0755, {}, {}});
  if (!made) return std::unexpected(made.error());
  made_ = std::move(*made);
  const auto earlier = stems(record.manifest);
  if (!earlier) {
    remove_made(files_, made_);
    return std::unexpected(earlier.error());
  }
  // Newest is what came last, also when the clock was set back.
  if (!earlier->empty()) {
    const auto newest = time_of(earlier->front());
    if (newest) record.time = std::max(record.time, one_later(*newest));
  }
  const std::string stem = stem_of(record);
  record.policy_backup.reset();
  if (policy_before) {
    record.policy_backup = stem;  // its place comes with the others
    record.policy_sha256_before = text::sha256_hex(*policy_before);
  }
  record = placed(std::move(record), stem);
  if (auto written = write_all(record, before, policy_before); !written) {
    host::ignore_failure(discard(record));
    return std::unexpected(written.error());
  }
  return record;
}

std::vector<BackupRecord> BackupStore::pending(const std::string& manifest) const {
  auto list = this->list(manifest);
  if (!list) return {};
  std::erase_if(list->records,
                [](const BackupRecord& record) { return record.state != RecordState::Pending; });
  return std::move(list->records);
}

Result<void> BackupStore::set_state(BackupRecord& record, RecordState state) {
  BackupRecord changed = record;
  changed.state = state;
  if (auto written = write(changed); !written) return written;
  record = std::move(changed);
  return {};
}

Result<void> BackupStore::discard(const BackupRecord& record) {
  auto removed = remove_all(name_of(record));
  if (removed) remove_made(files_, made_);
  made_ = {};
  return removed;
}

Result<std::string> BackupStore::read(const BackupRecord& record, std::size_t limit) const {
  return read_kept(files_, record.backup_path, record.sha256_before, limit,
                   "kaudit disable takes the audit settings out of the manifest without a backup");
}

Result<std::string> BackupStore::read_policy(const BackupRecord& record, std::size_t limit) const {
  return read_kept(files_, record.policy_backup.value_or(""), record.policy_sha256_before, limit,
                   "write the policy that should be there, or kaudit enable --policy-from=FILE "
                   "--replace-policy");
}

Result<std::vector<std::string>> BackupStore::keep_failed(const BackupRecord& record,
                                                          std::string_view manifest,
                                                          std::string_view log) {
  const std::string stem = host::join(directory_, stem_of(record));
  std::vector<std::string> kept;
  for (const auto& [suffix, bytes] :
       {std::pair(kFailedSuffix, manifest), std::pair(kFailedLogSuffix, log)}) {
    if (bytes.empty()) continue;
    const std::string path = stem + std::string(suffix);
    if (auto written = rewrite_file(files_, path, bytes, {0600, {}, {}}); !written)
      return std::unexpected(written.error());
    kept.push_back(path);
  }
  return kept;
}

Result<void> BackupStore::prune(const std::string& manifest) {
  const auto found = stems(manifest);
  if (!found) return std::unexpected(found.error());
  for (std::size_t i = kBackupsKept; i < found->size(); ++i) {
    const auto record = read_record((*found)[i]);
    const bool orphan = !record && record.error().kind == ErrorKind::NotFound;
    if (!record && !orphan) return std::unexpected(record.error());
    if (record && must_stay(*record)) continue;
    if (auto removed = remove_all((*found)[i]); !removed) return removed;
    const std::string stem = host::join(directory_, (*found)[i]);
    for (const std::string_view suffix : {kFailedSuffix, kFailedLogSuffix})
      host::ignore_failure(files_.remove_file(stem + std::string(suffix)));
  }
  return {};
}

Result<void> check_backup_directory(const FileSystem& files, const std::string& directory,
                                    const std::string& manifest_directory,
                                    const std::optional<std::string>& static_pod_directory) {
  const auto backups = files.status(directory);
  if (!backups) return {};  // it does not exist yet, so it is neither of them
  for (const std::string& other : {manifest_directory, static_pod_directory.value_or("")}) {
    const auto status = other.empty() ? backups : files.status(other);
    if (other.empty() || !status || status->identity != backups->identity) continue;
    return fail(ErrorKind::Conflict,
                files.shown(directory) +
                    " cannot hold backups: the kubelet would run each of them as a manifest",
                "choose another directory with --backup-dir");
  }
  return {};
}

}  // namespace kaudit::rollout
