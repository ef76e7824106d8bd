#include "gateway/log/event.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <boost/json.hpp>
#include <chrono>
#include <string>

namespace gateway::log {
namespace {
struct meaning {
    char const* name;
    spdlog::level::level_enum level;
};
meaning of(event e) {
    using enum spdlog::level::level_enum;
    switch (e) {
        case event::started: return {"started", info};
        case event::ready: return {"ready", info};
        case event::stopping: return {"stopping", info};
        case event::stopped: return {"stopped", info};
        case event::config_loaded: return {"config.loaded", info};
        case event::config_refused: return {"config.refused", err};
        case event::value_set_refused: return {"value_set.refused", warn};
        case event::submission_accepted: return {"submission.accepted", info};
        case event::submission_repeated: return {"submission.repeated", info};
        case event::submission_refused: return {"submission.refused", warn};
        case event::intake_closed: return {"intake.closed", err};
        case event::intake_opened: return {"intake.opened", info};
        case event::delivery_delivered: return {"delivery.delivered", info};
        case event::delivery_deferred: return {"delivery.deferred", warn};
        case event::delivery_failed: return {"delivery.failed", err};
        case event::clock_stepped: return {"clock.stepped", warn};
        case event::breaker_opened: return {"breaker.opened", warn};
        case event::breaker_closed: return {"breaker.closed", info};
        case event::content_corrupt: return {"content.corrupt", err};
        case event::contents_purged: return {"contents.purged", info};
        case event::notice_sent: return {"notice.sent", info};
        case event::notice_failed: return {"notice.failed", warn};
        case event::store_trouble: return {"store.trouble", err};
        case event::session_bug: return {"session.bug", err};
    }
    return {"unknown", err};
}
spdlog::logger& out() {
    static auto logger = [] {
        auto made = spdlog::stdout_logger_mt("liaison");
        made->set_pattern("%v");
        made->flush_on(spdlog::level::info);
        return made;
    }();
    return *logger;
}
boost::json::object head(meaning const& m) {
    auto now = std::chrono::system_clock::now().time_since_epoch();
    auto level = spdlog::level::to_string_view(m.level);
    boost::json::object line;
    line["at"] = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
    line["level"] = boost::json::string_view(level.data(), level.size());
    line["event"] = m.name;
    return line;
}
}  // namespace

void say(event e, std::initializer_list<field> fields) {
    auto m = of(e);
    auto line = head(m);
    for (auto const& f : fields) {
        if (f.numeric)
            line[boost::json::string_view(f.key.data(), f.key.size())] = f.number;
        else
            line[boost::json::string_view(f.key.data(), f.key.size())] =
                boost::json::string_view(f.text.data(), f.text.size());
    }
    out().log(m.level, boost::json::serialize(line));
}

void trouble(event e, std::string_view what) {
    auto m = of(e);
    auto line = head(m);
    line["what"] = boost::json::string_view(what.data(), what.size());
    out().log(m.level, boost::json::serialize(line));
}
}  // namespace gateway::log
