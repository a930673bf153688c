# larder_warnings(target): what every target of ours is compiled with.
function(larder_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
                         -Woverloaded-virtual -Wno-missing-field-initializers -Werror)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Asio's coroutine frames have an operator delete of their own, which g++ 12 pairs with the wrong new.
    target_compile_options(${target} PRIVATE -Wno-mismatched-new-delete)
    if(CMAKE_UNITY_BUILD)
      # A .cc that is compiled together with others is a header to g++: it then warns about types in unnamed namespaces.
      target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
    endif()
  endif()
endfunction()

# larder_keep_apart(): the targets of this folder compile each file of cmake/apart.txt by itself.
function(larder_keep_apart)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/cmake/apart.txt)
  file(STRINGS ${CMAKE_SOURCE_DIR}/cmake/apart.txt patterns REGEX "^[^#]")
  foreach(pattern IN LISTS patterns)
    file(GLOB files ${CMAKE_SOURCE_DIR}/${pattern})
    if(NOT files)
      message(FATAL_ERROR "cmake/apart.txt names '${pattern}', and there is no such file")
    endif()
    set_source_files_properties(${files} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  endforeach()
endfunction()

# larder_library(name PRECOMPILED set USES ...): src/<name>/*.cc as the library larder_<name>.
function(larder_library name)
  cmake_parse_arguments(ARG "" "PRECOMPILED" "USES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cc)
  add_library(larder_${name} STATIC ${sources})
  target_include_directories(larder_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(larder_${name} PUBLIC ${ARG_USES})
  larder_warnings(larder_${name})
  larder_precompiled(larder_${name} ${ARG_PRECOMPILED})
endfunction()

# larder_program(name PRECOMPILED set USES ...): apps/<name>/*.cc as the program <name>; in folders - is _.
function(larder_program name)
  cmake_parse_arguments(ARG "" "PRECOMPILED" "USES" ${ARGN})
  string(REPLACE "-" "_" folder ${name})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/apps/${folder}/*.cc)
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE ${ARG_USES})
  larder_warnings(${name})
  larder_precompiled(${name} ${ARG_PRECOMPILED})
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
  set_source_files_properties(${output}/embedded.cc PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  target_include_directories(larder_${folder} PRIVATE ${CMAKE_BINARY_DIR}/embedded)
endfunction()
