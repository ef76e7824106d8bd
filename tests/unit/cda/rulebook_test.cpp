/// Rules that an author may write, beside those that are shipped.
#include "cda/rulebook.hpp"

#include "sample.hpp"
#include "schemas/shipped.hpp"

TEST(Rulebook, PlacesABrokenCountThatStandsInsideAFunction) {
    std::vector<cda::rulebook::file> files{{"essai.toml", R"toml(
[pack]
name = "essai"
version = "1"
source = "essai"

[[context]]
at = "/ClinicalDocument"
name = { fr = "document", en = "document" }

  [[context.rule]]
  id = "ESSAI-01"
  test = "is-timestamp(count(realmCode))"
  message = { fr = "essai", en = "trial" }
  remedy = { fr = "essai", en = "trial" }
)toml"}};
    cda::rulebook book(files, schemas::structure_cda);
    cda::check_options options;
    options.env = cda::environment::test;
    auto text = sample();
    auto v = cda::check({text}, options, cda::catalogue::shipped(), book);
    ASSERT_TRUE(has(v, "ESSAI-01"));
    auto said = std::find_if(v.found.begin(), v.found.end(),
                             [](auto const& f) { return f.rule == "ESSAI-01"; });
    EXPECT_TRUE(said->location.starts_with("/ClinicalDocument"));
}
