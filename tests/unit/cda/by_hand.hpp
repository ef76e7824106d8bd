/// Fragments that keep or break rules which fragment.hpp cannot make up: contents of
/// ClinicalDocument.
#pragma once
#include <string_view>
#include <vector>

namespace fragment {
struct by_hand {
    std::string_view rule;
    std::string_view test;      ///< how the test begins
    char const *kept, *broken;  ///< nullptr: the maker can
};
inline std::vector<by_hand> const& written_by_hand() {
    static std::vector<by_hand> const all{
        {"E-ALLERGIE-10", "", nullptr,
         R"(<observation><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.6"/><value code="A"/></observation>)"},
        {"E-DICOM-OBSERVATION-04", "",
         R"(<observation><templateId root="2.16.840.1.113883.10.20.6.2.13"/><templateId root="1.2"/></observation>)",
         nullptr},
        {"E-DICOM-QUANTITE-04", "",
         R"(<observation><templateId root="2.16.840.1.113883.10.20.6.2.14"/><templateId root="1.2"/></observation>)",
         nullptr},
        {"E-DICOM-SOP-INSTANCE-04", "",
         R"(<observation><templateId root="1.2.840.10008.9.18"/><templateId root="1.2"/></observation>)",
         nullptr},
        {"E-DICOM-SERIE-04", "",
         R"(<act><templateId root="1.2.840.10008.9.17"/><templateId root="1.2"/></act>)", nullptr},
        {"E-DICOM-TECHNIQUE-04", "",
         R"(<procedure><templateId root="1.2.840.10008.9.14"/><templateId root="1.2"/></procedure>)",
         nullptr},
        {"E-SCORE-NIHSS-03", "",
         R"(<organizer><templateId root="1.2.250.1.213.1.1.3.6"/><templateId root="1.2"/><templateId root="1.3"/></organizer>)",
         nullptr},
        {"E-STATUT-CLINIQUE-01", "",
         R"(<entryRelationship typeCode="REFR"><observation><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.1.2"/></observation></entryRelationship>)",
         nullptr},
        {"E-STATUT-PROBLEME-01", "",
         R"(<entryRelationship typeCode="REFR" inversionInd="false"><observation><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.1.1"/></observation></entryRelationship>)",
         nullptr},
        {"E-SEVERITE-01", "",
         R"(<entryRelationship typeCode="SUBJ" inversionInd="true"><observation><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.1"/></observation></entryRelationship>)",
         nullptr},
        {"E-PRESCRIPTION-02", "", nullptr,
         R"(<entryRelationship typeCode="COMP"><supply><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.7.3"/></supply></entryRelationship>)"},
        {"E-HISTORIQUE-GROSSESSE-11", "",
         R"(<entry><organizer><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.13.5.1"/><component><observation><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.13.5"/></observation></component></organizer></entry>)",
         R"(<entry><organizer><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.13.5.1"/><component><observation/></component></organizer></entry>)"},
        {"HDR-100", "not(*[not(self::assignedCustodian",
         "<custodian><assignedCustodian><representedCustodianOrganization/></assignedCustodian></"
         "custodian>",
         nullptr},
        {"HDR-147", "not(*[not(self::name",
         R"(<participant typeCode="REF"><associatedEntity classCode="PROV"><associatedPerson><name><family>A</family></name></associatedPerson></associatedEntity></participant>)",
         nullptr},
        {"HDR-168", "not(*[not(self::templateId",
         R"(<documentationOf><serviceEvent><performer typeCode="PRF"><assignedEntity><representedOrganization/></assignedEntity></performer></serviceEvent></documentationOf>)",
         nullptr},
        {"HDR-185", "not(*[not(self::consent",
         R"(<authorization><consent><statusCode code="completed"/></consent></authorization>)",
         nullptr},
        {"HDR-191", "not(*[not(self::",
         "<componentOf><encompassingEncounter><location><healthCareFacility/></location></"
         "encompassingEncounter></componentOf>",
         nullptr},
        {"HDR-197", "not(*[not(self::assignedEntity",
         R"(<componentOf><encompassingEncounter><responsibleParty><assignedEntity><id root="1.2.250.1.71.4.2.1"/></assignedEntity></responsibleParty><location/></encompassingEncounter></componentOf>)",
         nullptr},
        {"HDR-199", "not(*[not(self::time",
         R"(<componentOf><encompassingEncounter><encounterParticipant typeCode="ATND"><assignedEntity><id root="1.2.250.1.71.4.2.1"/></assignedEntity></encounterParticipant><location/></encompassingEncounter></componentOf>)",
         nullptr},
        {"HDR-009", "not(id/@extension)", nullptr, R"(<id root="1.2" extension=""/>)"},
        {"HDR-009", "string-length(id/@extension)", nullptr,
         R"(<id root="1.2" extension="0123456789012345678901234567890123456789012345678901234567890123456789"/>)"},
        {"HDR-009", "string-length(id/@root)", nullptr,
         R"(<id root="1.00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"/>)"},
        {"HDR-009", "not(contains(id/@root", nullptr,
         R"(<id root="0a1b2c3d-0000-0000-0000-000000000000"/>)"},
        {"HDR-020", "not(versionNumber/@value)", nullptr, R"(<versionNumber value="un"/>)"},
        {"HDR-021", "not(is-integer", nullptr, R"(<versionNumber value="0"/>)"},
        {"HDR-039", "count(name",
         "<recordTarget><patientRole><patient><name/></patient></patientRole></recordTarget>",
         nullptr},
        {"HDR-045", "count(",
         "<recordTarget><patientRole><patient><administrativeGenderCode/></patient></patientRole></"
         "recordTarget>",
         nullptr},
        {"HDR-047", "count(",
         "<recordTarget><patientRole><patient><birthTime/></patient></patientRole></recordTarget>",
         nullptr},
        {"HDR-048", "not(sdtc:multipleBirthOrderNumber", nullptr,
         R"(<recordTarget><patientRole><patient><sdtc:multipleBirthOrderNumber value="0"/></patient></patientRole></recordTarget>)"},
        {"HDR-183", "not(versionNumber", nullptr,
         R"(<relatedDocument typeCode="RPLC"><parentDocument><versionNumber value="un"/></parentDocument></relatedDocument>)"},
        {"BIO-016", "not(documentationOf[1]", nullptr,
         R"(<documentationOf><serviceEvent><code code="18719-5"/></serviceEvent></documentationOf><component><structuredBody><component><section><templateId root="1.3.6.1.4.1.19376.1.3.3.2.1"/><code code="18723-7"/></section></component></structuredBody></component>)"},
        {"S-PATHOLOGIES-ANTECEDENTS-ALLERGIES-07", "", nullptr,
         R"(<section><templateId root="1.2.250.1.213.1.1.2.30"/><text/><component><section/></component><component><section/></component><component><section/></component><component><section/></component></section>)"},
    };
    return all;
}
}  // namespace fragment
