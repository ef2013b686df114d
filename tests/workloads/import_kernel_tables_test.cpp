#include "workloads/import_kernel_tables.h"

#include <gtest/gtest.h>

#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filtering_stream.hpp>
#include <filesystem>
#include <fstream>

#include "sim/error.h"

namespace orrery::workloads {
namespace {

using sim::DataType;
using sim::KernelKind;

/// A file in the test's own folder, gzipped where its name ends in .gz; removed with the fixture.
class ImportKernelTables : public testing::Test {
 protected:
  std::string file(const std::string& name, const std::string& text) {
    const std::filesystem::path path = folder_ / name;
    std::ofstream raw(path, std::ios::binary);
    boost::iostreams::filtering_ostream out;
    if (name.ends_with(".gz")) out.push(boost::iostreams::gzip_compressor());
    out.push(raw);
    out << text;
    return path.string();
  }
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              (std::string("orrery_tables_") + testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

 private:
  std::filesystem::path folder_;
};

TEST_F(ImportKernelTables, GemmsAreReadFromGzipAndQuantisedRowsLeftOut) {
  const auto rows =
      import_gemm_table(file("gemm.csv.gz", "op_name,gemm_dtype,m,n,k,latency\ngemm,bfloat16,8192,512,64,0.0152\ngemm,int8_wo,1,2,3,4\n"));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].kernel, (sim::Kernel{KernelKind::gemm, DataType::bf16, {8192, 512, 64, 1}}));
  EXPECT_EQ(rows[0].measured.ticks, 15'200'000);
}

TEST_F(ImportKernelTables, AttentionWithFewerKeyHeadsIsLeftOut) {
  const auto rows = import_attention_table(file("attention.csv",
                                                "batch_size,isl,num_heads,num_key_value_heads,head_dim,attn_dtype,latency\n4,1024,32,32,"
                                                "128,bfloat16,1.5\n4,1024,32,8,128,bfloat16,1.4\n"));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].kernel, (sim::Kernel{KernelKind::attention, DataType::bf16, {4, 32, 1024, 128}}));
}

TEST_F(ImportKernelTables, VidurLayersAreSplitByTensorParallelism) {
  // 16 tokens, hidden 8192, gated, inner 28672 over 8 GPUs.
  const auto rows = import_vidur_layers(file(
      "mlp.csv",
      "time_stats.input_layernorm.median,time_stats.mlp_act.median,time_stats.add.median,n_embd,n_expanded_embd,use_gated_mlp,num_tokens,"
      "num_tensor_parallel_workers\n0.007,0.004,,8192,28672,True,16,8\n"));
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].kernel, (sim::Kernel{KernelKind::layer_norm, DataType::fp16, {16, 8192, 1, 1}}));
  EXPECT_EQ(rows[1].kernel, (sim::Kernel{KernelKind::bias_gelu_backward, DataType::fp16, {16, 3584, 1, 1}}));
}

TEST_F(ImportKernelTables, MessageSizesAreElements) {
  const auto rows =
      import_nccl_table(file("nccl.csv",
                             "op_name,nccl_dtype,num_gpus,message_size,latency\nall_gather,half,8,1024,0.0148\nalltoall,half,8,1024,0.01\n"
                             "all_reduce,int8,2,512,0.01\n"));
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].kind, sim::CollectiveKind::all_gather);
  EXPECT_EQ(rows[0].bytes.count, 2048);
  EXPECT_EQ(rows[1].kind, sim::CollectiveKind::all_to_all);
  EXPECT_EQ(rows[2].bytes.count, 512);
}

TEST_F(ImportKernelTables, OnlySendsOnOneNodeAreRead) {
  const auto rows = import_vidur_sends(file("send.csv", "time_stats.send_recv.median,size,devices_per_node\n0.024,2048,1\n0.017,4096,2\n"));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].bytes.count, 4096);
}

TEST_F(ImportKernelTables, FaultsNameFileAndLine) {
  const auto message = [](const auto& read) -> std::string {
    try {
      read();
    } catch (const sim::Error& error) {
      return error.what();
    }
    return "";
  };
  const std::string bad = file("bad.csv", "gemm_dtype,m,n,k,latency\nbfloat16,1,2,3,4\nbfloat16,1,x,3,4\n");
  EXPECT_NE(message([&] { import_gemm_table(bad); }).find("bad.csv:3: \"x\" is no number"), std::string::npos)
      << message([&] { import_gemm_table(bad); });
  const std::string lacking = file("lacking.csv", "gemm_dtype,m,n\nbfloat16,1,2\n");
  EXPECT_NE(message([&] { import_gemm_table(lacking); }).find("has no column \"k\""), std::string::npos);
  const std::string cut = file("cut.csv", "gemm_dtype,m,n,k,latency\nbfloat16,1,2\n");
  EXPECT_NE(message([&] { import_gemm_table(cut); }).find("cut.csv:2"), std::string::npos);
  const std::string fraction = file("fraction.csv", "gemm_dtype,m,n,k,latency\nbfloat16,1.5,2,3,4\n");
  EXPECT_NE(message([&] { import_gemm_table(fraction); }).find("no whole number"), std::string::npos);
  const std::string damaged = file("damaged.csv", "");
  std::filesystem::rename(bad, damaged + ".gz");
  EXPECT_NE(message([&] { import_gemm_table(damaged + ".gz"); }).find("cannot be decompressed"), std::string::npos);
  EXPECT_NE(message([&] { import_gemm_table("/nowhere.csv"); }).find("cannot be opened"), std::string::npos);
}

}  // namespace
}  // namespace orrery::workloads
