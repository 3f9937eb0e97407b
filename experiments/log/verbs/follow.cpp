#include <chrono>
#include <cmath>
#include <iostream>
#include <thread>

#include <fmt/core.h>

#include "core/error.hpp"
#include "experiments/log/event_reader.hpp"
#include "experiments/log/json.hpp"
#include "experiments/log/verbs/verbs.hpp"

namespace ltfb::experiments {

namespace {

std::string eval_text(const Event& event) {
    std::string text = fmt::format("{} mse {:.5g} r2 {:.4g}", event.split, event.mse, event.r2);
    if (event.split == "tournament") {
        text += fmt::format(
            ", train loss {:.5g}, {:.4g} samples/s", event.train_loss, event.samples_per_s);
    }
    return text;
}

std::string match_text(const Event& event) {
    if (event.forfeit) { return fmt::format("trainer {} forfeits", event.opponent); }
    return fmt::format("{} trainer {}: {:.5g} {} {:.5g}{}",
                       event.adopted ? "lost to" : "beat",
                       event.opponent,
                       event.own_score,
                       event.adopted ? "against" : "to",
                       event.challenger_score,
                       event.agreed ? "" : " (the other share disagrees)");
}

std::string what_of(const Event& event) {
    switch (event.kind) {
        case EventKind::eval:
            return eval_text(event);
        case EventKind::tournament:
            return match_text(event);
        case EventKind::adopt:
            return fmt::format(
                "trainer {}'s model, of founder {}", event.from_trainer, event.from_lineage);
        case EventKind::explore:
            return fmt::format(
                "{} {:.5g} -> {:.5g} ({})", event.key, event.old_value, event.new_value, event.op);
        case EventKind::snapshot:
            return std::string(event.path);
        case EventKind::failure:
            return fmt::format("{}: {}", event.what, event.message);
        case EventKind::signal:
            return std::string(event.name);
        case EventKind::resume:
            return event.from_round < 0 ? "from the start"
                                        : fmt::format("after round {}", event.from_round);
        case EventKind::run_end: {
            const Json json = parse_json(event.text);
            return fmt::format("{}, best trainer {}, test r2 {:.4g}",
                               text_in(json, "reason"),
                               integer_in(json, "best_trainer", -1),
                               number_in(member(json, "test"), "r2"));
        }
        case EventKind::run_start:
        case EventKind::unknown:
            break;
    }
    return fmt::format("run {}", event.run_id);
}

void print_event_csv(const Event& event) {
    std::cout << fmt::format("{},{},{},{},{},{},{}\n",
                             event.seq,
                             csv_of(known(event.t_rel_s)),
                             event.round,
                             event.trainer,
                             event.lineage,
                             csv_of(std::string(event.event)),
                             csv_of(what_of(event)));
}

void print_event_text(const Event& event) {
    const std::string where =
        event.trainer < 0 ? std::string() : fmt::format("trainer {}", event.trainer);
    const std::string round = event.round < 0 ? std::string("-") : fmt::format("{}", event.round);
    std::string line = fmt::format("{:>10.3f} s  round {:>4}  {:<12} {:<10}  {}",
                                   event.t_rel_s,
                                   round,
                                   where,
                                   event.event,
                                   what_of(event));
    for (char& c : line) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) { c = '?'; }
    }
    std::cout << line << '\n';
}

void print_event(const Event& event, OutputForm form) {
    switch (form) {
        case OutputForm::json:
            std::cout << event.text << '\n';
            return;
        case OutputForm::csv:
            return print_event_csv(event);
        case OutputForm::text:
            return print_event_text(event);
    }
}

}  // namespace

int follow_run(const Options& options) {
    constexpr std::chrono::milliseconds poll{200};
    EventReader reader(log_path_of(options.runs[0]));
    Event event;
    bool is_shown = options.from_start;
    std::uint64_t told = 0;
    if (options.style.form == OutputForm::csv) {
        std::cout << "seq,t_rel_s,round,trainer,lineage,event,what\n";
    }
    while (true) {
        bool has_ended = false;
        while (reader.next(event)) {
            has_ended = event.kind == EventKind::run_end;
            const bool is_wanted = !options.trainer || event.trainer == *options.trainer;
            if (is_shown && is_wanted) { print_event(event, options.style.form); }
        }
        for (; told < reader.problems().first().size(); ++told) {
            const Problem& problem = reader.problems().first()[told];
            fmt::print(stderr, "{}:{}: {}\n", reader.path(), problem.line, problem.what);
        }
        std::cout.flush();
        if (!std::cout) { throw Error("standard output: cannot be written (is the reader gone?)"); }
        if (has_ended || options.is_once) { return 0; }
        is_shown = true;
        std::this_thread::sleep_for(poll);
    }
}

}  // namespace ltfb::experiments
