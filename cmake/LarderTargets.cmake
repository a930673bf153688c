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

# larder_embed(folder FILES globs...): the files as `extern const std::string_view name_ext` in larder::<folder>::embedded,
# declared in "<folder>/embedded.h": openapi.json is openapi_json, 0001_users.sql is s_0001_users_sql.
function(larder_embed folder)
  cmake_parse_arguments(ARG "" "" "FILES" ${ARGN})
  file(GLOB files CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR} ${ARG_FILES})
  set(output ${CMAKE_BINARY_DIR}/embedded/${folder})
  add_custom_command(
    OUTPUT ${output}/embedded.cc ${output}/embedded.h
    COMMAND ${CMAKE_COMMAND} "-DFILES=${files}" -DNAMESPACE=larder::${folder}::embedded -DFOLDER=${folder}
            -DOUTPUT=${output} -DSOURCE=${CMAKE_SOURCE_DIR} -P ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
    DEPENDS ${files} ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} VERBATIM)
  # Linters need them, and build nothing else.
  if(NOT TARGET larder_embedded)
    add_custom_target(larder_embedded)
  endif()
  add_custom_target(larder_embedded_${folder} DEPENDS ${output}/embedded.cc ${output}/embedded.h)
  add_dependencies(larder_embedded larder_embedded_${folder})
  target_sources(larder_${folder} PRIVATE ${output}/embedded.cc ${output}/embedded.h)
  target_include_directories(larder_${folder} PRIVATE ${CMAKE_BINARY_DIR}/embedded)
endfunction()
