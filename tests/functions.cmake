# SPDX-License-Identifier: MIT
# doorbell_test(NAME LABEL label SOURCES files LIBS targets): a cmocka executable registered with ctest.
function(doorbell_test name)
  cmake_parse_arguments(arg "" "LABEL" "SOURCES;LIBS" ${ARGN})
  add_executable(test_${name} ${arg_SOURCES})
  set_target_properties(test_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_link_libraries(test_${name} PRIVATE ${arg_LIBS} cmocka)
  add_test(NAME ${arg_LABEL}.${name} COMMAND test_${name})
  set_tests_properties(${arg_LABEL}.${name} PROPERTIES LABELS ${arg_LABEL})
endfunction()
