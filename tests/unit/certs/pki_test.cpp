#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "certs/digest.hpp"
#include "certs/sandbox_pki.hpp"
#include "certs/tls_profile.hpp"

namespace {
class Pki : public testing::Test {
protected:
    static void SetUpTestSuite() {
        dir_ = testing::TempDir() + "pki_" + certs::uuid();
        certs::make_sandbox_pki(dir_);
    }
    static void TearDownTestSuite() { std::filesystem::remove_all(dir_); }
    static std::string file(std::string const& name) { return dir_ + "/" + name; }
    static certs::identity load(std::string const& name) {
        return certs::identity::load_pem(file(name + ".crt"), file(name + ".key"));
    }

    /// A whole handshake in memory: the client's word on the server, and the server's on the
    /// client.
    struct outcome {
        bool client, server;
        std::string version;
    };
    static outcome shake(certs::tls_settings server, certs::tls_settings client,
                         char const* name = "localhost", int max = 0) {
        auto sc = certs::server_context(server);
        auto cc = certs::client_context(client);
        if (max != 0) SSL_CTX_set_max_proto_version(cc.get(), max);
        std::unique_ptr<SSL, decltype(&SSL_free)> s(SSL_new(sc.get()), &SSL_free),
            c(SSL_new(cc.get()), &SSL_free);
        SSL_set1_host(c.get(), name);
        BIO *near = nullptr, *far = nullptr;
        BIO_new_bio_pair(&near, 0, &far, 0);
        SSL_set_bio(c.get(), near, near);
        SSL_set_bio(s.get(), far, far);
        SSL_set_connect_state(c.get());
        SSL_set_accept_state(s.get());
        int a = 0, b = 0;
        for (int i = 0; i < 20 && (a != 1 || b != 1); ++i) {
            if (a != 1) a = SSL_do_handshake(c.get());
            if (b != 1) b = SSL_do_handshake(s.get());
        }
        char byte =
            0;  // with TLS 1.3 the client learns of a refused certificate with its first read
        bool kept = SSL_read(c.get(), &byte, 1) != 0 && SSL_get_error(c.get(), 0) != SSL_ERROR_SSL;
        return {a == 1 && kept, b == 1, SSL_get_version(c.get())};
    }
    static certs::tls_settings server() {
        return {file("server.crt"), file("server.key"), file("ca.crt"), file("crl.pem"),
                certs::client_certificate::required};
    }
    static certs::tls_settings client(std::string const& name) {
        certs::tls_settings s;
        s.trust = file("ca.crt");
        if (!name.empty()) {
            s.certificate = file(name + ".crt");
            s.key = file(name + ".key");
        }
        return s;
    }
    static std::string dir_;
};
std::string Pki::dir_;
}  // namespace

TEST_F(Pki, SubjectsAreWrittenMostSpecificFirst) {
    EXPECT_EQ(load("seal").subject(),
              "CN=GATEWAY ORG_SIGN,OU=1759999014,O=CH FICTIF,ST=Paris (75),C=FR");
    EXPECT_EQ(load("seal").organizational_unit(), "1759999014");
}
TEST_F(Pki, NamesOfAPeerAreItsCommonAndAlternativeNames) {
    auto names = certs::names_of(load("emitter").certificate());
    EXPECT_EQ(names,
              (std::vector<std::string>{"emitter.hopital.example", "dpi@hopital.mssante.example"}));
}
TEST_F(Pki, KeysAreReadableByTheirOwnerOnly) {
    for (auto const& entry : std::filesystem::directory_iterator(dir_)) {
        if (entry.path().extension() != ".key") continue;
        struct stat s {};
        ASSERT_EQ(::stat(entry.path().c_str(), &s), 0);
        EXPECT_EQ(s.st_mode & 0777U, 0600U) << entry.path();
    }
}
TEST_F(Pki, AKeyOfAnotherCertificateIsRefused) {
    EXPECT_THROW((void)certs::identity::load_pem(file("seal.crt"), file("emitter.key")),
                 certs::load_error);
}
TEST_F(Pki, AFileThatIsNoPemIsRefused) {
    std::ofstream(file("bad.crt")) << "not a certificate";
    EXPECT_THROW((void)certs::identity::load_pem(file("bad.crt"), file("seal.key")),
                 certs::load_error);
    EXPECT_THROW((void)certs::identity::load_pem(file("none.crt"), file("seal.key")),
                 certs::load_error);
}
TEST_F(Pki, MutualTlsIsMadeWithAKnownClient) {
    auto done = shake(server(), client("emitter"));
    EXPECT_TRUE(done.client && done.server);
    EXPECT_EQ(done.version, "TLSv1.3");
}
TEST_F(Pki, Tls12IsTakenAndTls11IsNot) {
    EXPECT_EQ(shake(server(), client("emitter"), "localhost", TLS1_2_VERSION).version, "TLSv1.2");
    EXPECT_FALSE(shake(server(), client("emitter"), "localhost", TLS1_1_VERSION).server);
}
TEST_F(Pki, AClientWithoutCertificateIsRefused) {
    EXPECT_FALSE(shake(server(), client("")).server);
}
TEST_F(Pki, AnExpiredClientIsRefused) { EXPECT_FALSE(shake(server(), client("expired")).server); }
TEST_F(Pki, ARevokedClientIsRefused) { EXPECT_FALSE(shake(server(), client("revoked")).server); }
TEST_F(Pki, AServerCertificateIsNoClientCertificate) {
    EXPECT_FALSE(shake(server(), client("server")).server);
}
TEST_F(Pki, TheClientRefusesAServerOfAnotherName) {
    EXPECT_FALSE(shake(server(), client("emitter"), "elsewhere.example").client);
}
TEST_F(Pki, AClientOfAnotherAuthorityIsRefused) {
    auto other = testing::TempDir() + "pki_" + certs::uuid();
    certs::make_sandbox_pki(other);
    auto c = client("emitter");
    c.certificate = other + "/emitter.crt";
    c.key = other + "/emitter.key";
    EXPECT_FALSE(shake(server(), c).server);
    std::filesystem::remove_all(other);
}
