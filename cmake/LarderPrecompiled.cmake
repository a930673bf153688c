# Headers of others are most of what a compiler reads here (a file of ours is a few hundred lines, Asio is 150,000).
# Each build parses them once, in three sets, and every target names the set it is compiled with. The headers of
# Larder's own folders are in none of them: a file that forgets to include one does not compile where it is compiled alone.
#
# A forgotten #include of the standard library is not noticed by such a build: scripts/lint structure says it, and the
# lint build, which clang-tidy uses, is configured without.
option(LARDER_PRECOMPILE "Parse the headers of others once a build (precompiled headers)" ON)

# larder_precompiled_set(name LINK ...): cmake/precompiled/<name>.h, as the targets of LINK want it compiled.
function(larder_precompiled_set name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  set(source ${CMAKE_BINARY_DIR}/precompiled/${name}.cc)
  file(CONFIGURE OUTPUT ${source} CONTENT "// The target of a precompiled header wants a source.\n")
  add_library(larder_precompiled_${name} OBJECT ${source})
  target_link_libraries(larder_precompiled_${name} PRIVATE ${ARG_LINK})
  target_precompile_headers(larder_precompiled_${name} PRIVATE ${CMAKE_SOURCE_DIR}/cmake/precompiled/${name}.h)
  larder_warnings(larder_precompiled_${name})
endfunction()

# What the address sanitizer looks at is the code under test: the tests around it are compiled as fast as can be. (With the
# thread sanitizer they would run for longer than is saved.)
set(LARDER_TEST_OPTIONS "")
if(LARDER_SANITIZE STREQUAL "address")
  set(LARDER_TEST_OPTIONS -O0)
endif()

# larder_precompiled(target set): `target` is compiled with that set: plain, asio or test.
function(larder_precompiled target set)
  if(LARDER_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM larder_precompiled_${set})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      # g++ 12 forgets which of the precompiled headers are the system's, and then warns of std::string's own memcpy.
      target_compile_options(${target} PRIVATE -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread)
    endif()
  endif()
endfunction()

if(LARDER_PRECOMPILE)
  larder_precompiled_set(plain LINK larder_asio larder_json fmt::fmt tomlplusplus::tomlplusplus)
  larder_precompiled_set(asio LINK larder_asio larder_json fmt::fmt tomlplusplus::tomlplusplus)
  if(LARDER_TESTS)
    find_package(GTest REQUIRED)
    larder_precompiled_set(test LINK larder_asio larder_json fmt::fmt tomlplusplus::tomlplusplus GTest::gtest)
    target_compile_options(larder_precompiled_test PRIVATE ${LARDER_TEST_OPTIONS})
  endif()
endif()
