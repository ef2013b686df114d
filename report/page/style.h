// The page's style sheet, page.css as it was built.
#pragma once

#include <string_view>

namespace orrery::report {

std::string_view page_style();

}  // namespace orrery::report
