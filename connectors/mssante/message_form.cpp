#include "connectors/mssante/message_form.hpp"

#include <algorithm>

#include "connectors/mssante/plain_text.hpp"

namespace mssante {
namespace {
constexpr std::size_t label_characters = 40;

std::string label_of(cda::header const& h) {
    return h.code.display_name.empty() ? h.title : h.code.display_name;
}

/// What a file name may carry on every system that will store it.
std::string for_file_name(std::string in) {
    for (auto& c : in)
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '-'))
            c = '-';
    return in;
}

bool replaces(std::vector<cda::document const*> const& documents) {
    return std::any_of(documents.begin(), documents.end(),
                       [](auto const* d) { return !d->head().replaces.empty(); });
}
}  // namespace

std::string subject(std::vector<cda::document const*> const& documents) {
    auto const& head = documents.front()->head();
    auto who = bearer_of(head);
    auto label = documents.size() > 1 ? std::to_string(documents.size()) + " documents"
                                      : cut(label_of(head), label_characters);
    auto out = "XDM/1.0/DDM+" + label + " " + who.family + " " + who.given;
    if (!who.birth_date.empty()) out += " " + who.birth_date;
    return out;
}

std::string cda_codes(std::vector<cda::document const*> const& documents) {
    std::string out;
    for (auto const* d : documents) out += (out.empty() ? "" : ",") + d->head().code.code;
    return out;
}

std::string pdf_name(cda::document const& document) {
    auto const& head = document.head();
    auto who = bearer_of(head);
    auto act = head.acts.empty() ? head.effective_time : head.acts.front().low;
    if (act.size() < 8) act = head.effective_time;
    return for_file_name(act.substr(0, 8)) + "_" +
           for_file_name(without_accents(cut(label_of(head), label_characters))) + "_" +
           for_file_name(who.family) + "_" + for_file_name(who.given) + ".pdf";
}

std::string default_body(audience to, std::vector<cda::document const*> const& documents) {
    auto const& head = documents.front()->head();
    bool many = documents.size() > 1;
    auto what = many ? std::to_string(documents.size()) + " documents" : label_of(head);
    std::string out = "Bonjour,\n\n";
    if (to == audience::patient)
        out += many ? "Des documents de santé vous concernant vous sont transmis : " + what + ".\n"
                    : "Un document de santé vous concernant vous est transmis : " + what + ".\n";
    else
        out += "Veuillez trouver ci-joint : " + what + ".\n";
    if (replaces(documents)) out += "Cet envoi annule et remplace un envoi précédent.\n";
    out += "\nÉtabli par : " + head.custodian.name + "\n";
    if (to == audience::professional)
        out +=
            "\nL'archive IHE_XDM.ZIP est destinée à votre logiciel ; le PDF est une copie "
            "lisible.\n";
    return out;
}
}  // namespace mssante
