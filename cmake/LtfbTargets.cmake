# What all of our targets share, and how libraries and programs are declared.
add_library(ltfb_options INTERFACE)
target_compile_options(ltfb_options INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow
  -Wnon-virtual-dtor -Wold-style-cast $<$<BOOL:${LTFB_WERROR}>:-Werror>)
# We use the C interface; the C++ one of Open MPI is deprecated and full of warnings.
target_compile_definitions(ltfb_options INTERFACE OMPI_SKIP_MPICXX MPICH_SKIP_MPICXX)
target_include_directories(ltfb_options INTERFACE "${PROJECT_SOURCE_DIR}")

# ltfb_library(core SOURCES a.cpp ... LIBS ...): the library ltfb_core of the folder core.
function(ltfb_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
  add_library(ltfb_${name} ${ARG_SOURCES})
  target_link_libraries(ltfb_${name} PUBLIC ltfb_options ${ARG_LIBS})
endfunction()

# ltfb_program(ltfb-data SOURCES ltfb_data.cpp LIBS ltfb_data): installed to bin/.
function(ltfb_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LIBS})
  install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()
