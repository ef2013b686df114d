#include "workloads/gunzip.h"

#include <gtest/gtest.h>

#include <boost/iostreams/device/back_inserter.hpp>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filtering_stream.hpp>

#include "sim/error.h"

namespace orrery::workloads {
namespace {

constexpr std::size_t megabyte = 1U << 20U;

std::string gzipped(const std::string& plain) {
  std::string packed;
  boost::iostreams::filtering_ostream out;
  out.push(boost::iostreams::gzip_compressor());
  out.push(boost::iostreams::back_inserter(packed));
  out.write(plain.data(), static_cast<std::streamsize>(plain.size()));
  out.reset();
  return packed;
}

std::string gunzip_refusal(const std::string& bytes) {
  try {
    gunzipped(bytes, "x.gz", megabyte);
  } catch (const sim::Error& error) {
    return error.what();
  }
  return "";
}

TEST(Gunzip, WhatWasPackedComesBackAndOthersStay) {
  const std::string text(300'000, 'a');
  EXPECT_EQ(gunzipped(gzipped(text), "x.gz", megabyte), text);
  EXPECT_EQ(gunzipped("plain", "x", megabyte), "plain");
  EXPECT_EQ(gunzipped("", "x", megabyte), "");
}

TEST(Gunzip, DamageAndFloodsAreRefused) {
  const std::string packed = gzipped("some text that is packed");
  EXPECT_EQ(gunzip_refusal(packed.substr(0, packed.size() / 2)), "x.gz: is no whole gzip file; fetch it again");
  EXPECT_EQ(gunzip_refusal("\x1f\x8bnothing"), "x.gz: is no whole gzip file; fetch it again");
  EXPECT_EQ(gunzip_refusal(gzipped(std::string(2 * megabyte, 'a'))), "x.gz: is unpacked larger than 1 MiB; cut the trace");
}

TEST(Gunzip, AnArchiveHasToBeUnpackedFirst) {
  std::string archive(512, '\0');
  archive.replace(257, 5, "ustar");
  EXPECT_EQ(gunzip_refusal(gzipped(archive)), "x.gz: is an archive of files; unpack it (tar xf) and give the files");
}

}  // namespace
}  // namespace orrery::workloads
