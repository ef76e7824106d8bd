/// IHE_XDM.ZIP, the same bytes for the same content: fixed times, fixed order.
/// Source: IHE ITI TF-2 3.32.4; MSSanté digest 3 (README.TXT and INDEX.HTM as French products do).
#include <zip.h>

#include <memory>
#include <pugixml.hpp>
#include <stdexcept>

#include "cda/xml.hpp"
#include "connectors/mssante/xdm.hpp"

namespace mssante {
namespace {
constexpr zip_uint16_t dos_epoch_date = (0 << 9) | (1 << 5) | 1;  // 1 January 1980

using cda::xml::escape;

std::string readme(sender_facts const& s, std::vector<xdm_file> const& documents) {
    auto out = "Emetteur\r\n========\r\n" + s.organization + "\r\n" + s.address + "\r\n" + s.phone +
               "\r\n\r\nApplication\r\n===========\r\n" + s.application + " " + s.version + "\r\n" +
               s.publisher +
               "\r\n\r\nInstructions\r\n============\r\n"
               "Ouvrir INDEX.HTM dans un navigateur pour consulter les documents.\r\n"
               "\r\nArborescence\r\n============\r\n"
               "README.TXT\r\nINDEX.HTM\r\nIHE_XDM/SUBSET01/METADATA.XML\r\n";
    for (auto const& d : documents) out += "IHE_XDM/SUBSET01/" + d.name + "\r\n";
    return out;
}

std::string index(sender_facts const& s, std::vector<cda::xds_entry> const& entries) {
    std::string out =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n"
        "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML Basic 1.1//EN\" "
        "\"http://www.w3.org/TR/xhtml-basic/xhtml-basic11.dtd\">\r\n"
        "<html xmlns=\"http://www.w3.org/1999/xhtml\" xml:lang=\"fr\">\r\n<head><title>IHE_XDM"
        "</title></head>\r\n<body>\r\n<h1>Documents transmis par " +
        escape(s.organization) + "</h1>\r\n<ul>\r\n";
    for (auto const& e : entries)
        out += "<li><a href=\"IHE_XDM/SUBSET01/" + escape(e.uri) + "\">" + escape(e.title) +
               "</a></li>\r\n";
    return out + "</ul>\r\n<p><a href=\"README.TXT\">README.TXT</a></p>\r\n</body>\r\n</html>\r\n";
}

std::string metadata(cda::xds_submission_set const& set,
                     std::vector<cda::xds_entry> const& entries) {
    pugi::xml_document d;
    cda::append_submit_objects(d, set, entries);
    return cda::xml::print(d, cda::xml::layout::indented);
}

class archive {
public:
    archive() {
        zip_error_t error;
        zip_error_init(&error);
        source_ = zip_source_buffer_create(nullptr, 0, 0, &error);
        if (source_ == nullptr) throw std::runtime_error("no memory for an archive");
        zip_source_keep(source_);
        zip_ = zip_open_from_source(source_, ZIP_CREATE | ZIP_TRUNCATE, &error);
        if (zip_ == nullptr) {
            zip_source_free(source_);
            zip_source_free(source_);
            throw std::runtime_error("an archive cannot be opened");
        }
    }
    archive(archive const&) = delete;
    archive& operator=(archive const&) = delete;
    ~archive() {
        if (zip_ != nullptr) zip_discard(zip_);
        zip_source_free(source_);
    }

    void folder(char const* name) { stamp(zip_dir_add(zip_, name, ZIP_FL_ENC_UTF_8)); }
    /// `bytes` outlive the archive.
    void file(std::string const& name, std::string const& bytes) {
        auto* s = zip_source_buffer(zip_, bytes.data(), bytes.size(), 0);
        if (s == nullptr) throw std::runtime_error("no memory for an archive");
        auto number = zip_file_add(zip_, name.c_str(), s, ZIP_FL_ENC_UTF_8);
        if (number < 0) zip_source_free(s);
        stamp(number);
    }
    std::string finish() {
        if (zip_close(zip_) != 0)
            throw std::runtime_error(std::string("an archive cannot be written: ") +
                                     zip_strerror(zip_));
        zip_ = nullptr;
        zip_stat_t about;
        if (zip_source_stat(source_, &about) != 0 || zip_source_open(source_) != 0)
            throw std::runtime_error("an archive cannot be read back");
        std::string out(about.size, '\0');
        auto got = zip_source_read(source_, out.data(), out.size());
        zip_source_close(source_);
        if (got != static_cast<zip_int64_t>(out.size()))
            throw std::runtime_error("an archive cannot be read back");
        return out;
    }

private:
    void stamp(zip_int64_t number) {
        if (number < 0 || zip_file_set_dostime(zip_, static_cast<zip_uint64_t>(number), 0,
                                               dos_epoch_date, 0) != 0)
            throw std::runtime_error(std::string("an archive cannot be written: ") +
                                     zip_strerror(zip_));
    }
    zip_source_t* source_{nullptr};
    zip_t* zip_{nullptr};
};
}  // namespace

std::string make_xdm(sender_facts const& sender, cda::xds_submission_set const& set,
                     std::vector<cda::xds_entry> const& entries,
                     std::vector<xdm_file> const& documents) {
    auto about = readme(sender, documents);
    auto page = index(sender, entries);
    auto meta = metadata(set, entries);
    archive zip;
    zip.file("README.TXT", about);
    zip.file("INDEX.HTM", page);
    zip.folder("IHE_XDM");
    zip.folder("IHE_XDM/SUBSET01");
    zip.file("IHE_XDM/SUBSET01/METADATA.XML", meta);
    for (auto const& d : documents) zip.file("IHE_XDM/SUBSET01/" + d.name, d.bytes);
    return zip.finish();
}
}  // namespace mssante
