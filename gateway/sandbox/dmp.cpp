#include "gateway/sandbox/dmp.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <pugixml.hpp>

#include "cda/xml.hpp"
#include "connectors/dmp/mtom.hpp"
#include "gateway/clock.hpp"
#include "gateway/sandbox/lot_check.hpp"
#include "gateway/sandbox/vihf_check.hpp"

namespace gateway::sandbox {
namespace {
namespace xml = cda::xml;
constexpr char const* provided = "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-bResponse";
constexpr char const* queried = "urn:ihe:iti:2007:RegistryStoredQueryResponse";

/// An envelope whose Body `fill` writes.
template <class Fn>
http::response soap(int status, char const* action, std::string const& relates_to, Fn fill) {
    pugi::xml_document d;
    auto e = d.append_child("soap:Envelope");
    e.append_attribute("xmlns:soap") = "http://www.w3.org/2003/05/soap-envelope";
    e.append_attribute("xmlns:wsa") = "http://www.w3.org/2005/08/addressing";
    auto header = e.append_child("soap:Header");
    header.append_child("wsa:Action").text() = action;
    header.append_child("wsa:RelatesTo").text() = relates_to.c_str();
    fill(e.append_child("soap:Body"));
    return {status,
            {{"Content-Type", "application/soap+xml; charset=UTF-8"}},
            xml::print(d, xml::layout::bare)};
}

http::response soap_fault(std::string const& code, std::string const& why,
                          std::string const& relates_to) {
    return soap(500, "http://www.w3.org/2005/08/addressing/soap/fault", relates_to,
                [&](pugi::xml_node body) {
                    auto f = body.append_child("soap:Fault");
                    f.append_child("soap:Code").append_child("soap:Value").text() =
                        ("soap:" + code).c_str();
                    auto reason = f.append_child("soap:Reason").append_child("soap:Text");
                    reason.append_attribute("xml:lang") = "fr";
                    reason.text() = why.c_str();
                });
}

constexpr char const* status_base = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:";

http::response success(std::string const& relates_to) {
    return soap(200, provided, relates_to, [](pugi::xml_node body) {
        auto r = body.append_child("rs:RegistryResponse");
        r.append_attribute("xmlns:rs") = "urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0";
        r.append_attribute("status") = (std::string(status_base) + "Success").c_str();
    });
}
http::response failure(registry_refusal const& why, std::string const& relates_to) {
    return soap(200, provided, relates_to, [&](pugi::xml_node body) {
        auto r = body.append_child("rs:RegistryResponse");
        r.append_attribute("xmlns:rs") = "urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0";
        r.append_attribute("status") = (std::string(status_base) + "Failure").c_str();
        auto e = r.append_child("rs:RegistryErrorList").append_child("rs:RegistryError");
        e.append_attribute("errorCode") = why.code.c_str();
        e.append_attribute("codeContext") = why.context.c_str();
        e.append_attribute("location") = "";
        e.append_attribute("severity") = "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Error";
    });
}
http::response references(std::vector<std::string> const& ids, std::string const& relates_to) {
    return soap(200, queried, relates_to, [&](pugi::xml_node body) {
        auto r = body.append_child("query:AdhocQueryResponse");
        r.append_attribute("xmlns:query") = "urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0";
        r.append_attribute("xmlns:rim") = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0";
        r.append_attribute("status") = (std::string(status_base) + "Success").c_str();
        auto list = r.append_child("rim:RegistryObjectList");
        for (auto const& id : ids)
            list.append_child("rim:ObjectRef").append_attribute("id") = id.c_str();
    });
}

std::string headers_text(http::request const& q) {
    auto out = q.method + " " + q.target + "\r\n";
    for (auto const& [name, value] : q.headers)
        out.append(name).append(": ").append(value).append("\r\n");
    return out + "X-Sandbox-Client: " + q.peer.subject + "\r\n";
}

class service {
public:
    service(dmp_settings const& s, registry& r, http::request const& q)
        : settings_(s), registry_(r), asked_(q) {}

