// Devices as measured: scenarios/calibrations/*.json, ./calibrations/*.json, or inline as "calibration": {...}. Keys are those of
// workloads::Calibration; such files are written by `orrery calibrate`.
#pragma once

#include "scenarios/fields.h"
#include "workloads/calibration.h"

namespace orrery::scenarios {

void describe(Fields& fields, workloads::Calibration& calibration);
void describe(Fields& fields, workloads::Datasheet& datasheet);
void describe(Fields& fields, workloads::GemmCalibration& gemm);
void describe(Fields& fields, workloads::GemmTile& tile);
void describe(Fields& fields, workloads::AttentionCalibration& attention);
void describe(Fields& fields, workloads::MemoryCalibration& memory);
void describe(Fields& fields, workloads::LineCalibration& lines);
void describe(Fields& fields, workloads::KernelLine& line);
void describe(Fields& fields, workloads::CollectiveCalibration& collectives);
void describe(Fields& fields, workloads::CollectiveLine& line);
void describe(Fields& fields, workloads::NodeCollectives& measured);
void describe(Fields& fields, workloads::RingTimes& ring);
void describe(Fields& fields, workloads::ProtocolTimes& protocol);
void describe(Fields& fields, workloads::PairTimes& pairs);
void describe(Fields& fields, workloads::NoiseCalibration& noise);
void describe(Fields& fields, workloads::Provenance& provenance);
void describe(Fields& fields, workloads::Residual& residual);

}  // namespace orrery::scenarios
