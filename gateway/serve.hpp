/// The daemon: listeners, dispatcher, signals. SIGHUP reads the settings again, SIGTERM and SIGINT
/// drain and stop.
#pragma once
#include <string>

namespace gateway {
/// @return 0 after an orderly stop. @throws config_error, certs::load_error, store_unavailable,
/// std::system_error (a port is taken).
int serve(std::string const& config_file);
}  // namespace gateway
