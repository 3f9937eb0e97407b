#include "data/table_reader.hpp"

#include <doctest/doctest.h>

#include "data/numbers.hpp"
#include "example_files.hpp"

using example::failure_of;
using example::has;
using ltfb::data::TableReader;

namespace {

using Rows = std::vector<std::vector<std::string>>;

Rows read(const std::string& path, TableReader::Header header = TableReader::Header::present) {
    TableReader table(path, header);
    Rows rows;
    if (header == TableReader::Header::present) { rows.push_back(table.header()); }
    while (table.next()) {
        rows.emplace_back();
        for (std::size_t c = 0; c < table.width(); ++c) {
            rows.back().emplace_back(table.field(c));
        }
    }
    CHECK_FALSE(table.next());  // the end stays the end
    return rows;
}

const Rows expected{{"a", "b c", "d"}, {"1", "x", ""}, {"2", "y z", "3"}};

}  // namespace

TEST_CASE("the same rows from every form of a table") {
    const example::Folder folder;
    const std::string plain = "a,b c,d\n1,x,\n2,y z,3\n";
    CHECK(read(folder.write("plain", plain)) == expected);
    CHECK(read(folder.write_gzip("table.gz", plain)) == expected);
    CHECK(read(folder.write("tabs", "a\tb c\td\n1\tx\t\n2\ty z\t3\n")) == expected);
    CHECK(read(folder.write("crlf", "a,b c,d\r\n1,x,\r\n2,y z,3\r\n")) == expected);
    CHECK(read(folder.write("no-newline", "a,b c,d\n1,x,\n2,y z,3")) == expected);
    CHECK(read(folder.write("bom", "\xef\xbb\xbf" + plain)) == expected);
    CHECK(read(folder.write("quotes", "\"a\",b c,d\n1,\"x\",\"\"\n2,\"y z\",3\n")) == expected);
    CHECK(read(folder.write("blanks", "a , b c,d \n1,x  ,\n 2,y z,3\t\n")) == expected);
    CHECK(read(folder.write("blank-lines", "\n\na,b c,d\n\n1,x,\n   \n2,y z,3\n\n\n")) == expected);
    CHECK(read(folder.write("header-again", "a,b c,d\n1,x,\na,b c,d \r\n2,y z,3\na,b c,d\n")) ==
          expected);
    for (const char* end : {"\x1a", "\x1a\n", "\n\x1a", "\r\n\x1a\r\n"}) {
        CHECK(read(folder.write("dos", "a,b c,d\n1,x,\n2,y z,3" + std::string(end))) == expected);
    }
}

TEST_CASE("rows longer than any buffer") {
    const example::Folder folder;
    std::string line = "0";
    for (int c = 1; c < 200000; ++c) { line += ',' + std::to_string(c); }
    const Rows rows = read(folder.write("wide", line + '\n' + line), TableReader::Header::absent);
    REQUIRE(rows.size() == 2);
    CHECK(rows[1].size() == 200000);
    CHECK(rows[1].back() == "199999");
}

TEST_CASE("quoted fields may span lines, and hold delimiters and quotes") {
    const example::Folder folder;
    const Rows rows = read(folder.write("quoted", "a,b\n\"1,\n2\",\"say \"\"x\"\"\"\n"));
    CHECK(rows[1] == std::vector<std::string>{"1,\n2", "say \"x\""});
}

TEST_CASE("numbers") {
    using ltfb::data::parse_number;
    CHECK(parse_number("1.5e-3") == 0.0015);
    CHECK(parse_number("+2") == 2.0);
    CHECK(parse_number("-0.25") == -0.25);
    for (const char* wrong :
         {"", "+", "-", "+-1", "1,5", "1 2", "0x10", "nan", "inf", "1e999", "1e", "abc", "1.5x"}) {
        CAPTURE(wrong);
        CHECK_FALSE(parse_number(wrong).has_value());
    }
    for (const char* missing : {"", "-", "na", "NA", "Na"}) {
        CHECK(ltfb::data::is_missing(missing));
    }
    for (const char* present : {"0", "nan", "--", "n", "NAN"}) {
        CHECK_FALSE(ltfb::data::is_missing(present));
    }
}

