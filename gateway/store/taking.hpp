/// Which deliveries are due, and their leases.
#pragma once
#include "gateway/store/database.hpp"
#include "gateway/store/store.hpp"

namespace gateway::sql {
struct asked_for {
    std::string holder;
    instant at{0};
    std::int64_t lease_ms{0};
    std::size_t most{0};
    std::vector<std::string> const& blocked;  ///< kinds
    std::vector<std::string> const& at_work;  ///< deliveries
};
/// A delivery whose row cannot be read.
struct unreadable {
    std::string delivery, why;
};
struct taken {
    std::vector<lease> leases;
    std::vector<unreadable> damaged;
};
/// Inside the caller's transaction. Costs as much as what is taken, however long the queue is and
/// whatever is blocked in it.
[[nodiscard]] taken take(connection&, asked_for const&);
/// Waiting deliveries whose kind is none of ours: nothing else would ever look at them.
[[nodiscard]] std::vector<unreadable> of_no_kind(connection&, std::size_t most);
}  // namespace gateway::sql
