#include "sim/units_text.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>

#include "sim/error.h"

namespace orrery::sim {
namespace {

/// What `read` complains of, as "what; remedy", or "" where it is content.
template <class Read>
std::string complaint(Read read, std::string_view text) {
  try {
    read(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.faults().size(), 1u);
    EXPECT_EQ(error.faults()[0].place, "");
    return error.what();
  }
  return "";
}

TEST(UnitsText, ReadsEveryUnitOfData) {
  EXPECT_EQ(bytes_from("7 B"), Bytes{7});
  EXPECT_EQ(bytes_from("7 kB"), Bytes{7'000});
  EXPECT_EQ(bytes_from("7 MB"), 7_MB);
  EXPECT_EQ(bytes_from("80 GB"), 80_GB);
  EXPECT_EQ(bytes_from("7 TB"), 7'000_GB);
  EXPECT_EQ(bytes_from("7 PB"), 7'000'000_GB);
  EXPECT_EQ(bytes_from("7 KiB"), 7_KiB);
  EXPECT_EQ(bytes_from("7 MiB"), 7_MiB);
  EXPECT_EQ(bytes_from("64 GiB"), 64_GiB);
  EXPECT_EQ(bytes_from("7 TiB"), 7'168_GiB);
  EXPECT_EQ(bytes_from("7 PiB"), 7'340'032_GiB);
}

TEST(UnitsText, ReadsEveryUnitOfDataRate) {
  EXPECT_EQ(bytes_per_second_from("200 Gbit/s"), gigabytes_per_second(25));
  EXPECT_EQ(bytes_per_second_from("25GB/s"), gigabytes_per_second(25));
  EXPECT_EQ(bytes_per_second_from("24.6 GB/s"), gigabytes_per_second(24.6));
  EXPECT_EQ(bytes_per_second_from("1.6 Tbit/s"), gigabytes_per_second(200));
  EXPECT_EQ(bytes_per_second_from("3 bit/s"), BytesPerSecond{0.375});
  EXPECT_EQ(bytes_per_second_from("8 kbit/s"), BytesPerSecond{1e3});
  EXPECT_EQ(bytes_per_second_from("8 Mbit/s"), BytesPerSecond{1e6});
  EXPECT_EQ(bytes_per_second_from("2 B/s"), BytesPerSecond{2});
  EXPECT_EQ(bytes_per_second_from("2 kB/s"), BytesPerSecond{2e3});
  EXPECT_EQ(bytes_per_second_from("2 MB/s"), BytesPerSecond{2e6});
  EXPECT_EQ(bytes_per_second_from("2 TB/s"), BytesPerSecond{2e12});
  EXPECT_EQ(bytes_per_second_from("2 PB/s"), BytesPerSecond{2e15});
  EXPECT_EQ(bytes_per_second_from("2 KiB/s"), BytesPerSecond{0x1p11});
  EXPECT_EQ(bytes_per_second_from("2 MiB/s"), BytesPerSecond{0x1p21});
  EXPECT_EQ(bytes_per_second_from("2 GiB/s"), BytesPerSecond{0x1p31});
  EXPECT_EQ(bytes_per_second_from("2 TiB/s"), BytesPerSecond{0x1p41});
  EXPECT_EQ(bytes_per_second_from("2 PiB/s"), BytesPerSecond{0x1p51});
  EXPECT_EQ(bytes_per_second_from("0 GB/s"), BytesPerSecond{0});
}

TEST(UnitsText, ReadsEveryUnitOfComputeRate) {
  EXPECT_EQ(flops_per_second_from("312 TFLOP/s"), teraflops_per_second(312));
  EXPECT_EQ(flops_per_second_from("3 FLOP/s"), FlopsPerSecond{3});
  EXPECT_EQ(flops_per_second_from("3 kFLOP/s"), FlopsPerSecond{3e3});
  EXPECT_EQ(flops_per_second_from("3 MFLOP/s"), FlopsPerSecond{3e6});
  EXPECT_EQ(flops_per_second_from("3 GFLOP/s"), FlopsPerSecond{3e9});
  EXPECT_EQ(flops_per_second_from("3 PFLOP/s"), FlopsPerSecond{3e15});
  EXPECT_EQ(flops_per_second_from("5EFLOP/s"), FlopsPerSecond{5e18});  // the E is no exponent
}

TEST(UnitsText, ReadsEveryUnitOfTime) {
  EXPECT_EQ(duration_from("130 ps"), 130_ps);
  EXPECT_EQ(duration_from("130 ns"), 130_ns);
  EXPECT_EQ(duration_from("5 us"), 5_us);
  EXPECT_EQ(duration_from("5 µs"), 5_us);
  EXPECT_EQ(duration_from("5 \u03bcs"), 5_us);  // the Greek letter
  EXPECT_EQ(duration_from("7 ms"), 7_ms);
  EXPECT_EQ(duration_from("7 s"), 7_s);
  EXPECT_EQ(duration_from("2 min"), 120_s);
  EXPECT_EQ(duration_from("1.5 h"), 5'400_s);
  EXPECT_EQ(duration_from("1 day"), 86'400_s);
  EXPECT_EQ(duration_from("30 days"), 2'592'000_s);
  EXPECT_EQ(long_duration_from("30 days"), LongDuration{2'592'000'000'000'000});
  EXPECT_EQ(long_duration_from("5 µs"), LongDuration{5'000});
  EXPECT_EQ(long_duration_from("3000 ps"), LongDuration{3});
}

TEST(UnitsText, BlanksAreFree) {
  EXPECT_EQ(bytes_from("80GB"), 80_GB);
  EXPECT_EQ(bytes_from("  80 \t GB "), 80_GB);
}

TEST(UnitsText, NumbersMayHaveFractionsAndPowers) {
  EXPECT_EQ(bytes_from("1.5 GB"), 1'500_MB);
  EXPECT_EQ(bytes_from("79.6 GB"), 79'600_MB);
  EXPECT_EQ(bytes_from(".5 KiB"), 512_B);
  EXPECT_EQ(bytes_from("2.50 kB"), 2'500_B);
  EXPECT_EQ(bytes_from("1.5000000000000000000000000 kB"), 1'500_B);
  EXPECT_EQ(bytes_from("0.000000000000000000000001e24 B"), 1_B);
  EXPECT_EQ(bytes_from("1e3 MB"), 1_GB);
  EXPECT_EQ(bytes_from("1.25E+2 kB"), 125'000_B);
  EXPECT_EQ(bytes_from("2500e-3 kB"), 2'500_B);
  EXPECT_EQ(bytes_from("0.000 B"), 0_B);
  EXPECT_EQ(duration_from("1e-3 s"), 1_ms);
}

// 2^53 + 1 is the first whole number that a double does not hold; 0.1 is none of them.
TEST(UnitsText, WholeNumbersDoNotPassThroughADouble) {
  EXPECT_EQ(bytes_from("9007199254740993 B"), Bytes{9'007'199'254'740'993});
  EXPECT_EQ(bytes_from("9223372036854775807 B"), Bytes{INT64_MAX});
  EXPECT_EQ(bytes_from("9007199.254740993 GB"), Bytes{9'007'199'254'740'993});
  EXPECT_EQ(bytes_from("1.0009765625 TiB"), Bytes{(std::int64_t{1} << 40) + (std::int64_t{1} << 30)});
  EXPECT_EQ(duration_from("9007.199254740993 s"), Duration{9'007'199'254'740'993});
  EXPECT_EQ(long_duration_from("9007199254740993000 ps"), LongDuration{9'007'199'254'740'993});
}

TEST(UnitsText, WholeThousandthsOfAGigabyteComeOutExact) {
  for (std::int64_t thousandths = 0; thousandths < 10'000; ++thousandths) {
    const std::string digits = std::to_string(thousandths);
    const std::string padded = std::string(digits.size() < 4 ? 4 - digits.size() : 0, '0') + digits;
    const std::string number = padded.substr(0, padded.size() - 3) + "." + padded.substr(padded.size() - 3);
    ASSERT_EQ(bytes_from(number + " GB"), Bytes{thousandths * 1'000'000}) << number;
    ASSERT_EQ(duration_from(number + " us"), Duration{thousandths * 1'000}) << number;
  }
}

TEST(UnitsText, BytesMustComeOutWhole) {
  EXPECT_EQ(complaint(bytes_from, "1.5 B"), "\"1.5 B\" is not a whole number of bytes; write e.g. \"80 GB\"");
  EXPECT_NE(complaint(bytes_from, "0.1 KiB"), "");
  EXPECT_NE(complaint(bytes_from, "0.3333 kB"), "");
  EXPECT_NE(complaint(bytes_from, "1e-30 GB"), "");
}

TEST(UnitsText, BytesMustFit) {
  EXPECT_EQ(complaint(bytes_from, "9223372036854775808 B"),
            "\"9223372036854775808 B\" is more bytes than 64 bits hold; write e.g. \"80 GB\"");
  EXPECT_NE(complaint(bytes_from, "8192 PiB"), "");
  EXPECT_EQ(bytes_from("8191 PiB"), Bytes{std::int64_t{8191} << 50});
  EXPECT_NE(complaint(bytes_from, "1e300 PB"), "");
}

TEST(UnitsText, TimesAreRoundedToTheNearestTick) {
  EXPECT_EQ(duration_from("1.2344 ns"), 1'234_ps);
  EXPECT_EQ(duration_from("1.2346 ns"), 1'235_ps);
  EXPECT_EQ(duration_from("0.33333333333333333333333 ns"), 333_ps);
  EXPECT_EQ(long_duration_from("1600 ps"), LongDuration{2});
}

// 2^63 ps are 106.75 days; 2^63 ns are 106,751.99 days.
TEST(UnitsText, TimesMustFit) {
  EXPECT_EQ(duration_from("106 days"), 9'158'400_s);
  EXPECT_EQ(complaint(duration_from, "107 days"), "\"107 days\" is too long a time here; write at most \"106 days\"");
  EXPECT_EQ(long_duration_from("106751 days").ticks, 9'223'286'400'000'000'000);
  EXPECT_EQ(complaint(long_duration_from, "106752 days"), "\"106752 days\" is too long a time here; write at most \"106751 days\"");
}

TEST(UnitsText, MissingUnitsAreAskedFor) {
  EXPECT_EQ(complaint(bytes_per_second_from, "400"), "\"400\" has no unit; write e.g. \"400 Gbit/s\"");
  EXPECT_EQ(complaint(bytes_from, "1.5 "), "\"1.5 \" has no unit; write e.g. \"1.5 GB\"");
  EXPECT_EQ(complaint(flops_per_second_from, "312"), "\"312\" has no unit; write e.g. \"312 TFLOP/s\"");
  EXPECT_EQ(complaint(duration_from, "0"), "\"0\" has no unit; write e.g. \"0 ns\"");
  EXPECT_EQ(complaint(long_duration_from, "12"), "\"12\" has no unit; write e.g. \"12 h\"");
}

TEST(UnitsText, WrongDimensionsAreNamed) {
  EXPECT_EQ(complaint(bytes_per_second_from, "400 GB"),
            "\"400 GB\" is an amount of data where a data rate is expected; write \"400 Gbit/s\" (50 GB/s) or \"400 GB/s\" (3200 Gbit/s)");
  EXPECT_EQ(complaint(bytes_from, "5 us"), "\"5 us\" is a time where an amount of data is expected; write e.g. \"80 GB\"");
  EXPECT_EQ(complaint(duration_from, "5 TFLOP/s"), "\"5 TFLOP/s\" is a computing rate where a time is expected; write e.g. \"130 ns\"");
  EXPECT_EQ(complaint(flops_per_second_from, "5 GB/s"),
            "\"5 GB/s\" is a data rate where a computing rate is expected; write e.g. \"312 TFLOP/s\"");
}

TEST(UnitsText, RatesThatMayCountBitsOrBytesAreRefusedWithBothReadings) {
  for (const char* text : {"25 Gb/s", "25 gb/s", "25 GBps", "25 Gbps", "25 gbps", "25 GB/sec", "25 Gb"}) {
    EXPECT_EQ(complaint(bytes_per_second_from, text),
              "\"" + std::string(text) + "\" may count bits or bytes; write \"25 Gbit/s\" (3.125 GB/s) or \"25 GB/s\" (200 Gbit/s)");
  }
}

TEST(UnitsText, UnknownUnitsGetTheNearestKnownOne) {
  const auto meant = [](auto read, const std::string& unit) {
    const std::string text = complaint(read, "4 " + unit);
    const std::string before = "\"4 " + unit + "\" has the unknown unit \"" + unit + "\"; did you mean \"";
    return text.starts_with(before) ? text.substr(before.size(), text.size() - before.size() - 2) : text;
  };
  EXPECT_EQ(meant(bytes_per_second_from, "Gbits/s"), "Gbit/s");
  EXPECT_EQ(meant(bytes_per_second_from, "gbit/s"), "Gbit/s");
  EXPECT_EQ(meant(bytes_per_second_from, "Gbit/sec"), "Gbit/s");
  EXPECT_EQ(meant(bytes_from, "gb"), "GB");
  EXPECT_EQ(meant(bytes_from, "KB"), "kB");
  EXPECT_EQ(meant(bytes_from, "bytes"), "B");
  EXPECT_EQ(meant(bytes_from, "Gbyte"), "GB");
  EXPECT_EQ(meant(flops_per_second_from, "TFLOPS"), "TFLOP/s");
  EXPECT_EQ(meant(flops_per_second_from, "TFLOPs"), "TFLOP/s");
  EXPECT_EQ(meant(flops_per_second_from, "Tflop/s"), "TFLOP/s");
  EXPECT_EQ(meant(duration_from, "usec"), "us");
  EXPECT_EQ(meant(duration_from, "seconds"), "s");
  EXPECT_EQ(meant(duration_from, "hours"), "h");
  EXPECT_EQ(meant(long_duration_from, "dyas"), "days");
}

TEST(UnitsText, UnitsThatResembleNoneGetAnExample) {
  EXPECT_EQ(complaint(bytes_from, "4 parsecs"), "\"4 parsecs\" has the unknown unit \"parsecs\"; write e.g. \"80 GB\"");
}

TEST(UnitsText, EverythingElseIsRefusedForWhatItIs) {
  EXPECT_EQ(complaint(bytes_from, ""), "\"\" does not begin with a number; write e.g. \"80 GB\"");
  for (const char* text : {" ", "GB", "+5 GB", ".", ". GB", "e5 GB", "x"}) {
    EXPECT_NE(complaint(bytes_from, text).find("does not begin with a number"), std::string::npos) << text;
  }
  for (const char* text : {"nan GB", "inf GB", "NaN", "infinity", "-inf GB", "+Infinity GB", "-NaN"}) {
    EXPECT_NE(complaint(bytes_from, text).find("is no finite number"), std::string::npos) << text;
  }
  for (const char* text : {"1e400 GB", "1e400", "1e-400 GB"}) {
    EXPECT_NE(complaint(bytes_from, text).find("is out of range"), std::string::npos) << text;
  }
  EXPECT_NE(complaint(bytes_per_second_from, "1e300 PB/s").find("is out of range"), std::string::npos);
  for (const char* text : {"-5 GB", "-0 GB", " -1", "-x"}) {
    EXPECT_NE(complaint(bytes_from, text).find("is negative"), std::string::npos) << text;
  }
  for (const char* text : {"1,000 GB", "1'000 GB", "1.2.3 GB", "200-300 GB", "1_000 GB", "80 80 GB", "1e5.5 B"}) {
    EXPECT_NE(complaint(bytes_from, text).find("is not one plain decimal number with a unit"), std::string::npos) << text;
  }
  EXPECT_EQ(complaint(bytes_from, "80 GB each"), "\"80 GB each\" goes on with \"each\" after its unit; write e.g. \"80 GB\"");
  EXPECT_NE(complaint(bytes_from, "0x10 B").find("unknown unit \"x10\""), std::string::npos);
}

// Whatever the bytes are, the reader answers with a value or an Error.
TEST(UnitsText, NoTextBreaksTheReader) {
  std::mt19937 draw(1);
  const std::string letters = "0123456789..eE+- \tkKMGTiBbitsFLOP/nuhdaymp\xc2\xb5\xff,";
  for (int trial = 0; trial < 20'000; ++trial) {
    std::string text;
    for (auto length = draw() % 12; length > 0; --length) text += letters[draw() % letters.size()];
    complaint(bytes_from, text);
    complaint(bytes_per_second_from, text);
    complaint(long_duration_from, text);
  }
}

TEST(UnitsText, WritesThreeDigitsInTheUnitOfAPerson) {
  EXPECT_EQ(to_text(Bytes{79'600'000'000}), "79.6 GB");
  EXPECT_EQ(to_text(80_GB), "80.0 GB");
  EXPECT_EQ(to_text(1_GiB), "1.07 GB");
  EXPECT_EQ(to_text(Bytes{INT64_MAX}), "9223 PB");
  EXPECT_EQ(to_text(gigabytes_per_second(24.6)), "24.6 GB/s");
  EXPECT_EQ(to_text(gigabits_per_second(200)), "25.0 GB/s");
  EXPECT_EQ(to_text(BytesPerSecond{0.5}), "0.50 B/s");
  EXPECT_EQ(to_text(teraflops_per_second(312)), "312 TFLOP/s");
  EXPECT_EQ(to_text(FlopsPerSecond{1.5e18}), "1.50 EFLOP/s");
  EXPECT_EQ(to_text(1'300_ns), "1.30 us");
  EXPECT_EQ(to_text(43'600_us), "43.6 ms");
  EXPECT_EQ(to_text(60'100_ms), "60.1 s");
  EXPECT_EQ(to_text(duration_from("90 min")), "90.0 min");
  EXPECT_EQ(to_text(duration_from("3 h")), "3.00 h");
  EXPECT_EQ(to_text(long_duration_from("32.4 days")), "32.4 days");
  EXPECT_EQ(to_text(long_duration_from("10000 days")), "10000 days");
  EXPECT_EQ(to_text(Duration{-1'300'000}), "-1.30 us");
}

TEST(UnitsText, SmallWholeNumbersHaveNoFraction) {
  EXPECT_EQ(to_text(0_B), "0 B");
  EXPECT_EQ(to_text(5_B), "5 B");
  EXPECT_EQ(to_text(999_B), "999 B");
  EXPECT_EQ(to_text(1'000_B), "1.00 kB");
  EXPECT_EQ(to_text(130_ps), "130 ps");
  EXPECT_EQ(to_text(LongDuration{5}), "5 ns");
  EXPECT_EQ(to_text(Duration{}), "0 s");
  EXPECT_EQ(to_text(LongDuration{}), "0 s");
  EXPECT_EQ(to_text(BytesPerSecond{}), "0 B/s");
}

TEST(UnitsText, RoundingUpCarriesIntoTheNextUnit) {
  EXPECT_EQ(to_text(Bytes{999'400'000}), "999 MB");
  EXPECT_EQ(to_text(Bytes{999'600'000}), "1.00 GB");
  EXPECT_EQ(to_text(Bytes{9'996'000'000}), "10.0 GB");
  EXPECT_EQ(to_text(Bytes{9'994'000'000}), "9.99 GB");
  EXPECT_EQ(to_text(Bytes{99'960'000'000}), "100 GB");
}

}  // namespace
}  // namespace orrery::sim
