find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(fmt REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(CLI11 REQUIRED)
find_package(prometheus-cpp REQUIRED COMPONENTS core)
find_package(PkgConfig REQUIRED)
pkg_check_modules(isal REQUIRED IMPORTED_TARGET libisal)
pkg_check_modules(sqlite REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(postgres REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(curl REQUIRED IMPORTED_TARGET libcurl)
pkg_check_modules(cjose REQUIRED IMPORTED_TARGET cjose)
pkg_check_modules(oath REQUIRED IMPORTED_TARGET liboath)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(systemd REQUIRED IMPORTED_TARGET libsystemd)
pkg_check_modules(yaml REQUIRED IMPORTED_TARGET yaml-0.1)

# The cache node's allocator: decision 0020. Sanitizers bring their own.
add_library(larder_allocator INTERFACE)
if(NOT LARDER_SANITIZE)
  pkg_check_modules(jemalloc REQUIRED IMPORTED_TARGET jemalloc)
  target_link_libraries(larder_allocator INTERFACE PkgConfig::jemalloc)
endif()

# Asio and Beast are most of the compile time: their function bodies are compiled once, here.
add_library(larder_asio STATIC ${CMAKE_SOURCE_DIR}/cmake/asio.cc)
target_compile_definitions(larder_asio PUBLIC BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
                           BOOST_ASIO_NO_DEPRECATED
                           # a request is several coroutines deep: their frames come from a list of free ones
                           BOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE=16)
target_link_libraries(larder_asio PUBLIC Boost::boost OpenSSL::SSL Threads::Threads)

add_library(larder_json STATIC ${CMAKE_SOURCE_DIR}/cmake/json.cc)
target_link_libraries(larder_json PUBLIC Boost::boost)
target_compile_definitions(larder_json PUBLIC BOOST_JSON_NO_LIB BOOST_CONTAINER_NO_LIB)
