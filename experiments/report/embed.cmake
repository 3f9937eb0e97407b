# cmake -DOUTPUT=x.cpp -DFILES="name=path|..." -P embed.cmake : the files as byte arrays in C++.
file(WRITE "${OUTPUT}.new" "#include \"experiments/log/report_assets.hpp\"\n\nnamespace ltfb::experiments {\n")
string(REPLACE "|" ";" FILES "${FILES}")
foreach(entry IN LISTS FILES)
  string(REGEX MATCH "^([a-z_]+)=(.*)$" matched "${entry}")
  set(name "${CMAKE_MATCH_1}")
  file(READ "${CMAKE_MATCH_2}" hex HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
  file(APPEND "${OUTPUT}.new"
    "namespace {\nconstexpr unsigned char ${name}_bytes[] = {${bytes}0};\n}\n"
    "std::string_view ${name}_asset() noexcept {\n"
    "    return {reinterpret_cast<const char*>(${name}_bytes), sizeof ${name}_bytes - 1};\n}\n")
endforeach()
file(APPEND "${OUTPUT}.new" "}  // namespace ltfb::experiments\n")
file(RENAME "${OUTPUT}.new" "${OUTPUT}")
