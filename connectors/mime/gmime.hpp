/// Ownership for GMime objects; included by the two source files of this folder only.
#pragma once
#include <gmime/gmime.h>

#include <memory>
#include <string>
#include <string_view>

namespace mime::detail {
struct unref {
    void operator()(void* object) const { g_object_unref(object); }
};
template <class T>
using owned = std::unique_ptr<T, unref>;
struct free_text {
    void operator()(char* p) const { g_free(p); }
};
using owned_text = std::unique_ptr<char, free_text>;

/// GMime keeps global tables; they are set up once for the life of the process.
inline void start() {
    static bool const started = [] {
        g_mime_init();
        return true;
    }();
    (void)started;
}
inline std::string text(char const* p) { return p == nullptr ? std::string{} : std::string(p); }
}  // namespace mime::detail
