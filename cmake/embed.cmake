# What larder_embed() runs: FILES -> FOLDER/NAME_embedded.{h,cc}.
set(declarations "")
set(definitions "")
foreach(file IN LISTS FILES)
  get_filename_component(base ${file} NAME)
  string(MAKE_C_IDENTIFIER "${base}" symbol)
  if(symbol MATCHES "^_")
    string(PREPEND symbol "s")
  endif()
  file(READ ${SOURCE}/${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
  string(APPEND declarations "extern const std::string_view ${symbol};\n")
  string(APPEND definitions "const char ${symbol}_bytes[] = {${bytes}'\\0'};\n"
                            "const std::string_view ${symbol}(${symbol}_bytes, sizeof(${symbol}_bytes) - 1);\n")
endforeach()
file(WRITE ${FOLDER}/${NAME}_embedded.h
     "#pragma once\n#include <string_view>\nnamespace ${NAMESPACE} {\n${declarations}}\n")
file(WRITE ${FOLDER}/${NAME}_embedded.cc
     "#include \"${NAME}_embedded.h\"\nnamespace ${NAMESPACE} {\n${definitions}}\n")
