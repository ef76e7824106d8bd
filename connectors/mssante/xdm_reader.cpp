/// IHE_XDM.ZIP from a stranger: nothing is inflated before names, counts and sizes are judged, and
/// no file is believed before its hash. Source: MSSanté digest 3; IHE ITI TF-2 3.32.
#include <zip.h>

#include <algorithm>
#include <map>
#include <memory>
#include <pugixml.hpp>
#include <set>

#include "cda/ascii.hpp"
#include "cda/check.hpp"
#include "cda/ins.hpp"
#include "cda/xds_reader.hpp"
#include "cda/xml.hpp"
#include "certs/digest.hpp"
#include "connectors/mssante/xdm.hpp"

namespace mssante {
namespace {
struct refusal {
    char const* rule;
    std::string where;
};

using cda::ascii::upper;

/// Names of an archive end up in file systems; what could leave a folder is refused.
bool unsafe(std::string const& name) {
    if (name.empty() || name.size() > 255 || name.front() == '/') return true;
    for (char c : name)
        if (static_cast<unsigned char>(c) < 32 || c == 127 || c == '\\' || c == ':') return true;
    std::size_t at = 0;
    while (at <= name.size()) {
        auto end = std::min(name.find('/', at), name.size());
        auto piece = name.substr(at, end - at);
        if (piece == ".." || piece == "." || (piece.empty() && end != name.size())) return true;
        at = end + 1;
    }
    return false;
}

bool symlink(zip_t* zip, zip_uint64_t n) {
    zip_uint8_t system = 0;
    zip_uint32_t attributes = 0;
    if (zip_file_get_external_attributes(zip, n, 0, &system, &attributes) != 0) return false;
    return system == ZIP_OPSYS_UNIX && ((attributes >> 16) & 0170000U) == 0120000U;
}

struct close_zip {
    void operator()(zip_t* z) const { zip_discard(z); }
};

class unpacker {
public:
    unpacker(std::string_view bytes, xdm_limits const& most) : most_(most) {
        zip_error_t error;
        zip_error_init(&error);
        auto* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
        if (source == nullptr) throw refusal{"XDM-01", "archive"};
        zip_.reset(zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error));
        if (!zip_) {
            zip_source_free(source);
            throw refusal{"XDM-01", "archive"};
        }
        survey(bytes.size());
    }

    /// Every file below IHE_XDM/, by upper-case name.
    std::map<std::string, std::string> inflate() {
        std::map<std::string, std::string> out;
        for (auto const& [number, name, size] : wanted_) {
            std::string bytes(size, '\0');
            std::unique_ptr<zip_file_t, decltype(&zip_fclose)> file(
                zip_fopen_index(zip_.get(), number, 0), zip_fclose);
            if (!file) throw refusal{"XDM-01", name};
            auto got = zip_fread(file.get(), bytes.data(), bytes.size());
            char more = 0;
            // The directory may lie about the size; what comes out decides.
            if (got != static_cast<zip_int64_t>(size) || zip_fread(file.get(), &more, 1) != 0)
                throw refusal{"XDM-01", name};
            out[upper(name)] = std::move(bytes);
        }
        return out;
    }

private:
    struct item {
        zip_uint64_t number;
        std::string name;
        std::size_t size;
    };

    void survey(std::size_t packed) {
        auto count = zip_get_num_entries(zip_.get(), 0);
        if (count < 0 || static_cast<std::size_t>(count) > most_.entries)
            throw refusal{"XDM-03", "archive"};
        std::set<std::string> seen;
        std::size_t total = 0;
        for (zip_uint64_t n = 0; n < static_cast<zip_uint64_t>(count); ++n) {
            zip_stat_t about;
            if (zip_stat_index(zip_.get(), n, ZIP_FL_ENC_GUESS, &about) != 0 ||
                (about.valid & (ZIP_STAT_NAME | ZIP_STAT_SIZE)) != (ZIP_STAT_NAME | ZIP_STAT_SIZE))
                throw refusal{"XDM-01", "entry " + std::to_string(n + 1)};
            auto where = "entry " + std::to_string(n + 1);
            std::string name = about.name;
            if (unsafe(name) || symlink(zip_.get(), n) || !seen.insert(upper(name)).second)
                throw refusal{"XDM-02", where};
            if ((about.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 &&
                about.encryption_method != ZIP_EM_NONE)
                throw refusal{"XDM-04", where};
            if (about.size > most_.total_bytes - total) throw refusal{"XDM-03", where};
            total += about.size;
            if (upper(name).starts_with("IHE_XDM/") && !name.ends_with('/'))
                wanted_.push_back({n, name, static_cast<std::size_t>(about.size)});
        }
        if (total > (1U << 20) && total / most_.ratio > packed) throw refusal{"XDM-03", "archive"};
    }

    xdm_limits const& most_;
    std::unique_ptr<zip_t, close_zip> zip_;
    std::vector<item> wanted_;
};

std::string folder_of(std::string const& name) { return name.substr(0, name.rfind('/') + 1); }

std::string digits_only(std::string in) {
    std::erase_if(in, [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; });
    std::transform(in.begin(), in.end(), in.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return in;
}

xdm_content read_or_throw(std::string_view zip, xdm_limits const& most) {
    auto files = unpacker(zip, most).inflate();
    xdm_content out;
    std::string folder, patient;
    std::set<std::string> used;
    for (auto const& [name, bytes] : files) {
        if (!name.ends_with("/METADATA.XML")) continue;
        pugi::xml_document tree;
        if (!cda::xml::load(bytes, tree)) throw refusal{"XDM-05", "METADATA.XML"};
        auto request = tree.document_element();
        if (cda::xml::local(request) != "SubmitObjectsRequest")
            throw refusal{"XDM-05", "METADATA.XML"};
        auto meta = cda::read_submit_objects(request);
        if (!meta.set || meta.entries.empty()) throw refusal{"XDM-05", "METADATA.XML"};
        used.insert(name);
        for (auto const& e : meta.entries) {
            auto file = files.find(upper(folder_of(name) + e.uri));
            if (e.uri.empty() || unsafe(e.uri) || file == files.end())
                throw refusal{"XDM-07", "DocumentEntry " + e.id};
            if (!used.insert(file->first).second) throw refusal{"XDM-07", "DocumentEntry " + e.id};
            if (digits_only(e.hash) != certs::sha1_hex(file->second) ||
                (!e.size.empty() && digits_only(e.size) != std::to_string(file->second.size())))
                throw refusal{"XDM-06", "DocumentEntry " + e.id};
            if (patient.empty()) patient = e.patient_id;
            // Whether it is the document's own patient is said with the verdict (XDM-09).
            if (e.patient_id != patient) throw refusal{"XDM-08", "DocumentEntry " + e.id};
            out.documents.push_back(
                {file->first.substr(folder_of(file->first).size()), std::move(file->second)});
            out.entries.push_back(e);
        }
        if (out.metadata.empty()) out.metadata = bytes;
    }
    if (out.documents.empty()) throw refusal{"XDM-05", "METADATA.XML"};
    for (auto const& [name, bytes] : files) {
        // A style sheet may stand beside a self-presenting document; a document must be announced.
        if (!used.contains(name) && name.ends_with(".XML")) throw refusal{"XDM-07", "archive"};
    }
    return out;
}
}  // namespace

std::variant<xdm_content, cda::findings> read_xdm(std::string_view zip, xdm_limits const& most) {
    try {
        return read_or_throw(zip, most);
    } catch (refusal const& r) {
        return cda::findings{cda::catalogue::shipped().make(r.rule, r.where)};
    }
}
}  // namespace mssante
