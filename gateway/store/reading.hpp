/// What the store is asked, as statements that only read; each on the caller's connection.
#pragma once
#include "gateway/store/database.hpp"
#include "gateway/store/store.hpp"
#include "gateway/store/vault.hpp"

namespace gateway::sql {
/// What a content is sealed under: its submission and place.
[[nodiscard]] std::string content_id(std::string const& submission, std::size_t n);
/// With their bytes. @throws content_corrupt
[[nodiscard]] std::vector<stored_document> contents(connection&, vault const&,
                                                    std::string const& submission);
/// Without bytes.
[[nodiscard]] std::vector<stored_document> documents(connection&, std::string const& submission);
[[nodiscard]] std::optional<submission> load(connection&, std::string const& id);
[[nodiscard]] std::optional<submission_view> view(connection&, std::string const& id);
/// The latest first.
[[nodiscard]] std::vector<delivery_view> list(connection&, std::optional<delivery_state>,
                                              std::size_t most);
[[nodiscard]] std::optional<delivery_view> delivery(connection&, std::string const& id);
/// Deliveries that are not final, by state.
[[nodiscard]] std::map<std::string, std::int64_t> counts(connection&);
[[nodiscard]] instant next_due(connection&, instant at);
}  // namespace gateway::sql
