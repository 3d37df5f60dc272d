# SPDX-License-Identifier: MIT
# Writes OUT with the package and version of the kernel that MANIFEST is of, and only if it changed.
cmake_minimum_required(VERSION 3.25)
file(STRINGS ${MANIFEST} line REGEX "^source = " LIMIT_COUNT 1)
string(REGEX REPLACE "^source = " "" KERNEL "${line}")
if(KERNEL STREQUAL "")
  message(FATAL_ERROR "${MANIFEST} does not tell the kernel's source")
endif()
file(CONFIGURE OUTPUT ${OUT} CONTENT "#define BUILD_KERNEL \"\${KERNEL}\"\n")
