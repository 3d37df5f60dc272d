# SPDX-License-Identifier: MIT
# One C++ file that includes all that Verilator left in DIR: their names are not known beforehand.
file(GLOB parts RELATIVE ${DIR} ${DIR}/*.cpp)
list(SORT parts)
set(text)
foreach(part IN LISTS parts)
  if(NOT part MATCHES "__all.cpp$")
    string(APPEND text "#include \"${part}\"\n")
  endif()
endforeach()
file(WRITE ${OUT} "${text}")
