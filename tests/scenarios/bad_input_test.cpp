// Every file of tests/bad_input is refused with the text beside it. A case is NAME.json, what is wrong with it, and NAME.expected, the
// message word for word; NAME.set holds lines for --set. What is too large, too odd or no file at all is made here, in a folder of its own
// that the expected text leaves out.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "scenarios/scenario.h"
#include "sim/error.h"
#include "tests/temporary_folder.h"

namespace orrery::scenarios {
namespace {

namespace fs = std::filesystem;

const fs::path bad_inputs = fs::path(ORRERY_SOURCE_DIR) / "tests" / "bad_input";

std::string whole(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::vector<std::string> lines(const fs::path& path) {
  std::vector<std::string> result;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) result.push_back(line);
  return result;
}

std::vector<std::string> cases() {
  std::vector<std::string> result;
  for (const auto& entry : fs::directory_iterator(bad_inputs)) {
    if (entry.path().extension() == ".json") result.push_back(entry.path().stem().string());
  }
  std::ranges::sort(result);
  return result;
}

class BadInput : public testing::TestWithParam<std::string> {};

TEST_P(BadInput, IsRefusedWithItsMessage) {
  const std::string file = GetParam() + ".json";
  const PresetLibrary library{fs::path(ORRERY_SOURCE_DIR) / "scenarios", "nowhere"};
  std::string message = "no fault was found";
  try {
    parse_scenario(file, whole(bad_inputs / file), lines(bad_inputs / (GetParam() + ".set")), library);
  } catch (const sim::Error& error) {
    message = error.what();
    const bool is_not_there_yet =
        GetParam() == "not_available_yet" || GetParam() == "unmeasured_device" || GetParam() == "two_kinds_of_gpus";
    EXPECT_EQ(error.kind() == sim::ErrorKind::unavailable, is_not_there_yet);
  }
  EXPECT_EQ(message + "\n", whole(bad_inputs / (GetParam() + ".expected")));
}

INSTANTIATE_TEST_SUITE_P(Cases, BadInput, testing::ValuesIn(cases()), [](const auto& bad_input) { return bad_input.param; });

/// A case that is made: in `folder`, as bad.json if it is about one file.
struct Made {
  std::string name;
  void (*make)(const fs::path& folder);
};
std::ostream& operator<<(std::ostream& out, const Made& made) { return out << made.name; }

void write(const fs::path& path, std::string_view text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}
std::string repeated(std::string_view text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}
const std::string training = R"({ "orrery": 1, "cluster": { "node": "dgx-a100-80gb", "nodes": 1 }, "software": "megatron-lm-2021",
  "workload": { "kind": "training", "sequence_length": 2048, "global_batch": 8, "parallelism": { "tensor": 8 }, "model": )";

const std::vector<Made>& made_cases() {
  static const std::vector<Made> all = {
      {"ten_megabytes_of_brackets", [](const fs::path& folder) { write(folder / "bad.json", repeated("[", 10'000'000)); }},
      {"ten_megabytes_of_objects", [](const fs::path& folder) { write(folder / "bad.json", repeated("{\"a\":", 2'000'000)); }},
      {"more_than_a_million_values",
       [](const fs::path& folder) { write(folder / "bad.json", "{\"orrery\": [" + repeated("{},", 2'000'000) + "0]}"); }},
      {"thousands_of_faults",
       [](const fs::path& folder) {
         const std::string machine = R"("cluster": { "node": "dgx-a100-80gb", "nodes": 1 })";
         write(folder / "bad.json", "{ \"orrery\": 1, " + machine + repeated(",\n  \"name\": \"pod\"", 5'000) + " }");
       }},
      {"long_key_and_text",
       [](const fs::path& folder) {
         write(folder / "bad.json", "{ \"orrery\": \"" + std::string(1'000'000, 'x') + "\", \"" + std::string(1'000'000, 'y') + "\": 1 }");
       }},
      {"hundred_megabytes",
       [](const fs::path& folder) {
         write(folder / "bad.json", "{");
         fs::resize_file(folder / "bad.json", 100'000'000);
       }},
      {"one_byte_too_large", [](const fs::path& folder) { write(folder / "bad.json", std::string((16U << 20U) + 1, ' ')); }},
      {"binary",
       [](const fs::path& folder) {
         write(folder / "bad.json", std::string_view("\x7f"
                                                     "ELF\2\1\1\0\0\0\0",
                                                     11));
       }},
      {"picture", [](const fs::path& folder) { write(folder / "bad.json", "\x89PNG\r\n"); }},
      {"text_after_a_nul",
       [](const fs::path& folder) {
         write(folder / "bad.json", training + "\"gpt-22b\" } }\n" + std::string(1, '\0') + "{ \"nodes\": 2 }");
       }},
      {"latin_1", [](const fs::path& folder) { write(folder / "bad.json", "{ \"orrery\": 1,\n  \"name\": \"M\xfcnchen\" }"); }},
      {"utf_16", [](const fs::path& folder) { write(folder / "bad.json", std::string_view("\xFF\xFE{\0}\0", 6)); }},
      {"directory", [](const fs::path& folder) { fs::create_directories(folder / "bad.json"); }},
      {"missing_file", [](const fs::path&) {}},
      {"link_to_itself", [](const fs::path& folder) { fs::create_symlink("bad.json", folder / "bad.json"); }},
      {"pipe_without_writer", [](const fs::path& folder) { mkfifo((folder / "bad.json").c_str(), 0600); }},
      {"model_is_the_scenario", [](const fs::path& folder) { write(folder / "bad.json", training + "\"bad.json\" } }"); }},
      {"model_is_a_folder", [](const fs::path& folder) { write(folder / "bad.json", training + "\"./\" } }"); }},
      {"hugging_face_model_is_the_scenario",
       [](const fs::path& folder) { write(folder / "bad.json", training + "\"./bad.json\" }, \"model_type\": \"llama\" }"); }},
      {"node_names_itself",
       [](const fs::path& folder) {
         write(folder / "presets/hardware/itself.json", "\"itself\"");
         write(folder / "bad.json", R"({ "orrery": 1, "cluster": { "node": "itself", "nodes": 1 } })");
       }},
      {"calibration_names_itself",
       [](const fs::path& folder) {
         write(folder / "calibrations/itself.json", "\"itself\"");
         write(folder / "bad.json", training + "\"gpt-22b\" }, \"calibration\": \"itself\" }");
       }},
      {"preset_is_no_json",
       [](const fs::path& folder) {
         write(folder / "calibrations/own.json", "{ 'device': 'A100' }");
         write(folder / "bad.json", training + "\"gpt-22b\" }, \"calibration\": \"own\" }");
       }},
  };
  return all;
}

class MadeBadInput : public testing::TestWithParam<Made> {};

TEST_P(MadeBadInput, IsRefusedWithItsMessage) {
  const orrery::test::TemporaryFolder temporary;
  const fs::path& folder = temporary.path();
  GetParam().make(folder);
  const fs::path own_presets = folder / "presets";
  const PresetLibrary library{fs::exists(own_presets) ? own_presets : fs::path(ORRERY_SOURCE_DIR) / "scenarios", folder};
  std::string message = "no fault was found";
  try {
    read_scenario(folder / "bad.json", {}, library);
  } catch (const sim::Error& error) {
    message = error.what();
  }
  const std::string prefix = folder.string() + "/";
  for (std::size_t at = 0; (at = message.find(prefix, at)) != message.npos;) message.erase(at, prefix.size());
  EXPECT_EQ(message + "\n", whole(bad_inputs / (GetParam().name + ".expected")));
}

INSTANTIATE_TEST_SUITE_P(Cases, MadeBadInput, testing::ValuesIn(made_cases()), [](const auto& made) { return made.param.name; });

TEST(BadInput, EveryExpectedTextHasItsCase) {
  std::vector<std::string> names = cases();
  for (const Made& made : made_cases()) names.push_back(made.name);
  for (const auto& entry : fs::directory_iterator(bad_inputs)) {
    EXPECT_NE(std::ranges::find(names, entry.path().stem().string()), names.end()) << entry.path();
  }
}

}  // namespace
}  // namespace orrery::scenarios