    http::response respond() {
        auto message = dmp::read_mtom(asked_.header("Content-Type"), asked_.body);
        if (!message) return soap_fault("Sender", "message illisible", "");
        if (!xml::load(message->root, tree_))
            return soap_fault("Sender", "enveloppe illisible", "");
        auto header = xml::child(tree_.document_element(), "Header");
        message_id_ = xml::text(xml::child(header, "MessageID"));
        vihf_ = check_vihf(message->root, settings_.trust, now());
        if (!vihf_.fault.empty()) return soap_fault("Sender", "VIHF : " + vihf_.fault, message_id_);
        std::lock_guard lock(registry_.guard);
        if (!registry_.first_use(vihf_.id))
            return soap_fault("Sender", "VIHF : ID déjà employé", message_id_);
        auto body = xml::child(tree_.document_element(), "Body");
        auto action = xml::text(xml::child(header, "Action"));
        if (asked_.path == "/repository" &&
            action == "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b")
            return provide(*message, xml::child(body, "ProvideAndRegisterDocumentSetRequest"));
        if (asked_.path == "/registry" && action == "urn:ihe:iti:2007:RegistryStoredQuery")
            return query(xml::child(body, "AdhocQueryRequest"));
        return soap_fault("Sender", "action inconnue ici", message_id_);
    }

private:
    http::response provide(dmp::mtom_message const& message, pugi::xml_node request) {
        if (!asked_.header("Content-Type").starts_with("multipart/related"))
            return soap_fault("Sender", "MTOM attendu", message_id_);
        std::vector<lot_part> parts;
        bool broken = false;
        xml::each(request, "Document", [&](pugi::xml_node n) {
            auto bytes = dmp::part_of(message, xml::attribute(xml::child(n, "Include"), "href"));
            if (bytes)
                parts.push_back({xml::attribute(n, "id"), *bytes});
            else
                broken = true;
        });
        auto meta = cda::read_submit_objects(xml::child(request, "SubmitObjectsRequest"));
        if (broken) return failure({"XDSMissingDocument", "xop:Include"}, message_id_);
        auto refused = check_lot(meta, parts, vihf_, registry_, settings_.trust);
        if (refused) return failure(*refused, message_id_);
        accepted_deposit d;
        d.meta = meta;
        for (auto const& e : meta.entries)
            for (auto const& p : parts) {
                if (p.id != e.id) continue;
                if (is_signature(e))
                    d.signature = p.bytes;
                else
                    d.documents.push_back(p.bytes);
            }
        d.request_body = asked_.body;
        d.request_headers = headers_text(asked_);
        d.vihf = vihf_.attributes;
        registry_.take(d);
        return success(message_id_);
    }

    http::response query(pugi::xml_node request) {
        auto ask = xml::child(request, "AdhocQuery");
        if (xml::attribute(ask, "id") != "urn:uuid:5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4")
            return failure({"XDSUnknownStoredQuery", xml::attribute(ask, "id")}, message_id_);
        std::string value;
        xml::each(ask, "Slot", [&](pugi::xml_node slot) {
            if (xml::attribute(slot, "name") == "$XDSDocumentEntryUniqueId")
                value = xml::text(xml::path(slot, {"ValueList", "Value"}));
        });
        if (!value.starts_with("('") || !value.ends_with("')"))
            return failure({"XDSStoredQueryMissingParam", "$XDSDocumentEntryUniqueId"},
                           message_id_);
        auto found = registry_.by_unique_id(value.substr(2, value.size() - 4));
        auto patient = vihf_.attributes["urn:oasis:names:tc:xacml:2.0:resource:resource-id"];
        std::vector<std::string> ids;
        if (found && found->patient_id == patient) ids.push_back(found->entry_uuid);
        return references(ids, message_id_);
    }

    dmp_settings const& settings_;
    registry& registry_;
    http::request const& asked_;
    pugi::xml_document tree_;
    std::string message_id_;
    vihf_report vihf_;
};

http::response planned(sandbox::fault const& f) {
    if (f.action == "fault")
        return soap_fault(f.code.empty() ? "Receiver" : f.code, "panne demandée", "");
    if (f.action == "garbage")
        return {200, {{"Content-Type", "text/html"}}, "<html><body>maintenance</body></html>"};
    if (f.action == "http") return {f.number == 0 ? 503 : f.number, {}, ""};
    return failure({f.code, "refus demandé"}, "");
}
}  // namespace

http::handler dmp_handler(dmp_settings const& s, registry& r, faults& f) {
    return [&s, &r, &f](http::request asked) -> net::task<http::response> {
        if (asked.method != "POST") co_return http::response{405, {{"Allow", "POST"}}, ""};
        if (asked.peer.subject.find("OU=" + s.structure) == std::string::npos)
            co_return http::response{403, {}, ""};
        auto wanted = f.next("dmp", asked.path == "/registry" ? "iti18" : "iti41");
        if (wanted && wanted->action == "drop_before") throw dropped{};
        if (wanted && wanted->action == "delay") {
            auto executor = co_await boost::asio::this_coro::executor;
            boost::asio::steady_timer timer(executor, std::chrono::seconds{wanted->seconds});
            co_await timer.async_wait(boost::asio::use_awaitable);
        }
        bool instead = wanted && wanted->action != "delay" && wanted->action != "drop_after";
        if (instead) co_return planned(*wanted);
        auto said = service(s, r, asked).respond();
        if (wanted && wanted->action == "drop_after") throw dropped{};
        co_return said;
    };
}
}  // namespace gateway::sandbox
