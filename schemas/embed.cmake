# Writes OUT: `namespace schemas { inline constexpr std::string_view <name> }` for each table; the name is the path
# below ROOT with '/', '-' and '.' as '_', without its ending. Long files are cut: a raw string literal has a limit.
set(text "#pragma once\n#include <string_view>\n// Generated from schemas/; do not edit.\nnamespace schemas {\n")
foreach(table IN LISTS TABLES)
    file(RELATIVE_PATH name ${ROOT} ${table})
    string(REGEX REPLACE "\\.(toml|json)$" "" name ${name})
    string(REGEX REPLACE "[/.-]" "_" name ${name})
    file(READ ${table} hex HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
    string(APPEND text "inline constexpr char ${name}_bytes[] = {${bytes}'\\0'};\n"
        "inline constexpr std::string_view ${name}{${name}_bytes, sizeof ${name}_bytes - 1};\n")
endforeach()
string(APPEND text "}  // namespace schemas\n")
file(WRITE ${OUT} "${text}")
