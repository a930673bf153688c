# What larder_embed() runs: FILES -> OUTPUT/embedded.{h,cc}.
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
file(WRITE ${OUTPUT}/embedded.h
     "#pragma once\n#include <string_view>\nnamespace ${NAMESPACE} {\n${declarations}}\n")
file(WRITE ${OUTPUT}/embedded.cc
     "#include \"${FOLDER}/embedded.h\"\nnamespace ${NAMESPACE} {\n${definitions}}\n")
