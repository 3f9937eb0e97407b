# ltfb_check_headers(<folder> <target>): every header of the folder compiles alone.
function(ltfb_check_headers folder target)
  file(GLOB headers CONFIGURE_DEPENDS RELATIVE "${PROJECT_SOURCE_DIR}"
    "${PROJECT_SOURCE_DIR}/${folder}/*.hpp")
  foreach(header IN LISTS headers)
    string(MAKE_C_IDENTIFIER "${header}" id)
    set(source "${PROJECT_BINARY_DIR}/header_test/${id}.cpp")
    file(CONFIGURE OUTPUT "${source}" CONTENT "#include \"${header}\"\n")
    list(APPEND sources "${source}")
  endforeach()
  string(MAKE_C_IDENTIFIER "${folder}_headers" name)
  add_library(${name} OBJECT ${sources})
  target_link_libraries(${name} PRIVATE ${target})
endfunction()
