/// A coroutine that somebody awaits, or that a process runs as one of its threads. Begins when it
/// is awaited or started; an exception goes to who awaits. Destroying it ends it where it stands.
#pragma once
#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

namespace simulation {
template <typename T>
class [[nodiscard]] flow;

namespace detail {
struct promise_base {
    std::coroutine_handle<> next;
    std::exception_ptr fault;
    struct ending {
        bool await_ready() const noexcept { return false; }
        template <typename Promise>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> h) const noexcept {
            auto next = h.promise().next;
            return next ? next : std::noop_coroutine();
        }
        void await_resume() const noexcept {}
    };
    std::suspend_always initial_suspend() const noexcept { return {}; }
    ending final_suspend() const noexcept { return {}; }
    void unhandled_exception() { fault = std::current_exception(); }
};
template <typename T>
struct promise : promise_base {
    std::optional<T> value;
    flow<T> get_return_object();
    void return_value(T v) { value = std::move(v); }
    T take() { return std::move(*value); }
};
template <>
struct promise<void> : promise_base {
    flow<void> get_return_object();
    void return_void() const {}
    void take() const {}
};
}  // namespace detail

template <typename T>
class [[nodiscard]] flow {
public:
    using promise_type = detail::promise<T>;
    explicit flow(std::coroutine_handle<promise_type> h) : handle_(h) {}
    flow(flow&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
    flow& operator=(flow&&) = delete;
    ~flow() {
        if (handle_) handle_.destroy();
    }
    void start() { handle_.resume(); }
    [[nodiscard]] bool done() const { return handle_.done(); }
    /// Of a flow that is done. @throws what it threw
    void check() const {
        if (handle_.promise().fault) std::rethrow_exception(handle_.promise().fault);
    }

    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> who) noexcept {
        handle_.promise().next = who;
        return handle_;
    }
    T await_resume() {
        check();
        return handle_.promise().take();
    }

private:
    std::coroutine_handle<promise_type> handle_;
};

template <typename T>
flow<T> detail::promise<T>::get_return_object() {
    return flow<T>(std::coroutine_handle<promise>::from_promise(*this));
}
inline flow<void> detail::promise<void>::get_return_object() {
    return flow<void>(std::coroutine_handle<promise>::from_promise(*this));
}
}  // namespace simulation
