/// Run a function on a pool, resume on your own executor. `co_await` of it stands alone in its
/// statement.
#pragma once
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <functional>
#include <type_traits>

#include "connectors/net/byte_stream.hpp"

namespace net {
/// @param fn  called on `pool`; its exception is rethrown at the awaiting side.
template <class Fn>
task<std::invoke_result_t<Fn&>> offload(boost::asio::thread_pool& pool, Fn fn) {
    using value = std::invoke_result_t<Fn&>;
    auto initiate = [&pool, fn = std::move(fn)](auto handler) mutable {
        auto work = [fn = std::move(fn), handler = std::move(handler)]() mutable {
            std::exception_ptr error;
            value out{};
            try {
                out = fn();
            } catch (...) {
                error = std::current_exception();
            }
            auto executor = boost::asio::get_associated_executor(handler);
            auto resume = [handler = std::move(handler), error, out = std::move(out)]() mutable {
                std::move(handler)(error, std::move(out));
            };
            boost::asio::post(executor, std::move(resume));
        };
        boost::asio::post(pool, std::move(work));
    };
    auto out = co_await boost::asio::async_initiate<boost::asio::use_awaitable_t<> const,
                                                    void(std::exception_ptr, value)>(
        std::move(initiate), boost::asio::use_awaitable);
    co_return out;
}
}  // namespace net
