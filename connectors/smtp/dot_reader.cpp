#include "connectors/smtp/dot_reader.hpp"

#include <algorithm>

namespace smtp {
void dot_reader::keep(char c) {
    if (c == '\0') nul_ = true;
    line_ = c == '\n' ? 0 : line_ + 1;
    if (line_ > longest_) long_ = true;
    if (content_.size() >= most_) large_ = true;
    if (spoiled())
        content_.clear();
    else
        content_ += c;
}

std::size_t dot_reader::feed(std::string_view in) {
    std::size_t i = 0;
    while (i < in.size() && !done_) {
        if (at_ == state::text && !spoiled()) {
            // The common case: the rest of a line in one go.
            auto end = std::min(in.find('\r', i), in.size());
            end = std::min(in.substr(0, end).find('\n', i), end);
            auto size = end - i;
            line_ += size;
            if (line_ > longest_) long_ = true;
            if (content_.size() + size > most_) large_ = true;
            if (in.substr(i, size).find('\0') != std::string_view::npos) nul_ = true;
            if (!spoiled()) content_.append(in, i, size);
            i += size;
            if (i == in.size()) break;
        }
        char c = in[i++];
        switch (at_) {
            case state::line_start:
                if (c == '.') {
                    at_ = state::dot;
                    break;
                }
                [[fallthrough]];
            case state::text:
                if (c == '\n') bare_ = true;
                at_ = c == '\r' ? state::cr : state::text;
                keep(c);
                break;
            case state::dot:
                if (c == '\r') {
                    at_ = state::dot_cr;
                } else {
                    if (c == '\n') bare_ = true;
                    at_ = state::text;
                    keep(c);
                }
                break;
            case state::dot_cr:
                if (c == '\n') {
                    done_ = true;
                } else {
                    bare_ = true;
                    at_ = c == '\r' ? state::cr : state::text;
                }
                break;
            case state::cr:
                keep(c);
                if (c == '\n') {
                    at_ = state::line_start;
                } else {
                    bare_ = true;
                    at_ = c == '\r' ? state::cr : state::text;
                }
                break;
        }
    }
    return i;
}
}  // namespace smtp
