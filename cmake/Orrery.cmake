# orrery_library(NAME SOURCES a.cpp ... [DEPENDS other ...] [LINKS external::target ...])
# One static library per folder, named orrery_NAME. DEPENDS names the folders it may include; LINKS the outside libraries it needs.
function(orrery_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;LINKS" ${ARGN})
  add_library(orrery_${name} STATIC ${ARG_SOURCES})
  target_include_directories(orrery_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  list(TRANSFORM ARG_DEPENDS PREPEND orrery_)
  target_link_libraries(orrery_${name} PUBLIC ${ARG_DEPENDS} ${ARG_LINKS})
  orrery_flags(orrery_${name})
endfunction()

# orrery_test(NAME [RUNS_ORRERY] [LABEL label] SOURCES a_test.cpp ... [DEPENDS folder ...] [LINKS external::target ...])
# One GoogleTest program per folder; RUNS_ORRERY hands it the binary as ORRERY_BINARY. Each case is a ctest of its own. Compiled several files at
# a time, as libraries are: the helpers of a folder bear distinct names, and what two files need is a header of that folder.
function(orrery_test name)
  cmake_parse_arguments(ARG "RUNS_ORRERY" "LABEL" "SOURCES;DEPENDS;LINKS" ${ARGN})
  add_executable(orrery_${name}_test ${ARG_SOURCES})
  # What is tested is optimised already; the tests themselves compile sooner, and under a sanitizer sooner still without optimisation.
  target_compile_options(orrery_${name}_test PRIVATE $<IF:$<CONFIG:Debug>,-O0,-O1>)
  target_precompile_headers(orrery_${name}_test PRIVATE <gtest/gtest.h> <string> <vector>)
  target_include_directories(orrery_${name}_test PRIVATE ${PROJECT_SOURCE_DIR})
  list(TRANSFORM ARG_DEPENDS PREPEND orrery_)
  target_link_libraries(orrery_${name}_test PRIVATE ${ARG_DEPENDS} ${ARG_LINKS} GTest::gtest_main)
  target_compile_definitions(orrery_${name}_test PRIVATE ORRERY_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  if(ARG_RUNS_ORRERY)
    target_compile_definitions(orrery_${name}_test PRIVATE ORRERY_BINARY="$<TARGET_FILE:orrery>")
    add_dependencies(orrery_${name}_test orrery)
  endif()
  orrery_flags(orrery_${name}_test)
  if(ARG_LABEL)
    set(label LABELS ${ARG_LABEL})
  endif()
  gtest_discover_tests(orrery_${name}_test DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300 ${label})
endfunction()

# Warnings are errors; floating-point contraction is off so that every compiler and level of optimisation gives the same bits.
function(orrery_flags target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Werror -ffp-contract=off)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)  # what g++ 12 says in vain of optimised std::string and std::vector; the sanitizers see the true cases
    target_compile_options(${target} PRIVATE -Wno-array-bounds -Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread)
  endif()
endfunction()

find_program(ORRERY_CCACHE ccache)
if(ORRERY_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${ORRERY_CCACHE})
endif()

if(ORRERY_TESTS)
  include(GoogleTest)
endif()
