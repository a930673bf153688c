option(LARDER_TESTS "Build the tests" ON)
option(LARDER_BENCH "Build the programs that scripts/bench runs" ON)
set(LARDER_SANITIZE "" CACHE STRING "Sanitizers to build with: address, thread or empty")
option(LARDER_LIBFUZZER "Build fuzz targets with libFuzzer (clang only); else they replay files" OFF)

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()

# Some presets set CMAKE_UNITY_BUILD: several files of a folder are compiled as one, in half of the time. Names in unnamed
# namespaces have to differ within a folder for it; files for which they do not are in apart.txt.
set(CMAKE_UNITY_BUILD_BATCH_SIZE 8)

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # ccache keeps files that use precompiled headers only with these settings.
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()

# The tests alone link some fifty programs, each of which GNU ld takes seconds for.
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

if(LARDER_SANITIZE STREQUAL "address")
  # Checks of every pointer for null and alignment double the time to compile; the first crashes anyway.
  add_compile_options(-fsanitize=address,undefined -fno-sanitize=null,alignment -fno-sanitize-recover=undefined
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
elseif(LARDER_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Asio uses fences, which g++'s thread sanitizer does not model; it only warns about them.
    add_compile_options(-Wno-tsan)
  endif()
elseif(NOT LARDER_SANITIZE STREQUAL "")
  message(FATAL_ERROR "LARDER_SANITIZE is '${LARDER_SANITIZE}'; it is address, thread or empty")
endif()
