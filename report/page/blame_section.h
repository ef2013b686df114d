// Where the time goes: the breakdown of the rank that ends last, with what each part means.
#pragma once

#include <string>
#include <string_view>

#include "report/page/page.h"
#include "workloads/iteration_result.h"

namespace orrery::report {

Section blame_section(const workloads::IterationResult& iteration);

/// "pipeline bubble" for "pipeline_bubble".
std::string plain_name(std::string_view key);
/// With a capital first letter.
std::string capitalised(std::string text);

}  // namespace orrery::report
