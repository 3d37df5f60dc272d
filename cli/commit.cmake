# SPDX-License-Identifier: MIT
# Writes OUT with the commit of SOURCE, and only if it changed, so that nothing is compiled again
# without a reason. Run at every build: a commit moves without any source file changing.
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=40 --exclude=*
  OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed OR commit STREQUAL "")
  set(commit unknown)
endif()
file(CONFIGURE OUTPUT ${OUT} CONTENT "#define BUILD_COMMIT \"${commit}\"\n")
