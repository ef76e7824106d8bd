#include "gateway/config.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "cda/lexical.hpp"
#include "cda/overrides.hpp"
#include "cda/rulebook.hpp"
#include "gateway/store/conninfo.hpp"

namespace gateway {
namespace fs = std::filesystem;

config_error::config_error(std::string k, std::uint32_t l, std::string const& what, std::string r)
    : std::runtime_error(what), key(std::move(k)), remedy(std::move(r)), line(l) {}

namespace {
/// Reads the keys of one table and, at the end, refuses those that nobody asked for.
class table_reader {
public:
    table_reader(toml::table const& t, std::string name, fs::path base)
        : table_(t), name_(std::move(name)), base_(std::move(base)) {}

    template <class T>
    void get(char const* key, T& out) {
        known_.insert(key);
        auto node = table_.get(key);
        if (node == nullptr) return;
        if constexpr (std::is_same_v<T, bool>) {
            if (auto v = node->value_exact<bool>()) return void(out = *v);
            fail(key, node, "must be true or false");
        } else if constexpr (std::is_same_v<T, std::string>) {
            if (auto v = node->value_exact<std::string>()) return void(out = *v);
            fail(key, node, "must be a string in quotes");
        } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
            auto list = node->as_array();
            if (list == nullptr) fail(key, node, "must be a list of strings");
            out.clear();
            for (auto const& item : *list) {
                auto v = item.template value_exact<std::string>();
                if (!v) fail(key, node, "must be a list of strings");
                out.push_back(*v);
            }
        } else {
            auto v = node->value_exact<std::int64_t>();
            if (!v || *v < 0) fail(key, node, "must be a whole number, 0 or more");
            if constexpr (std::is_same_v<T, std::uint16_t>) {
                if (*v > 65535) fail(key, node, "must be a port, 0 to 65535");
                out = static_cast<std::uint16_t>(*v);
            } else if constexpr (std::is_integral_v<T>) {
                out = static_cast<T>(*v);
            } else {
                out = T{*v};  // a duration in the unit that the key names
            }
        }
    }
    /// A TOML date, or one in quotes; kept as YYYYMMDD.
    void day(char const* key, std::string& out) {
        known_.insert(key);
        auto node = table_.get(key);
        if (node == nullptr) return;
        std::string text;
        if (auto d = node->value_exact<toml::date>()) {
            auto two = [](int n) { return (n < 10 ? "0" : "") + std::to_string(n); };
            text = std::to_string(d->year) + two(d->month) + two(d->day);
        } else if (auto s = node->value_exact<std::string>()) {
            for (char c : *s)
                if (c != '-') text += c;
        }
        if (text.size() != 8 || !cda::lexical::calendar_date(text))
            fail(key, node, "must be a day, YYYY-MM-DD");
        out = text;
    }
    void path(char const* key, std::string& out) {
        get(key, out);
        if (!out.empty() && fs::path(out).is_relative())
            out = (base_ / out).lexically_normal().string();
    }
    void child(char const* key) { known_.insert(key); }
    void done() const {
        for (auto const& [key, node] : table_) {
            if (known_.contains(std::string(key.str()))) continue;
            throw config_error(name_ + std::string(key.str()), node.source().begin.line,
                               "unknown key",
                               "remove it, or see the guide for the keys of this table");
        }
    }
    [[noreturn]] void fail(std::string const& key, toml::node const* node,
                           std::string const& what) const {
        throw config_error(name_ + key,
                           node != nullptr ? node->source().begin.line : table_.source().begin.line,
                           what, "correct the value of this key");
    }

private:
    toml::table const& table_;
    std::string name_;
    fs::path base_;
    std::set<std::string> known_;
};

void require(bool ok, std::string const& key, std::string const& what, std::string const& remedy) {
    if (!ok) throw config_error(key, 0, what, remedy);
}

void read_tls(table_reader& r, tls_files& tls) {
    r.path("certificate", tls.certificate);
    r.path("key", tls.key);
    r.path("trust", tls.trust);
    r.path("client_crl", tls.client_crl);
}

void must_be_readable(std::string const& key, std::string const& path) {
    require(!path.empty(), key, "is missing", "give the path of the file");
    require(std::ifstream(path).good(), key, "cannot read " + path,
            "check the path and the rights of the file");
}

void check_store(config const& c) {
    if (c.store.engine == store_engine::sqlite) {
        require(!c.data.empty(), "data", "is missing", "name the folder that holds the store");
        require(c.store.conninfo.empty() && c.store.password_file.empty(), "store.conninfo",
                "is for PostgreSQL", "set store.engine = \"postgresql\", or remove it");
        return;
    }
    require(!c.store.conninfo.empty(), "store.conninfo", "is missing",
            "say where the database is, e.g. \"host=db.example dbname=liaison user=liaison\"");
    if (auto fault = sql::wrong_with(c.store.conninfo))
        throw config_error("store.conninfo", 0, fault->what, fault->remedy);
    if (!c.store.password_file.empty())
        must_be_readable("store.password_file", c.store.password_file);
}

void check(config const& c) {
    check_store(c);
    require(c.admin.address == "127.0.0.1" || c.admin.address == "::1", "admin.address",
            "must be a loopback address",
            "keep 127.0.0.1 and put an authenticating proxy in front for remote access");
    for (auto const& [table, tls] :
         {std::pair{"smtp", c.smtp.tls}, std::pair{"https", c.https.tls}}) {
        must_be_readable(std::string(table) + ".certificate", tls.certificate);
        must_be_readable(std::string(table) + ".key", tls.key);
        must_be_readable(std::string(table) + ".trust", tls.trust);
    }
    must_be_readable("keys.master_file", c.master_key_file);
    must_be_readable("keys.seal_file", c.seal_key_file);
    require(!c.emitters.empty(), "emitter", "no emitter is configured", "add an [[emitter]] table");
    std::set<std::string> names;
    for (auto const& e : c.emitters) {
        require(!e.name.empty(), "emitter.name", "is missing", "name each emitter");
        require(names.insert(e.name).second, "emitter.name", "is used twice: " + e.name,
                "give each emitter its own name");
        require(!e.certificate_names.empty() || !e.user.empty() || !e.token_hash_file.empty(),
                "emitter." + e.name, "has no way to authenticate",
                "set certificate_names, user, or token_hash_file");
        if (!e.user.empty())
            must_be_readable("emitter." + e.name + ".password_file", e.password_file);
        if (!e.token_hash_file.empty())
            must_be_readable("emitter." + e.name + ".token_hash_file", e.token_hash_file);
    }
    if (c.dmp.enabled) {
        require(c.dmp.repository_url.starts_with("https://"), "dmp.repository_url",
                "must be an https:// URL", "set it");
        must_be_readable("dmp.certificate", c.dmp.certificate);
        must_be_readable("dmp.key", c.dmp.key);
        must_be_readable("dmp.trust", c.dmp.trust);
        must_be_readable("dmp.seal_certificate", c.dmp.seal_certificate);
        must_be_readable("dmp.seal_key", c.dmp.seal_key);
        require(!c.dmp.structure_id.empty(), "dmp.structure_id", "is missing",
                "set the Struct_IdNat of the establishment");
        require(!c.dmp.source_id.empty(), "dmp.source_id", "is missing",
                "set the OID of this sending system");
        require(!c.dmp.sector.empty(), "dmp.sector", "is missing",
                "set it, e.g. \"SA01^1.2.250.1.71.4.2.4\"");
    }
    if (c.mssante.enabled) {
        require(!c.mssante.host.empty(), "mssante.host", "is missing",
                "name the operator's SMTP server");
        must_be_readable("mssante.certificate", c.mssante.certificate);
        must_be_readable("mssante.key", c.mssante.key);
        must_be_readable("mssante.trust", c.mssante.trust);
        require(!c.mssante.domains.empty(), "mssante.domains", "is empty",
                "list the domains of the trust space");
        require(!c.mssante.nil.empty(), "mssante.nil", "is missing",
                "set the X-MSS-NIL reference of the installation");
    }
    require(c.retry.first.count() > 0 && c.retry.max >= c.retry.first, "retry.max_seconds",
            "must not be below first_seconds, and both above 0", "correct them");
    require(c.retention.contents.count() <= 36500, "retention.contents_days",
            "must not be above 36500", "set 0 to keep contents for ever");
    require(c.limits.slow_disk.count() > 0, "limits.slow_disk_seconds", "must be above 0",
            "leave it out for the default");
}
}  // namespace

