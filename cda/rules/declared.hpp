/// Header rules that are data: which element, how often, with which attributes and values. The
/// table is schemas/header.toml; its head says the form. Compiled once, then walked per document.
#pragma once
#include "cda/rules/rule.hpp"

namespace cda::rules {
void check_declared(context const&);
}  // namespace cda::rules
