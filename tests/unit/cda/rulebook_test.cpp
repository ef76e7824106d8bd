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

namespace {
/// What a file with these rows is refused for; empty when it is not.
std::string refusal(std::string const& rows) {
    auto text = "[pack]\nname = \"essai\"\nversion = \"1\"\nsource = \"essai\"\n[[types]]\n" + rows;
    try {
        cda::rulebook({{"essai.toml", text}}, schemas::structure_cda);
    } catch (std::runtime_error const& e) {
        return e.what();
    }
    return {};
}
}  // namespace

TEST(Rulebook, NamesFileAndLineOfARowThatGivesNoDatatype) {
    EXPECT_EQ(refusal("under = \"/ClinicalDocument\"\n\"id[@root='/']\" = \"II\"\n"), "");
    EXPECT_EQ(refusal("under = \"/ClinicalDocument\"\nid = \"I\"\n"),
              "essai.toml, line 7: no datatype of that name");
    EXPECT_TRUE(refusal("id = \"II\"\n").starts_with("essai.toml, line 5: under is missing"));
    for (auto const* wrong : {"\"id[@root\" = \"II\"", "\"id[\" = \"II\"", "\"id]x\" = \"II\"",
                              "\"/id\" = \"II\"", "\"id[@root]x\" = \"II\""})
        EXPECT_TRUE(refusal("under = \"/ClinicalDocument\"\n" + std::string(wrong) + "\n")
                        .starts_with("essai.toml, line 7: "))
            << wrong;
    auto twice = refusal(
        "under = \"/ClinicalDocument\"\nid = \"II\"\n[[types]]\nunder = "
        "\"/ClinicalDocument/id\"\n\".\" = \"CE\"\n");
    EXPECT_TRUE(twice.ends_with("the element has a datatype already")) << twice;
}
