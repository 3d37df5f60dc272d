# SPDX-License-Identifier: MIT
# doorbell_verilate(TARGET TOP module SOURCE file [ARGS ...]): adds to a target the C++ that
# Verilator makes of a module, as one translation unit; class V<module> is in the header
# V<module>.h, which only the target sees. Its run time is the library doorbell_verilated.
set(doorbell_rtl_dir ${CMAKE_CURRENT_LIST_DIR})
find_program(VERILATOR verilator REQUIRED)
function(doorbell_verilate target)
  cmake_parse_arguments(arg "" "TOP;SOURCE" "ARGS" ${ARGN})
  set(dir ${CMAKE_CURRENT_BINARY_DIR}/${target}.verilated/${arg_TOP})
  set(unit ${dir}/V${arg_TOP}__all.cpp)
  get_filename_component(source ${arg_SOURCE} ABSOLUTE)
  add_custom_command(OUTPUT ${unit} ${dir}/V${arg_TOP}.h
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${dir}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${dir}
    COMMAND ${VERILATOR} --cc -Wall -I${doorbell_rtl_dir} --assert --trace-fst --x-assign fast
      --x-initial fast --top-module ${arg_TOP} --prefix V${arg_TOP} -Mdir ${dir} ${arg_ARGS}
      ${source}
    COMMAND ${CMAKE_COMMAND} -DDIR=${dir} -DOUT=${unit} -P ${doorbell_rtl_dir}/one_unit.cmake
    DEPENDS ${source} ${doorbell_rtl_dir}/one_unit.cmake ${doorbell_rtl_dir}/verilate.cmake
    COMMENT "Verilating ${arg_TOP}" VERBATIM)
  target_sources(${target} PRIVATE ${unit})
  # Generated code is not held to our warnings.
  set_source_files_properties(${unit} PROPERTIES COMPILE_OPTIONS "-w;-g0")
  target_include_directories(${target} SYSTEM PRIVATE ${dir})
  # With it gcc 12 reports Verilator's thread-local object, which is in another file, as null.
  target_compile_options(${target} PRIVATE -fno-sanitize=null)
  target_link_libraries(${target} PRIVATE doorbell_verilated)
endfunction()
