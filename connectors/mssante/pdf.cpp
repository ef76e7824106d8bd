/// The readable copy: the PDF that the document carries, or a plain rendering of header and
/// narrative. The same bytes for the same document. Source: MSSanté #2 ECO.2.1.5.
#include <hpdf.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <stdexcept>

#include "cda/ins.hpp"
#include "connectors/mssante/message_form.hpp"
#include "connectors/mssante/narrative.hpp"
#include "connectors/mssante/plain_text.hpp"

namespace mssante {
namespace {
constexpr char const* regular_file = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";
constexpr char const* bold_file = "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf";
constexpr float margin = 50, size_text = 9.5F, size_title = 12, leading = 1.4F;

/// UTF-8 without control characters and without what is not in the basic plane (the writer of the
/// library knows two-byte codes only).
std::string drawable(std::string_view in, bool wide) {
    std::string out;
    for (std::size_t i = 0; i < in.size();) {
        auto c = static_cast<unsigned char>(in[i]);
        std::size_t size = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
        size = std::min(size, in.size() - i);
        if (size == 1)
            out += c < 32 || c == 127 ? ' ' : static_cast<char>(c);
        else if (size == 4)
            out += '?';
        else
            out.append(in, i, size);
        i += size;
    }
    return wide ? out : without_accents(out);
}

class sheet {
public:
    explicit sheet(std::string const& about) : pdf_(HPDF_New(nullptr, nullptr), HPDF_Free) {
        if (!pdf_) throw std::runtime_error("no memory for a PDF");
        HPDF_SetCompressionMode(pdf_.get(), HPDF_COMP_ALL);
        wide_ = std::filesystem::exists(regular_file) && std::filesystem::exists(bold_file);
        if (wide_) {
            HPDF_UseUTFEncodings(pdf_.get());
            regular_ = HPDF_GetFont(
                pdf_.get(), HPDF_LoadTTFontFromFile(pdf_.get(), regular_file, HPDF_TRUE), "UTF-8");
            bold_ = HPDF_GetFont(
                pdf_.get(), HPDF_LoadTTFontFromFile(pdf_.get(), bold_file, HPDF_TRUE), "UTF-8");
        } else {
            regular_ = HPDF_GetFont(pdf_.get(), "Helvetica", "WinAnsiEncoding");
            bold_ = HPDF_GetFont(pdf_.get(), "Helvetica-Bold", "WinAnsiEncoding");
        }
        HPDF_SetInfoAttr(pdf_.get(), HPDF_INFO_TITLE, without_accents(about).c_str());
        HPDF_SetInfoAttr(pdf_.get(), HPDF_INFO_PRODUCER, "Liaison");
        turn();
    }

    void title(std::string const& text) {
        gap(6);
        paragraph(text, bold_, size_title);
    }
    void text(std::string const& t) { paragraph(t, regular_, size_text); }
    void strong(std::string const& t) { paragraph(t, bold_, size_text); }
    void gap(float points) { y_ -= points; }

    std::string finish() {
        if (HPDF_GetError(pdf_.get()) != HPDF_OK || HPDF_SaveToStream(pdf_.get()) != HPDF_OK)
            throw std::runtime_error("a PDF cannot be written");
        HPDF_ResetStream(pdf_.get());
        std::string out(HPDF_GetStreamSize(pdf_.get()), '\0');
        auto size = static_cast<HPDF_UINT32>(out.size());
        HPDF_ReadFromStream(pdf_.get(), reinterpret_cast<HPDF_BYTE*>(out.data()), &size);
        out.resize(size);
        return out;
    }

private:
    void turn() {
        page_ = HPDF_AddPage(pdf_.get());
        HPDF_Page_SetSize(page_, HPDF_PAGE_SIZE_A4, HPDF_PAGE_PORTRAIT);
        y_ = HPDF_Page_GetHeight(page_) - margin;
        put(std::to_string(++pages_), regular_, 8, HPDF_Page_GetWidth(page_) - margin, margin / 2);
    }

