# Writes OUT.hpp and OUT.cpp: `namespace schemas { std::string_view const <name> }` for each table, and `files`, all of
# them with their paths. The name is the path below ROOT with '/', '-' and '.' as '_', without its ending.
set(declared "")
set(defined "")
set(listed "")
set(count 0)
foreach(table IN LISTS TABLES)
    file(RELATIVE_PATH path ${ROOT} ${table})
    string(REGEX REPLACE "\\.[a-z]+$" "" name ${path})
    string(REGEX REPLACE "[/.-]" "_" name ${name})
    file(READ ${table} content)
    string(APPEND declared "extern std::string_view const ${name};\n")
    # A raw string literal may be cut anywhere: neighbours are joined by the compiler.
    string(APPEND defined "std::string_view const ${name}{R\"~table~(${content})~table~\"};\n")
    string(APPEND listed "    {\"${path}\", ${name}},\n")
    math(EXPR count "${count} + 1")
endforeach()
file(WRITE ${OUT}.hpp "#pragma once\n#include <array>\n#include <string_view>\n// Generated from schemas/; do not edit.\n"
    "namespace schemas {\nstruct file {\n    std::string_view name, text;\n};\n${declared}"
    "extern std::array<file, ${count}> const files;\n}  // namespace schemas\n")
file(WRITE ${OUT}.cpp "#include \"schemas/shipped.hpp\"\nnamespace schemas {\n${defined}"
    "std::array<file, ${count}> const files{{\n${listed}}};\n}  // namespace schemas\n")
