#include "gateway/directives.hpp"

#include <gtest/gtest.h>

namespace {
std::string where(std::string_view json) {
    auto read = gateway::parse_directives(json);
    auto bad = std::get_if<cda::findings>(&read);
    return bad == nullptr ? "" : bad->front().rule + " " + bad->front().location;
}
}  // namespace

TEST(Directives, ReadsEveryKey) {
    auto read = gateway::parse_directives(
        R"({"operation":"replace","dmp":true,"recipients":["a@b.example"],"patient":true,"patientMayReply":false,
            "visibility":{"maskedToProfessionals":true,"hiddenFromPatient":false,"hiddenFromRepresentatives":true},
            "receipts":{"delivery":false,"reading":true},"body":{"professional":"p","patient":"q"}})");
    auto const& d = std::get<gateway::directives>(read);
    EXPECT_EQ(d.op, gateway::operation::replace);
    EXPECT_TRUE(d.dmp && d.patient && d.seen_by.masked_to_professionals &&
                d.seen_by.hidden_from_representatives && d.reading_receipt);
    EXPECT_FALSE(d.patient_may_reply || d.seen_by.hidden_from_patient || d.delivery_receipt);
    EXPECT_EQ(d.recipients, std::vector<std::string>{"a@b.example"});
    EXPECT_EQ(d.body_professional + d.body_patient, "pq");
}
TEST(Directives, EveryKeyIsOptional) { EXPECT_EQ(where("{}"), ""); }
TEST(Directives, RefusesUnknownKeys) {
    EXPECT_EQ(where(R"({"dpm":true})"), "SUB-04 directives/(unknown key)");
}
TEST(Directives, RefusesUnknownNestedKeys) {
    EXPECT_EQ(where(R"({"body":{"x":1}})"), "SUB-04 directives/body/(unknown key)");
}
TEST(Directives, RefusesWrongTypes) {
    EXPECT_EQ(where(R"({"dmp":"yes"})"), "SUB-04 directives/dmp");
}
TEST(Directives, RefusesUnknownOperations) {
    EXPECT_EQ(where(R"({"operation":"move"})"), "SUB-04 directives/operation");
}
TEST(Directives, RefusesBrokenJson) { EXPECT_EQ(where("{"), "SUB-04 directives"); }
TEST(Directives, RefusesDeepNesting) {
    EXPECT_EQ(where(std::string(1000, '[')), "SUB-04 directives");
}