    void put(std::string const& t, HPDF_Font font, float size, float x, float y) {
        HPDF_Page_BeginText(page_);
        HPDF_Page_SetFontAndSize(page_, font, size);
        HPDF_Page_TextOut(page_, x, y, t.c_str());
        HPDF_Page_EndText(page_);
    }

    void paragraph(std::string const& in, HPDF_Font font, float size) {
        auto all = drawable(in, wide_);
        HPDF_Page_SetFontAndSize(page_, font, size);
        auto room = HPDF_Page_GetWidth(page_) - 2 * margin;
        std::size_t at = 0;
        while (at < all.size()) {
            if (y_ < margin + size) {
                turn();
                HPDF_Page_SetFontAndSize(page_, font, size);
            }
            auto length = fitting(std::string_view(all).substr(at), room);
            put(all.substr(at, length), font, size, margin, y_ - size);
            y_ -= size * leading;
            at += length;
            while (at < all.size() && all[at] == ' ') ++at;
        }
    }

    /// Bytes of the longest start that fits: whole words, or a piece of a word that is too long.
    std::size_t fitting(std::string_view t, float room) const {
        auto fits = [&](std::size_t n) {
            return HPDF_Page_TextWidth(page_, std::string(t.substr(0, n)).c_str()) <= room;
        };
        std::size_t good = 0;
        for (auto at = t.find(' ');; at = t.find(' ', at + 1)) {
            auto end = std::min(at, t.size());
            if (!fits(end)) break;
            good = end;
            if (at == std::string_view::npos) return t.size();
        }
        if (good > 0) return good;
        std::size_t n = 1;
        while (n < t.size()) {
            auto next = n + 1;
            while (next < t.size() && (static_cast<unsigned char>(t[next]) & 0xC0U) == 0x80U)
                ++next;
            if (!fits(next)) break;
            n = next;
        }
        while (n < t.size() && (static_cast<unsigned char>(t[n]) & 0xC0U) == 0x80U) ++n;
        return n;
    }

    std::unique_ptr<std::remove_pointer_t<HPDF_Doc>, void (*)(HPDF_Doc)> pdf_;
    HPDF_Font regular_{nullptr}, bold_{nullptr};
    HPDF_Page page_{nullptr};
    float y_{0};
    int pages_{0};
    bool wide_{false};
};

std::string person(cda::professional const& p) {
    auto out = p.name.prefix + " " + p.name.given + " " + p.name.family;
    if (p.name.family.empty()) out = p.device_software + " " + p.device_model;
    if (!p.org.name.empty()) out += ", " + p.org.name;
    out.erase(0, out.find_first_not_of(' '));
    return out;
}

std::string render(cda::document const& d) {
    auto const& h = d.head();
    auto const& p = h.patient;
    sheet s(h.code.display_name);
    s.title(h.title.empty() ? h.code.display_name : h.title);
    s.text(h.code.display_name + ", " + french_date(h.effective_time));
    s.gap(6);
    s.strong("Patient : " + p.birth_family + " " +
             (p.birth_given_first.empty() ? p.used_given : p.birth_given_first) +
             (p.used_family.empty() ? "" : " (" + p.used_family + ")"));
    s.text("Né(e) le " + french_date(p.birth_time) + ", sexe " + p.sex);
    if (auto ins = cda::ins_of(p)) s.text("Matricule INS : " + ins->matricule);
    for (auto const& a : h.authors) s.text("Auteur : " + person(a));
    s.text("Responsable : " + person(h.legal_authenticator));
    s.text("Établissement : " + h.custodian.name);
    s.gap(8);
    for (auto const& l : narrative_of(d)) {
        if (l.what == line::kind::title)
            s.title(l.text);
        else
            s.text(l.text);
    }
    s.gap(10);
    s.text("Copie lisible ; le document de référence est dans l'archive IHE_XDM.ZIP.");
    return s.finish();
}
}  // namespace

std::string pdf_of(cda::document const& d) {
    auto embedded = d.embedded_pdf();
    return embedded.empty() ? render(d) : embedded;
}
}  // namespace mssante
