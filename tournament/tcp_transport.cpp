#include "tournament/tcp_transport.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <list>
#include <map>
#include <thread>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <fmt/core.h>

#include "core/error.hpp"
#include "tournament/tcp_inbox.hpp"
#include "tournament/tcp_inlet.hpp"
#include "tournament/tcp_link.hpp"

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

namespace ltfb::tournament {

struct TcpTransport::State {
    explicit State(TcpSeat seat)
        : own(std::move(seat)), shared{.mutex = {}, .log = SentLog(own.folder, own.incarnation)} {}

    TcpSeat own;
    TcpShared shared;
    TcpInbox inbox;  // guarded by shared.mutex
    int round = 0;   // the owner's

    asio::io_context context;
    asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
    tcp::acceptor acceptor{context, tcp::endpoint(tcp::v4(), 0)};
    TcpInlet::Events events;
    std::list<std::shared_ptr<TcpInlet>> inlets;
    std::map<std::pair<int, int>, std::unique_ptr<TcpLink>> links;
    asio::steady_timer timer{context};
    std::thread thread;

    void accept_next();
    void set_events();
    int opened(TcpInlet& inlet);
    void wake(Address to);
    void offer_again();
    void watch_places();
};

void TcpTransport::State::set_events() {
    events.is_welcome = [this](const Greeting& greeting) {
        return is_same_secret(greeting.token, own.token) &&
               greeting.to.trainer == own.self.trainer && greeting.to.seat == own.self.seat;
    };
    events.opened = [this](TcpInlet& inlet) { return opened(inlet); };
    events.text = [this](TcpInlet& inlet, const FrameHead& head, std::string text) {
        const std::scoped_lock lock(shared.mutex);
        inbox.put_text(inlet.from(), head.kind, head.round, std::move(text));
    };
    events.piece = [this](
                       TcpInlet& inlet, const FrameHead& head, std::span<const std::byte> bytes) {
        const std::scoped_lock lock(shared.mutex);
        return inbox.put_bulk(inlet.from(), head, bytes) == TcpInbox::Took::yes;
    };
    events.closed = [this](TcpInlet& inlet) {
        // Not at once: it may be in the middle of something.
        asio::post(context, [this, gone = inlet.shared_from_this()] { inlets.remove(gone); });
    };
}

void TcpTransport::State::accept_next() {
    acceptor.async_accept([this](const ErrorCode& error, tcp::socket socket) {
        if (error == asio::error::operation_aborted) { return; }
        if (!error) {
            inlets.push_back(std::make_shared<TcpInlet>(std::move(socket), events));
            inlets.back()->start();
        }
        accept_next();
    });
}

int TcpTransport::State::opened(TcpInlet& inlet) {
    for (const auto& other : inlets) {
        const bool is_older = other.get() != &inlet && other->is_open() &&
                              other->from().trainer == inlet.from().trainer &&
                              other->from().seat == inlet.from().seat;
        if (is_older) { other->close(); }
    }
    const std::scoped_lock lock(shared.mutex);
    return shared.saved_round;
}

void TcpTransport::State::wake(Address to) {
    asio::post(context, [this, to] {
        auto& link = links[{to.trainer, to.seat}];
        if (!link) { link = std::make_unique<TcpLink>(context, shared, own, to); }
        link->wake();
    });
}

// A machine that is gone closes no connection: a new place tells that the old one is no more.
void TcpTransport::State::watch_places() {
    timer.expires_after(std::chrono::milliseconds(500));
    timer.async_wait([this](const ErrorCode& error) {
        if (error) { return; }
        for (const auto& [to, link] : links) { link->check_place(); }
        watch_places();
    });
}

void TcpTransport::State::offer_again() {
    asio::post(context, [this] {
        for (const auto& inlet : inlets) { inlet->offer_again(); }
    });
}

namespace {

/// What is sent has been copied.
class Sent : public Transfer {
public:
    bool test() override { return true; }
};

class Received : public Transfer {
public:
    Received(std::mutex& mutex, std::shared_ptr<BulkPlace> place)
        : mutex_(mutex), place_(std::move(place)) {}
    ~Received() override {
        // Whoever is writing into the buffer has finished then; nobody starts again.
        const std::scoped_lock lock(mutex_);
        place_.reset();
    }
    Received(const Received&) = delete;
    Received& operator=(const Received&) = delete;
    Received(Received&&) = delete;
    Received& operator=(Received&&) = delete;
    bool test() override {
        const std::scoped_lock lock(mutex_);
        if (!place_->error.empty()) {
            throw Error("tcp: " + place_->error + " (do all trainers run the same settings?)");
        }
        return place_->is_complete;
    }

private:
    std::mutex& mutex_;
    std::shared_ptr<BulkPlace> place_;
};

}  // namespace

TcpTransport::TcpTransport(TcpSeat seat) try : state_(std::make_unique<State>(std::move(seat))) {
    state_->set_events();
    state_->accept_next();
    state_->watch_places();
    State& state = *state_;
    state_->thread = std::thread([&state] { state.context.run(); });
} catch (const boost::system::system_error& error) {
    throw Error(fmt::format("tcp: no port can be listened on: {}", error.what()));
}

TcpTransport::~TcpTransport() {
    state_->context.stop();
    state_->thread.join();
}

unsigned short TcpTransport::port() const noexcept {
    ErrorCode ignored;
    return state_->acceptor.local_endpoint(ignored).port();
}

void TcpTransport::enter_round(int round) {
    state_->round = std::max(0, round);  // before the first round there is none to speak about
    {
        const std::scoped_lock lock(state_->shared.mutex);
        state_->inbox.enter_round(round);
    }
    state_->offer_again();
}

void TcpTransport::post(int trainer, Channel channel, std::string text) {
    assert(!text.empty());
    const Address to{trainer, 0};
    {
        const std::scoped_lock lock(state_->shared.mutex);
        state_->shared.log.add_text(to, static_cast<int>(channel), state_->round, text);
    }
    state_->wake(to);
}

std::optional<std::string> TcpTransport::poll(int trainer, Channel channel) {
    const std::scoped_lock lock(state_->shared.mutex);
    return state_->inbox.take_text({trainer, 0}, static_cast<int>(channel));
}

std::unique_ptr<Transfer> TcpTransport::send(Address to,
                                             Bulk kind,
                                             std::span<const std::byte> bytes) {
    if (!bytes.empty()) {
        auto message =
            state_->shared.log.copy_bulk(to, static_cast<int>(kind), state_->round, bytes);
        {
            const std::scoped_lock lock(state_->shared.mutex);
            state_->shared.log.add(to, std::move(message));
        }
        state_->wake(to);
    }
    return std::make_unique<Sent>();
}

std::unique_ptr<Transfer> TcpTransport::receive(Address from,
                                                Bulk kind,
                                                std::span<std::byte> bytes) {
    if (bytes.empty()) { return std::make_unique<Sent>(); }
    std::shared_ptr<BulkPlace> place;
    {
        const std::scoped_lock lock(state_->shared.mutex);
        place = state_->inbox.expect(from, static_cast<int>(kind), bytes);
    }
    state_->offer_again();
    return std::make_unique<Received>(state_->shared.mutex, std::move(place));
}

void TcpTransport::forget(int trainer) {
    {
        const std::scoped_lock lock(state_->shared.mutex);
        state_->shared.log.forget(trainer);
    }
    asio::post(state_->context, [state = state_.get(), trainer] {
        for (const auto& [to, link] : state->links) {
            if (to.first == trainer) { link->give_up(); }
        }
    });
}

Json TcpTransport::memory() const {
    const std::scoped_lock lock(state_->shared.mutex);
    return state_->shared.log.texts();
}

void TcpTransport::restore(const Json& memory, int round) {
    std::vector<Address> receivers;
    {
        const std::scoped_lock lock(state_->shared.mutex);
        state_->shared.log.restore(memory, round);
        state_->shared.saved_round = round;
        receivers = state_->shared.log.receivers();
    }
    enter_round(round);
    for (const Address to : receivers) { state_->wake(to); }
}

void TcpTransport::tell_saved(int round) {
    {
        const std::scoped_lock lock(state_->shared.mutex);
        state_->shared.saved_round = round;
    }
    asio::post(state_->context, [this, round] {
        for (const auto& inlet : state_->inlets) { inlet->tell_saved(round); }
    });
}

}  // namespace ltfb::tournament
