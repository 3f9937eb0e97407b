#include <filesystem>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include "tests/tournament/constant_model.hpp"
#include "tournament/match.hpp"
#include "tournament/mpi_transport.hpp"
#include "tournament/pairing.hpp"
#include "tournament/tcp_transport.hpp"

using namespace ltfb;
using namespace ltfb::tournament;
using ltfb::test::ConstantModel;
using ltfb::test::World;
namespace fs = std::filesystem;

namespace {

constexpr int rounds = 6;
constexpr std::uint64_t seed = 5;
const mpi::Deadline patience{.limit_s = 40.0, .what = "test"};

/// A death at the end of a round, before or after its state was saved.
struct Death {
    int trainer = 0;
    int round = 0;
    bool is_saved = false;
    auto operator<=>(const Death&) const = default;
};
using Deaths = std::set<Death>;

/// Where every seat listens, kept in a folder, as a run's orchestrator would know it.
class Register {
public:
    explicit Register(std::string folder) : folder_(std::move(folder)) {
        fs::create_directories(folder_);
    }
    void enter(Address seat, unsigned short port) const {
        const std::string path = path_of(seat);
        std::FILE* const file = std::fopen((path + ".new").c_str(), "w");
        REQUIRE(file != nullptr);
        fmt::print(file, "{}", port);
        std::fclose(file);
        fs::rename(path + ".new", path);
    }
    [[nodiscard]] Places find(Address seat) const {
        std::FILE* const file = std::fopen(path_of(seat).c_str(), "r");
        if (file == nullptr) { return {}; }
        int port = 0;
        const int found = std::fscanf(file, "%d", &port);
        std::fclose(file);
        return found == 1 ? Places{fmt::format("127.0.0.1:{}", port)} : Places{};
    }

private:
    [[nodiscard]] std::string path_of(Address seat) const {
        return fmt::format("{}/place-{}-{}", folder_, seat.trainer, seat.seat);
    }
    std::string folder_;
};

/// What a trainer's state holds after a round.
struct Saved {
    int round = -1;
    float value = 0.0F;
    ModelCard card;
    Json memory = Json::array();
};

/// Makes the model better or worse, as steps between tournaments would, by round and trainer.
void train(ConstantModel& model, float& value, int trainer, int round) {
    value += 0.25F * static_cast<float>((trainer * 7 + round * 3) % 5) - 0.5F;
    model.fill(value, value);
    ++model.card_.step;
}

struct Player {
    Player(const World& world, Transport& transport, mpi::Comm comm)
        : model(std::move(comm), world.trainer),
          match(model,
                transport,
                {.metric = Metric::mse, .win = {}, .deadline_s = 40.0},
                world.trainer),
          value(static_cast<float>(world.trainer + 1)) {}

    void play(const World& world, int round) {
        train(model, value, world.trainer, round);
        const auto opponent = opponent_of(world.trainer, world.trainers(), round, seed);
        const Meeting part =
            opponent ? Meeting{Meeting::Kind::judge, *opponent} : Meeting{Meeting::Kind::rest, -1};
        match.play(round, part, world.seats_of(part.partner));
        value = model.weights()[0];
        CHECK(model.holds(value));
    }

    ConstantModel model;
    Match match;
    float value;
};

struct End {
    float value = 0.0F;
    ModelCard card;
    bool operator==(const End&) const = default;
};

End play_in_one_job(const World& world) {
    MpiTransport transport(world.comm, world.first_ranks, 5000);
    Player player(world, transport, world.split());
    for (int round = 0; round < rounds; ++round) { player.play(world, round); }
    mpi::barrier(world.comm, patience);
    return {player.value, player.model.card_};
}

/// One trainer after another incarnation, until its last round is played.
End play_by_tcp(const World& world, const Deaths& deaths, const std::string& folder) {
    const Register places(folder);
    const mpi::Comm seats = world.split();
    const Address self{world.trainer, seats.rank()};
    Saved saved;
    Deaths to_come = deaths;
    for (int incarnation = 0;; ++incarnation) {
        TcpTransport transport(
            {.self = self,
             .token = "test",
             .folder = fmt::format("{}/sent-{}-{}", folder, self.trainer, self.seat),
             .incarnation = incarnation,
             .find = [&](Address address) { return places.find(address); }});
        Player player(world, transport, seats.split(0, seats.rank()));
        if (saved.round >= 0) {
            player.value = saved.value;
            player.model.card_ = saved.card;
        }
        if (incarnation > 0) { transport.restore(saved.memory, saved.round); }
        places.enter(self, transport.port());
        bool is_dead = false;
        for (int round = saved.round + 1; round < rounds && !is_dead; ++round) {
            player.play(world, round);
            is_dead = to_come.erase({world.trainer, round, false}) > 0;
            if (is_dead) { break; }
            saved = {round, player.value, player.model.card_, transport.memory()};
            is_dead = to_come.erase({world.trainer, round, true}) > 0;
            if (!is_dead) { transport.tell_saved(round); }
        }
        if (is_dead) { continue; }
        mpi::barrier(world.comm, patience);  // whoever died is served until it has ended too
        return {player.value, player.model.card_};
    }
}

std::vector<std::vector<int>> layouts() {
    const int ranks = mpi::Comm::world().size();
    std::vector<std::vector<int>> result{std::vector<int>(static_cast<std::size_t>(ranks), 1)};
    if (ranks == 3) { result.push_back({1, 2}); }
    if (ranks == 4) { result.insert(result.end(), {{2, 2}, {1, 2, 1}}); }
    if (ranks == 6) { result = {{1, 2, 3}, {2, 2, 2}}; }
    return result;
}

struct Folder {
    explicit Folder(const World& world) {
        const std::string name =
            fmt::format("{}/ltfb_tcp_rounds_{}", fs::temp_directory_path().string(), ::getpid());
        path = mpi::broadcast(world.comm, name, 0, patience);
        is_first = world.comm.rank() == 0;
    }
    ~Folder() {
        if (is_first) { fs::remove_all(path); }
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    Folder(Folder&&) = delete;
    Folder& operator=(Folder&&) = delete;
    std::string path;
    bool is_first = false;
};

void check(const Deaths& deaths) {
    for (const auto& sizes : layouts()) {
        World world(sizes);
        const Folder folder(world);
        const End expected = play_in_one_job(world);
        CHECK(play_by_tcp(world, deaths, folder.path) == expected);
        mpi::barrier(world.comm, patience);
    }
}

}  // namespace

TEST_CASE("TCP brings what MPI brings") {
    check({});
}

TEST_CASE("a trainer dies before a round is saved, and plays it again against who has gone on") {
    check({{0, 0, false}, {1, 2, false}, {0, 4, false}, {1, 5, false}});
}

TEST_CASE("a trainer dies after a round was saved but before others were told") {
    check({{0, 1, true}, {1, 3, true}, {0, 5, true}});
}

TEST_CASE("everybody dies, each at another place of the round") {
    Deaths deaths;
    for (int trainer = 0; trainer < 7; ++trainer) {
        for (int round = trainer % 2; round < rounds; round += 2) {
            deaths.insert({trainer, round, (trainer + round / 2) % 2 == 0});
            deaths.insert({trainer, round, (trainer + round / 2) % 2 != 0});
        }
    }
    check(deaths);
}
