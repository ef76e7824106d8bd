/// A store in a folder of its own, and submissions to put into it.
#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "certs/digest.hpp"
#include "gateway/store/store.hpp"

class StoreFolder : public testing::Test {
protected:
    void SetUp() override {
        folder_ = std::filesystem::path(testing::TempDir()) / ("store_" + certs::uuid());
        std::filesystem::create_directories(folder_);
    }
    void TearDown() override {
        store_.reset();
        std::filesystem::remove_all(folder_);
    }
    gateway::sqlite_options options() const {
        return {(folder_ / "s.sqlite").string(), std::string(32, 'k'), std::string(32, 's')};
    }
    gateway::store& open() {
        store_.reset();
        store_ = gateway::open_sqlite(options());
        return *store_;
    }
    static gateway::submission make(std::string const& key, std::string const& order = "set|dmp|",
                                    int deliveries = 1) {
        gateway::submission s;
        s.id = certs::uuid();
        s.emitter = "dpi";
        s.channel = "smtp";
        s.return_path = "dpi@hopital.example";
        s.received_at = 1000;
        s.idempotency_key = key;
        s.request_digest = "digest of " + key;
        gateway::stored_document d;
        d.unique_id = "1.2.3";
        d.set_id = "1.2";
        d.version = "1";
        d.type_code = "11490-0";
        d.sha256 = certs::sha256_hex("<cda/>");
        d.bytes = "<cda/>";
        d.ins_status = "qualified";
        d.size = 6;
        s.documents.push_back(d);
        for (int i = 0; i < deliveries; ++i) {
            gateway::new_delivery one;
            one.id = certs::uuid();
            one.kind = gateway::destination_kind::dmp;
            one.order_key = order + std::to_string(i);
            one.expires_at = 1'000'000'000;
            one.fixed = {{"lotId", "2.25.1"}};
            s.deliveries.push_back(one);
        }
        return s;
    }
    std::filesystem::path folder_;
    std::unique_ptr<gateway::store> store_;
};
