#include <gtest/gtest.h>

#include "connectors/mssante/message_form.hpp"

TEST(Address, AcceptsMailboxes) {
    EXPECT_TRUE(mssante::valid_address("dr.x@cabinet.mssante.example"));
    EXPECT_EQ(mssante::domain_of("Dr.X@Cabinet.MSSante.Example"), "cabinet.mssante.example");
}
TEST(Address, RefusesWhatTwoReadersCouldTakeDifferently) {
    for (auto a :
         {"", "@x.fr", "a@", "a@b", "a b@x.fr", "a@x..fr", "a@-x.fr", ".a@x.fr", "a..b@x.fr",
          "é@x.fr", "a@x.fr>", "a@x.fr\r\nRCPT TO:<b@y.fr>", "<a@x.fr>", "\"a\"@x.fr"})
        EXPECT_FALSE(mssante::valid_address(a)) << a;
    EXPECT_FALSE(mssante::valid_address(std::string(65, 'a') + "@x.fr"));
}
TEST(Address, KnowsPatientMailboxesWhateverTheCase) {
    EXPECT_TRUE(mssante::is_patient_address("285057599900197@Patient.MSSante.fr"));
    EXPECT_FALSE(mssante::is_patient_address("patient.mssante.fr@x.example"));
    EXPECT_FALSE(mssante::is_patient_address("a@notpatient.mssante.fr"));
}