emitter_settings const* config::emitter(std::string_view wanted) const {
    auto it = std::find_if(emitters.begin(), emitters.end(),
                           [&](auto const& e) { return e.name == wanted; });
    return it == emitters.end() ? nullptr : &*it;
}

namespace {
/// All four are needed: who lets the rule pass, why, and until when.
cda::rule_override read_override(table_reader& r) {
    cda::rule_override o;
    std::string level;
    r.get("rule", o.rule);
    r.get("severity", level);
    r.get("reason", o.reason);
    r.get("author", o.author);
    r.day("until", o.until);
    auto key = "override." + o.rule;
    auto known = [&] {
        for (auto const& k : cda::catalogue::shipped().rules())
            if (k.id == o.rule) return true;
        for (auto const& k : cda::rulebook::shipped().rules())
            if (k.id == o.rule) return true;
        return false;
    };
    require(known(), key, "names no rule", "see: liaison rules list");
    require(cda::may_override(o.rule), key, "is not a rule that may be overridden",
            "identity, safety and unreadable content stay as they are");
    require(level == "warning" || level == "info" || level == "error", key + ".severity",
            "must be \"warning\", \"info\" or \"error\"", "choose one");
    require(!o.reason.empty(), key + ".reason", "is missing", "say why, for the account");
    require(!o.author.empty(), key + ".author", "is missing", "name the person who decides");
    require(!o.until.empty(), key + ".until", "is missing", "give a last day, YYYY-MM-DD");
    o.level = level == "error"     ? cda::severity::error
              : level == "warning" ? cda::severity::warning
                                   : cda::severity::info;
    return o;
}
}  // namespace

