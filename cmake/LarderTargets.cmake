# larder_warnings(target): what every target of ours is compiled with.
function(larder_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
                         -Woverloaded-virtual -Wno-missing-field-initializers -Werror)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Asio's coroutine frames have an operator delete of their own, which g++ 12 pairs with the wrong new.
    target_compile_options(${target} PRIVATE -Wno-mismatched-new-delete)
  endif()
endfunction()

# larder_library(name USES ...): src/<name>/*.cc as the library larder_<name>.
function(larder_library name)
  cmake_parse_arguments(ARG "" "" "USES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cc)
  add_library(larder_${name} STATIC ${sources})
  target_include_directories(larder_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(larder_${name} PUBLIC ${ARG_USES})
  larder_warnings(larder_${name})
endfunction()
