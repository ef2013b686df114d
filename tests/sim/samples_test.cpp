#include "sim/samples.h"

#include <gtest/gtest.h>

#include "sim/error.h"

namespace orrery::sim {
namespace {

Samples some_samples() {
  return {.program = "tiny GPT",
          .ranks = 2,
          .device = "host, a CPU",
          .driver = "Linux 6.1.0",
          .libraries = {"OpenBLAS 0.3.21", "Open MPI 4.1.4"},
          .rows = {{.what = Kernel{KernelKind::gemm, DataType::fp32, {128, 256, 64, 1}}, .durations = {{3}, {1}, {2}}},
                   {.what = Kernel{KernelKind::layer_norm, DataType::bf16, {16, 8, 1, 1}},
                    .rank = 1,
                    .durations = {{7}},
                    .clock_mhz = 1410,
                    .power_watts = 400},
                   {.what = MeasuredCollective{CollectiveKind::all_reduce, DataType::fp32, 4096, 2}, .durations = {{88}, {91}}},
                   {.what = MeasuredMessage{{65536}}, .rank = 1, .durations = {{41}}},
                   {.what = Copy{CopyKind::to_host, {4096}}, .durations = {{9}}}}};
}

constexpr const char* some_text =
    "# orrery-samples 1\n"
    "# program: tiny GPT\n"
    "# ranks: 2\n"
    "# device: host, a CPU\n"
    "# driver: Linux 6.1.0\n"
    "# library: OpenBLAS 0.3.21\n"
    "# library: Open MPI 4.1.4\n"
    "what,type,a,b,c,d,rank,clock_mhz,watts,n,picoseconds\n"
    "gemm,fp32,128,256,64,1,0,,,3,3 1 2\n"
    "layer_norm,bf16,16,8,,,1,1410,400,1,7\n"
    "all_reduce,fp32,4096,2,,,0,,,2,88 91\n"
    "message,,65536,,,,1,,,1,41\n"
    "copy_to_host,,4096,,,,0,,,1,9\n";

std::string fault_of_row(const std::string& row) {
  try {
    samples_from("# orrery-samples 1\n# ranks: 2\nwhat,type,a,b,c,d,rank,clock_mhz,watts,n,picoseconds\n" + row + "\n", "s");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Samples, AreWrittenAndReadBackAlike) {
  EXPECT_EQ(text_of(some_samples()), some_text);
  EXPECT_EQ(samples_from(some_text, "s"), some_samples());
}

TEST(Samples, LineFeedsOfOtherSystemsAndBlankLinesAreTaken) {
  std::string text = some_text;
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2) text.replace(at, 1, "\r\n");
  EXPECT_EQ(samples_from(text + "\r\n", "s"), some_samples());
}

TEST(Samples, TheMedianIsTheMiddleOrTheMeanOfTheTwoThere) {
  EXPECT_EQ(median_of({.what = MeasuredMessage{}, .durations = {{3}, {1}, {2}}}), Duration{2});
  EXPECT_EQ(median_of({.what = MeasuredMessage{}, .durations = {{40}, {10}, {30}, {20}}}), Duration{25});
}

TEST(Samples, TitlesSayWhatWasMeasured) {
  const Samples samples = some_samples();
  EXPECT_EQ(title_of(samples.rows[0]), "gemm fp32 m=128 n=256 k=64 batch=1");
  EXPECT_EQ(title_of(samples.rows[2]), "all_reduce fp32 4096 of 2");
  EXPECT_EQ(title_of(samples.rows[3]), "message 65536");
  EXPECT_EQ(title_of(samples.rows[4]), "copy to_host 4096");
}

TEST(Samples, FaultsNameTheLineAndWhatToWrite) {
  EXPECT_EQ(fault_of_row("gemm,fp32,128,256,64,1,0,,,1,5"), "");
  EXPECT_EQ(fault_of_row("gemm,fp32,128,256,64,0,0,,,1,5"), "s:4: gemm with batch = 0; correct the row");
  EXPECT_EQ(fault_of_row("gemm,fp31,128,256,64,1,0,,,1,5"), "s:4: \"fp31\" is no type; write fp32, fp16, bf16, fp8 or int8");
  EXPECT_EQ(fault_of_row("gemm,fp32,128,256,64,1,2,,,1,5"), "s:4: \"2\" is no number of rank; write an integer from 0 to 1");
  EXPECT_EQ(fault_of_row("gemm,fp32,128,256,64,1,0,,,2,5"), "s:4: n is 2 and there are 1 durations; is the line whole?");
  EXPECT_EQ(fault_of_row("gemm,fp32,128,256,64,1,0,,,1,0"),
            "s:4: \"0\" is no number of picoseconds; write an integer from 1 to 9223372036854775807");
  EXPECT_EQ(fault_of_row("softmax,fp32,128,256,64,,0,,,1,5"), "s:4: \"softmax\" has fewer parameters; leave the rest empty");
  EXPECT_EQ(fault_of_row("gem,fp32,128,256,64,1,0,,,1,5"),
            "s:4: \"gem\" is no operation that is measured; write a kernel of sim/kernel.h, a collective, message or copy_to_host");
  EXPECT_EQ(fault_of_row("message,,1"), "s:4: a row has 11 fields; is the line whole?");
  EXPECT_EQ(fault_of_row("message,,1,,,,0,,,1,"), "s:4: a sample has no durations; leave the row out");
  EXPECT_EQ(fault_of_row(""), "") << "a Program may have nothing that is sampled";
}

TEST(Samples, WhatIsNoFileOfSamplesIsRefused) {
  EXPECT_THROW(samples_from("", "s"), Error);
  EXPECT_THROW(samples_from("what,type\n", "s"), Error);
  EXPECT_THROW(samples_from("# orrery-samples 1\n# colour: red\nwhat,type,a,b,c,d,rank,clock_mhz,watts,n,picoseconds\n", "s"), Error);
  EXPECT_THROW(samples_from("# orrery-samples 1\n# ranks: 2\nwhat,type\n", "s"), Error);
}

}  // namespace
}  // namespace orrery::sim
