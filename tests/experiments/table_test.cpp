#include "experiments/log/table.hpp"

#include <cmath>
#include <limits>
#include <sstream>

#include <doctest/doctest.h>

using namespace ltfb::experiments;

namespace {

void print(TableWriter& out) {
    out.begin_run("a,b", "00ff");
    out.begin_table(
        {.id = "first",
         .title = "First",
         .columns = {
             {"name"}, {"n", Format::integer}, {"x", Format::number}, {"ok", Format::flag}}});
    out.row({std::string("q\"\n"), std::int64_t{7}, 0.1, true});
    out.row({std::string("long name"), Cell{}, std::nan(""), false});
    out.end_table();
    out.begin_table({.id = "second", .columns = {{"size", Format::bytes}}, .is_record = true});
    out.row({std::int64_t{3} << 20U});
    out.end_table();
    out.begin_table({.id = "third", .columns = {{"y"}}, .is_detail = true});
    out.end_table();
    out.finish();
}

std::string printed(const OutputStyle& style) {
    std::ostringstream out;
    print(*make_table_writer(out, style, "test"));
    return out.str();
}

}  // namespace

TEST_CASE("text is aligned, and harmless to a terminal") {
    CHECK(printed({}) ==
          "First\n"
          "name       n    x   ok\n"
          "q\"?        7  0.1  yes\n"
          "long name  -  nan   no\n"
          "\n"
          "size  3.0 MiB\n");
    CHECK(printed({.only_table = "third"}) == "none\n");
    CHECK(printed({.has_colour = true}).find("\x1b[31mnan\x1b[0m") != std::string::npos);
}

TEST_CASE("JSON has every table with full values") {
    CHECK(printed({.form = OutputForm::json}) ==
          R"({"verb":"test","runs":[{"run":"a,b","run_id":"00ff",)"
          "\n"
          R"("first":[{"name":"q\"\n","n":7,"x":0.1,"ok":true},)"
          "\n"
          R"({"name":"long name","n":null,"x":"nan","ok":false}],)"
          "\n"
          R"("second":{"size":3145728},)"
          "\n"
          R"("third":[]}]})"
          "\n");
}

TEST_CASE("CSV has one table, quoted where needed") {
    CHECK(printed({.form = OutputForm::csv}) ==
          "name,n,x,ok\n\"q\"\"\n\",7,0.1,true\nlong name,,nan,false\n");
    CHECK(printed({.form = OutputForm::csv, .only_table = "second"}) == "size\n3145728\n");
    CHECK(printed({.form = OutputForm::csv, .only_table = "second", .has_many_runs = true}) ==
          "run,size\n\"a,b\",3145728\n");
}

TEST_CASE("values as people read them") {
    CHECK(text_of(0.5, Format::percent) == "50.0 %");
    CHECK(text_of(61.5, Format::seconds) == "61.5 s");
    CHECK(text_of(125.4, Format::seconds) == "2 min 05 s");
    CHECK(text_of(7261.0, Format::seconds) == "2 h 01 min");
    CHECK(text_of(std::numeric_limits<double>::infinity(), Format::number) == "inf");
    CHECK(std::get<double>(known(0.1F)) == 0.1);
    CHECK(std::holds_alternative<std::monostate>(known(std::nanf(""))));
    CHECK(std::holds_alternative<std::monostate>(known_index(-1)));
}
