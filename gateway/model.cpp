#include "gateway/model.hpp"

namespace gateway {
std::string_view name_of(destination_kind k) {
    switch (k) {
        case destination_kind::dmp: return "dmp";
        case destination_kind::mssante: return "mssante";
        case destination_kind::patient: return "patient";
        case destination_kind::his: return "his";
    }
    return "";
}
std::string_view name_of(delivery_state s) {
    switch (s) {
        case delivery_state::queued: return "queued";
        case delivery_state::leased: return "leased";
        case delivery_state::deferred: return "deferred";
        case delivery_state::delivered: return "delivered";
        case delivery_state::failed: return "failed";
        case delivery_state::cancelled: return "cancelled";
    }
    return "";
}
std::string_view name_of(operation o) {
    switch (o) {
        case operation::create: return "create";
        case operation::replace: return "replace";
        case operation::remove: return "delete";
    }
    return "";
}
bool final_state(delivery_state s) {
    return s == delivery_state::delivered || s == delivery_state::failed ||
           s == delivery_state::cancelled;
}
}  // namespace gateway