TEST_CASE("errors name file, line and column") {
    const example::Folder folder;
    const auto path = folder.write("numbers", "name,x,x,y\nfirst,1,2,na\n\nsecond,1,2,1.5abc\n");
    TableReader table(path, TableReader::Header::present);
    CHECK(failure_of([&] { (void)table.column("z"); }) ==
          path + ":1: column \"z\": missing (the columns are \"name\", \"x\", \"x\", \"y\")");
    CHECK(has(failure_of([&] {
                  (void)TableReader(folder.write("odd", "\xff\x1b[2J,a\n1,2\n"),
                                    TableReader::Header::present)
                      .column("z");
              }),
              "(the columns are \"\uFFFD\\u001b[2J\", \"a\")"));
    CHECK(has(failure_of([&] { (void)table.column("x"); }), "appears twice"));
    const std::size_t y = table.column("y");
    REQUIRE(table.next());
    CHECK_FALSE(table.number_or_missing(y).has_value());
    CHECK(failure_of([&] { (void)table.number(y); }) ==
          path + ":2: column \"y\": \"na\" is not a finite number");
    REQUIRE(table.next());
    CHECK(failure_of([&] { (void)table.number_or_missing(y); }) ==
          path + ":4: column \"y\": \"1.5abc\" is not a finite number");
}

TEST_CASE("what is no table is refused, with the line") {
    const example::Folder folder;
    const auto failure = [&](const std::string& content) {
        return failure_of([&] { (void)read(folder.write("bad", content)); });
    };
    CHECK(has(failure(""), "bad:1: is empty"));
    CHECK(has(failure("\x1a"), "is empty"));
    CHECK(has(failure("a,b\n1,2\n1,2,3\n"), "bad:3: has 3 fields where 2 belong"));
    CHECK(has(failure("a,b\n1\n"), "bad:2: has 1 fields where 2 belong"));
    CHECK(has(failure("a,b\n1,\"2\n3,4\n"), "a quoted field is not closed"));
    CHECK(has(failure("a,b\n1,2\"3\n"), "bad:2: "));
    CHECK(has(failure(std::string("a,b\n1,\0\n", 8)), "bad:2: holds a NUL"));
    CHECK(has(failure("a,b\n" + std::string(std::size_t{17} << 20U, 'x') + "\n"),
              "bad:2: row is longer than 16 MiB"));
    CHECK(
        has(failure("a,b\n\"" + std::string(std::size_t{17} << 20U, '\n')), "longer than 16 MiB"));
    CHECK(has(failure_of([&] { (void)read(folder.at("absent")); }), "cannot be opened"));
    CHECK(has(failure_of([&] { (void)read(folder.at("")); }), "is a folder"));
}

TEST_CASE("damaged gzip data is refused, not cut short") {
    const example::Folder folder;
    std::string text = "a,b\n";
    for (int i = 0; i < 50000; ++i) { text += std::to_string(i * 7919 % 10007) + ",1\n"; }
    const auto path = folder.write_gzip("table.gz", text);
    const auto size = std::filesystem::file_size(path);
    CHECK(read(path).size() == 50001);
    std::filesystem::resize_file(path, size - 5);  // only the checksum is cut
    CHECK(has(failure_of([&] { (void)read(path); }), "truncated"));
    std::filesystem::resize_file(path, size / 2);
    CHECK(has(failure_of([&] { (void)read(path); }), "truncated"));
    {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(static_cast<std::streamoff>(size / 4));
        file.write("\0\0\0\0\0\0\0\0", 8);
    }
    CHECK(failure_of([&] { (void)read(path); }) != "no error");
}
