# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` puts where. The pkg-config files and the CMake package
# find the rest from their own place, so an installed tree can be moved.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/crucible)
set(pc_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
if(IS_ABSOLUTE ${CMAKE_INSTALL_LIBDIR})
  set(CRUCIBLE_PC_PREFIX ${CMAKE_INSTALL_PREFIX})
else()
  file(RELATIVE_PATH up /p/${pc_dir} /p)
  string(REGEX REPLACE "/$" "" up ${up})
  set(CRUCIBLE_PC_PREFIX "\${pcfiledir}/${up}")
endif()
cmake_path(APPEND CRUCIBLE_PC_LIBDIR "\${prefix}" ${CMAKE_INSTALL_LIBDIR})
cmake_path(APPEND CRUCIBLE_PC_INCLUDEDIR "\${prefix}"
           ${CMAKE_INSTALL_INCLUDEDIR})

# What a static link needs: the .pc files that exist, by name, the rest as -l.
set(CRUCIBLE_FIND_MODULES "")
foreach(library BASE CRUCIBLE)
  set(${library}_PC_REQUIRES "")
  set(${library}_PC_LIBS "")
  foreach(item IN LISTS ${library}_LIBRARIES)
    if(item MATCHES "^PkgConfig::(.*)")
      set(module ${${CMAKE_MATCH_1}_MODULE_NAME})
      string(APPEND ${library}_PC_REQUIRES " ${module}")
      string(APPEND CRUCIBLE_FIND_MODULES "  pkg_check_modules(${CMAKE_MATCH_1}"
             " REQUIRED IMPORTED_TARGET ${module})\n")
    elseif(item STREQUAL "Threads::Threads")
      string(APPEND ${library}_PC_LIBS " -pthread")
    else()
      string(APPEND ${library}_PC_LIBS " -l${item}")
    endif()
  endforeach()
  string(STRIP "${${library}_PC_REQUIRES}" ${library}_PC_REQUIRES)
  string(STRIP "${${library}_PC_LIBS}" ${library}_PC_LIBS)
endforeach()

set(libraries crucible_base)
if(TARGET crucible)
  list(APPEND libraries crucible)
endif()
set(static_libraries ${libraries})
list(TRANSFORM static_libraries APPEND _static)
install(TARGETS ${libraries} EXPORT crucible-targets)
install(TARGETS ${static_libraries} EXPORT crucible-static-targets)
foreach(set crucible-targets crucible-static-targets)
  install(
    EXPORT ${set}
    NAMESPACE crucible::
    DESTINATION ${package_dir})
endforeach()
install(DIRECTORY include/crucible DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

configure_package_config_file(
  pkgconfig/crucible-config.cmake.in ${CMAKE_BINARY_DIR}/crucible-config.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/crucible-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/crucible-config.cmake
              ${CMAKE_BINARY_DIR}/crucible-config-version.cmake
        DESTINATION ${package_dir})
foreach(library ${libraries})
  string(REPLACE _ - name ${library})
  configure_file(pkgconfig/${name}.pc.in ${CMAKE_BINARY_DIR}/${name}.pc @ONLY)
  install(FILES ${CMAKE_BINARY_DIR}/${name}.pc DESTINATION ${pc_dir})
endforeach()
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
