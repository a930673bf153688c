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

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
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
