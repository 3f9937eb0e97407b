#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <variant>

#include "experiments/log/event.hpp"

namespace ltfb::experiments {

using EventMember = std::variant<std::int64_t Event::*,
                                 double Event::*,
                                 bool Event::*,
                                 std::string_view Event::*,
                                 std::vector<NamedValue> Event::*>;

/// A key of the log and where its value goes.
struct EventField {
    std::string_view name;
    EventMember member;
};

/// Every scalar key of every event, and `hyperparameters`. The position is the bit in Event::seen.
inline constexpr std::array event_fields{
    EventField{"schema", &Event::schema},
    EventField{"run_id", &Event::run_id},
    EventField{"seq", &Event::seq},
    EventField{"t", &Event::t},
    EventField{"t_rel_s", &Event::t_rel_s},
    EventField{"event", &Event::event},
    EventField{"round", &Event::round},
    EventField{"trainer", &Event::trainer},
    EventField{"lineage", &Event::lineage},
    EventField{"step", &Event::step},
    EventField{"split", &Event::split},
    EventField{"mse", &Event::mse},
    EventField{"mae", &Event::mae},
    EventField{"r2", &Event::r2},
    EventField{"pearson", &Event::pearson},
    EventField{"samples", &Event::samples},
    EventField{"train_loss", &Event::train_loss},
    EventField{"lr", &Event::lr},
    EventField{"steps", &Event::steps},
    EventField{"trained_samples", &Event::trained_samples},
    EventField{"hyperparameters", &Event::hyperparameters},
    EventField{"train_s", &Event::train_s},
    EventField{"samples_per_s", &Event::samples_per_s},
    EventField{"opponent", &Event::opponent},
    EventField{"metric", &Event::metric},
    EventField{"own_score", &Event::own_score},
    EventField{"challenger_score", &Event::challenger_score},
    EventField{"own_score_there", &Event::own_score_there},
    EventField{"challenger_score_there", &Event::challenger_score_there},
    EventField{"margin", &Event::margin},
    EventField{"t_statistic", &Event::t_statistic},
    EventField{"p_value", &Event::p_value},
    EventField{"reason", &Event::reason},
    EventField{"adopted", &Event::adopted},
    EventField{"agreed", &Event::agreed},
    EventField{"forfeit", &Event::forfeit},
    EventField{"bytes", &Event::bytes},
    EventField{"exchange_s", &Event::exchange_s},
    EventField{"eval_s", &Event::eval_s},
    EventField{"wait_s", &Event::wait_s},
    EventField{"from_trainer", &Event::from_trainer},
    EventField{"from_lineage", &Event::from_lineage},
    EventField{"digest_sent", &Event::digest_sent},
    EventField{"digest_received", &Event::digest_received},
    EventField{"optimizer_state", &Event::optimizer_state},
    EventField{"key", &Event::key},
    EventField{"operator", &Event::op},
    EventField{"old", &Event::old_value},
    EventField{"new", &Event::new_value},
    EventField{"live", &Event::live},
    EventField{"path", &Event::path},
    EventField{"snapshot_s", &Event::snapshot_s},
    EventField{"what", &Event::what},
    EventField{"message", &Event::message},
    EventField{"name", &Event::name},
    EventField{"from_round", &Event::from_round},
    EventField{"superseded_from_seq", &Event::superseded_from_seq},
};
static_assert(event_fields.size() <= 64, "Event::seen has one bit a field");

inline constexpr int no_field = -1;

/// Position of `name` in event_fields, or no_field. Constant time.
int field_index(std::string_view name) noexcept;

/// Names of at most this many characters can be checked by is_field_at.
inline constexpr std::size_t max_field_name = 23;

/// Whether `text` starts with the name of field `field` and a closing quote. Reads
/// max_field_name + 1 characters, whatever stands there.
bool is_field_at(const char* text, std::size_t field) noexcept;

/// The bit of `name` in Event::seen; 0 for a name that is no field.
std::uint64_t field_bit(std::string_view name) noexcept;

}  // namespace ltfb::experiments