config load_config(std::string const& file) {
    toml::table root;
    try {
        root = toml::parse_file(file);
    } catch (toml::parse_error const& e) {
        throw config_error("", e.source().begin.line, std::string(e.description()),
                           "correct the TOML syntax");
    }
    config c;
    c.file = file;
    auto base = fs::absolute(file).parent_path();
    auto top = table_reader(root, "", base);
    std::string env = "production";
    top.get("environment", env);
    require(env == "production" || env == "test", "environment",
            "must be \"production\" or \"test\"", "choose one");
    c.env = env == "test" ? cda::environment::test : cda::environment::production;
    top.path("data", c.data);
    top.get("host_name", c.host_name);
    top.get("drain_seconds", c.drain);
    top.get("queue_limit", c.queue_limit);

    auto with = [&](char const* name, auto read) {
        top.child(name);
        auto node = root.get(name);
        if (node == nullptr) return;
        auto t = node->as_table();
        if (t == nullptr) top.fail(name, node, "must be a table");
        auto r = table_reader(*t, std::string(name) + ".", base);
        read(r);
        r.done();
    };
    auto each = [&](char const* name, auto read) {
        top.child(name);
        auto node = root.get(name);
        if (node == nullptr) return;
        auto list = node->as_array();
        if (list == nullptr) top.fail(name, node, "must be written [[name]]");
        for (auto const& item : *list) {
            auto t = item.as_table();
            if (t == nullptr) top.fail(name, &item, "must be written [[name]]");
            auto r = table_reader(*t, std::string(name) + ".", base);
            read(r);
            r.done();
        }
    };
    with("smtp", [&](table_reader& r) {
        r.get("address", c.smtp.address);
        r.get("smtps_port", c.smtp.smtps_port);
        r.get("submission_port", c.smtp.submission_port);
        r.get("max_message_bytes", c.smtp.max_message_bytes);
        r.get("max_recipients", c.smtp.max_recipients);
        r.get("max_sessions", c.smtp.max_sessions);
        read_tls(r, c.smtp.tls);
    });
    with("https", [&](table_reader& r) {
        r.get("address", c.https.address);
        r.get("port", c.https.port);
        r.get("max_body_bytes", c.https.max_body_bytes);
        r.get("max_sessions", c.https.max_sessions);
        read_tls(r, c.https.tls);
    });
    with("limits", [&](table_reader& r) {
        r.get("disk_reserve_bytes", c.limits.disk_reserve_bytes);
        r.get("memory_bytes", c.limits.memory_bytes);
        r.get("slow_disk_seconds", c.limits.slow_disk);
    });
    with("admin", [&](table_reader& r) {
        r.get("address", c.admin.address);
        r.get("port", c.admin.port);
    });
    each("emitter", [&](table_reader& r) {
        emitter_settings e;
        r.get("name", e.name);
        r.get("certificate_names", e.certificate_names);
        r.get("user", e.user);
        r.path("password_file", e.password_file);
        r.path("token_hash_file", e.token_hash_file);
        r.get("senders", e.senders);
        r.get("mailbox", e.mailbox);
        r.get("structure", e.structure);
        c.emitters.push_back(std::move(e));
    });
    with("dmp", [&](table_reader& r) {
        c.dmp.enabled = true;
        r.get("enabled", c.dmp.enabled);
        r.get("address", c.dmp.address);
        r.get("repository_url", c.dmp.repository_url);
        r.get("registry_url", c.dmp.registry_url);
        r.path("certificate", c.dmp.certificate);
        r.path("key", c.dmp.key);
        r.path("trust", c.dmp.trust);
        r.path("seal_certificate", c.dmp.seal_certificate);
        r.path("seal_key", c.dmp.seal_key);
        r.get("structure_id", c.dmp.structure_id);
        r.get("structure_name", c.dmp.structure_name);
        r.get("sector", c.dmp.sector);
        r.get("source_id", c.dmp.source_id);
        r.get("lps_id", c.dmp.lps_id);
        r.get("lps_name", c.dmp.lps_name);
        r.path("lps_homologation_file", c.dmp.lps_homologation_file);
        r.get("vihf_version", c.dmp.vihf_version);
        r.get("refuse_restricted", c.dmp.refuse_restricted);
        r.get("content_type_code", c.dmp.content_type_code);
        r.get("content_type_name", c.dmp.content_type_name);
        r.get("lookup_wait_seconds", c.dmp.lookup_wait);
        r.get("concurrency", c.dmp.concurrency);
    });
    with("mssante", [&](table_reader& r) {
        c.mssante.enabled = true;
        r.get("enabled", c.mssante.enabled);
        r.get("host", c.mssante.host);
        r.get("port", c.mssante.port);
        r.get("implicit_tls", c.mssante.implicit_tls);
        r.path("certificate", c.mssante.certificate);
        r.path("key", c.mssante.key);
        r.path("trust", c.mssante.trust);
        r.get("verify_name", c.mssante.verify_name);
        r.get("domains", c.mssante.domains);
        r.get("nil", c.mssante.nil);
        r.get("unqualified_to_professionals", c.mssante.unqualified_to_professionals);
        r.get("concurrency", c.mssante.concurrency);
    });
    with("store", [&](table_reader& r) {
        std::string engine = "sqlite";
        r.get("engine", engine);
        require(engine == "sqlite" || engine == "postgresql", "store.engine",
                "must be \"sqlite\" or \"postgresql\"", "choose one");
        if (engine == "postgresql") c.store.engine = store_engine::postgresql;
        r.get("conninfo", c.store.conninfo);
        r.path("password_file", c.store.password_file);
    });
    with("retry", [&](table_reader& r) {
        r.get("first_seconds", c.retry.first);
        r.get("max_seconds", c.retry.max);
        r.get("lifetime_hours", c.retry.lifetime);
        r.get("lease_seconds", c.retry.lease);
    });
    with("retention", [&](table_reader& r) { r.get("contents_days", c.retention.contents); });
    each("route", [&](table_reader& r) {
        route_settings s;
        r.get("emitter", s.emitter);
        r.get("type_code", s.type_code);
        r.get("ins_status", s.ins_status);
        r.get("destination", s.destination);
        r.get("allow", s.allow);
        c.routes.push_back(std::move(s));
    });
    with("check", [&](table_reader& r) {
        std::string folder;
        r.path("value_sets", folder);
        try {
            c.value_sets = load_value_sets(folder);
        } catch (std::runtime_error const& e) {
            throw config_error("check.value_sets", 0, e.what(), "check the path and its rights");
        }
    });
    if (!c.value_sets.sets) c.value_sets = load_value_sets("");
    each("override", [&](table_reader& r) { c.overrides.push_back(read_override(r)); });
    with("keys", [&](table_reader& r) {
        r.path("master_file", c.master_key_file);
        r.path("seal_file", c.seal_key_file);
    });
    top.done();
    check(c);
    return c;
}

std::string load_line(std::string const& file, std::string const& setting) {
    std::ifstream in(file);
    std::string line;
    if (!std::getline(in, line))
        throw config_error(setting, 0, "cannot read " + file, "check the path and its rights");
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    return line;
}

std::string load_key(std::string const& file, std::string const& setting) {
    auto text = load_line(file, setting);
    auto digit = [&](char ch) -> int {
        if (ch >= '0' && ch <= '9') return ch - '0';
        if (ch >= 'a' && ch <= 'f') return ch - 'a' + 10;
        if (ch >= 'A' && ch <= 'F') return ch - 'A' + 10;
        throw config_error(setting, 0, "must hold 64 hexadecimal digits",
                           "make one with: openssl rand -hex 32");
    };
    if (text.size() != 64)
        throw config_error(setting, 0, "must hold 64 hexadecimal digits",
                           "make one with: openssl rand -hex 32");
    std::string out;
    for (std::size_t i = 0; i < 64; i += 2)
        out.push_back(static_cast<char>(digit(text[i]) * 16 + digit(text[i + 1])));
    return out;
}
}  // namespace gateway
