/// Stands between a gateway and its database, and cuts the wire when a test says so.
#pragma once
#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

class cutting_proxy {
public:
    /// @param port  of the database, on 127.0.0.1
    explicit cutting_proxy(int port);
    ~cutting_proxy();
    cutting_proxy(cutting_proxy const&) = delete;
    cutting_proxy& operator=(cutting_proxy const&) = delete;

    [[nodiscard]] int port() const { return port_; }
    /// The next COMMIT reaches the database and is answered; the answer gets lost with the wire.
    void lose_the_answer_to_commit() { lose_answer_ = true; }
    /// Every wire is cut, and new ones at once; or no longer.
    void down(bool yes);
    /// Wires stay up and carry nothing, as if the server's machine stood still; or no longer.
    void freeze(bool yes);

private:
    void accept_loop();
    void carry(int client, int server);
    void cut(int client, int server);

    int to_, listener_, port_{0};
    std::atomic<bool> lose_answer_{false}, down_{false}, over_{false}, frozen_{false};
    std::mutex guard_;
    std::vector<int> open_;
    std::vector<std::thread> wires_;
    std::thread acceptor_;
};
