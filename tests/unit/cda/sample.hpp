/// Our own document, and edits of it: each test changes one thing.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "cda/check.hpp"

inline std::string sample() {
    std::ifstream in(LIAISON_TEST_DATA "/cda/n1.xml");
    std::stringstream all;
    all << in.rdbuf();
    return all.str();
}
inline std::string with(std::string text, std::string const& from, std::string const& to) {
    auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    if (at != std::string::npos) text.replace(at, from.size(), to);
    return text;
}
inline cda::verdict judge(std::vector<std::string> const& texts,
                          cda::environment env = cda::environment::test) {
    cda::check_options options;
    options.env = env;
    return cda::check({texts.begin(), texts.end()}, options);
}
inline bool has(cda::verdict const& v, std::string const& rule) {
    for (auto const& f : v.found)
        if (f.rule == rule) return true;
    return false;
}

/// Parts that the sample does without, all of them right.
inline std::string full() {
    auto text = with(sample(), "  <documentationOf>",
                     R"(  <authenticator>
    <time value="20260112173000+0100"/><signatureCode code="S"/>
    <assignedEntity><id root="1.2.250.1.71.4.2.1" extension="899999999993"/></assignedEntity>
  </authenticator>
  <participant typeCode="INF">
    <time nullFlavor="NA"/>
    <associatedEntity classCode="PROV">
      <id root="1.2.250.1.71.4.2.1" extension="899999999994"/>
      <code code="G15_10/SM26" codeSystem="1.2.250.1.213.1.1.4.5" displayName="Médecin"/>
      <associatedPerson><name><family>SUPPOSE</family><given>ALIX</given><prefix>MME</prefix><suffix>DR</suffix></name></associatedPerson>
    </associatedEntity>
  </participant>
  <inFulfillmentOf><order><id root="1.2.250.1.999.2.3" extension="D-1"/></order></inFulfillmentOf>
  <documentationOf>)");
    text = with(
        text, "  <componentOf>",
        R"(  <relatedDocument typeCode="RPLC"><parentDocument><id root="1.2.250.1.999.2.8.1001.0"/></parentDocument></relatedDocument>
  <authorization><consent><code code="X" codeSystem="1.2.3"/><statusCode code="completed"/></consent></authorization>
  <componentOf>)");
    text = with(text, "<encompassingEncounter>", "<encompassingEncounter><!-- here -->");
    return with(
        text, "      <location>\n        <healthCareFacility>",
        R"(      <dischargeDispositionCode code="DOM" codeSystem="1.2.250.1.213.2.14" displayName="Domicile"/>
      <responsibleParty><assignedEntity><id root="1.2.250.1.71.4.2.1" extension="899999999991"/></assignedEntity></responsibleParty>
      <encounterParticipant typeCode="ATND"><assignedEntity><id root="1.2.250.1.71.4.2.1" extension="899999999991"/></assignedEntity></encounterParticipant>
      <location>
        <healthCareFacility>)");
}

/// One edit of `full()`, and the rule that must refuse it.
struct fault {
    char const *rule, *from, *to;
};
/// Each is found under its id, with a place, and not further down than the edit.
inline void refused_at_their_place(std::vector<fault> const& faults) {
    for (auto const& f : faults) {
        auto text = with(full(), f.from, f.to);
        auto v = judge({text});
        EXPECT_FALSE(v.accepted) << f.rule;
        bool found = false;
        auto at = full().find(f.from);
        auto line = 1 + static_cast<int>(
                            std::count(text.begin(), text.begin() + static_cast<long>(at), '\n'));
        for (auto const& said : v.found) {
            if (said.rule != f.rule) continue;
            found = true;
            EXPECT_FALSE(said.location.empty()) << f.rule;
            EXPECT_LE(said.line, line + 3) << f.rule;
            EXPECT_GE(said.line, 1) << f.rule;
        }
        std::string said;
        for (auto const& one : v.found) said += one.rule + " ";
        EXPECT_TRUE(found) << f.rule << " is not among the findings: " << said << f.to;
    }
}
