#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace ltfb::server {

/// A blocking connection to a port of 127.0.0.1; no wait is longer than a test may take.
class TestClient {
public:
    explicit TestClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        const timeval limit{.tv_sec = 30, .tv_usec = 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        // The interface of sockets wants this cast.
        const auto* const raw = reinterpret_cast<const sockaddr*>(&address);
        if (::connect(socket_, raw, sizeof address) != 0) { throw std::runtime_error("connect"); }
    }
    ~TestClient() { ::close(socket_); }
    TestClient(const TestClient&) = delete;
    TestClient& operator=(const TestClient&) = delete;
    TestClient(TestClient&&) = delete;
    TestClient& operator=(TestClient&&) = delete;

    /// False where the server has closed.
    bool send(const std::string& text) {
        for (std::size_t at = 0; at < text.size();) {
            const auto sent = ::send(socket_, &text[at], text.size() - at, MSG_NOSIGNAL);
            if (sent <= 0) { return false; }
            at += static_cast<std::size_t>(sent);
        }
        return true;
    }
    bool ask(const std::string& line, const std::string& headers = "") {
        return send(line + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n");
    }

    /// What has come up to and with `end`; what came behind it is kept. All there was, where the
    /// server closes before.
    std::string read_until(const std::string& end) {
        std::size_t at = held_.find(end);
        while (at == std::string::npos && read_some()) { at = held_.find(end); }
        return take(at == std::string::npos ? held_.size() : at + end.size());
    }
    /// Head and body of one answer.
    std::string read_answer() {
        const std::string head = read_until("\r\n\r\n");
        const auto length = head.find("Content-Length: ");
        if (length == std::string::npos) { return head; }
        const auto size = std::stoul(head.substr(length + 16));
        while (held_.size() < size && read_some()) {}
        return head + take(size);
    }
    /// All that comes before the server closes.
    std::string read_all() {
        while (read_some()) {}
        return take(held_.size());
    }

private:
    bool read_some() {
        char buffer[4096];
        const auto got = ::recv(socket_, buffer, sizeof buffer, 0);
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            throw std::runtime_error("the server neither answers nor closes");
        }
        if (got <= 0) { return false; }
        held_.append(buffer, static_cast<std::size_t>(got));
        return true;
    }
    std::string take(std::size_t size) {
        std::string taken = held_.substr(0, size);
        held_.erase(0, size);
        return taken;
    }

    int socket_;
    std::string held_;
};

}  // namespace ltfb::server
