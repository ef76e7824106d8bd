/// The whole verdict of one document beside libxml2's parse and XSD validation of the same file, in
/// one run: documents and bytes a second, allocations a document, and how long the catalogue takes
/// to load. Usage: check_bench DOCUMENT [CDA_extended.xsd] [benchmark options]
#include <benchmark/benchmark.h>
#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <new>
#include <sstream>

#include "cda/check.hpp"
#include "cda/rulebook.hpp"
#include "schemas/shipped.hpp"

namespace {
std::string document, schema_file;
std::atomic<std::int64_t> allocations{0};
}  // namespace

void* operator new(std::size_t n) {
    ++allocations;
    if (auto p = std::malloc(n)) return p;
    throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace {
void load_catalogue(benchmark::State& state) {
    std::vector<cda::rulebook::file> packs;
    for (auto const& f : schemas::files)
        if (f.name.starts_with("rules/") && f.name != "rules/predicates.toml")
            packs.push_back({f.name, f.text});
    std::size_t rules = 0;
    for (auto _ : state) {
        cda::rulebook book(packs, schemas::structure_cda);
        rules = book.rules().size();
    }
    state.counters["rules"] = static_cast<double>(rules);
}

void verdict(benchmark::State& state) {
    cda::check_options options;
    options.env = cda::environment::test;
    auto warm = cda::check({document}, options);
    auto before = allocations.load();
    for (auto _ : state) {
        auto v = cda::check({document}, options);
        benchmark::DoNotOptimize(v.accepted);
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(document.size()) * state.iterations());
    state.SetItemsProcessed(state.iterations());
    state.counters["allocations"] =
        static_cast<double>(allocations.load() - before) / static_cast<double>(state.iterations());
}

void libxml2_parse_and_xsd(benchmark::State& state) {
    auto* parser = xmlSchemaNewParserCtxt(schema_file.c_str());
    xmlSchemaSetParserStructuredErrors(
        parser, [](void*, xmlError*) {}, nullptr);
    auto* schema = xmlSchemaParse(parser);
    if (schema == nullptr) {
        state.SkipWithError("the schema cannot be read");
        return;
    }
    for (auto _ : state) {
        auto* tree = xmlReadMemory(document.data(), static_cast<int>(document.size()), nullptr,
                                   nullptr, XML_PARSE_NONET);
        auto* context = xmlSchemaNewValidCtxt(schema);
        benchmark::DoNotOptimize(xmlSchemaValidateDoc(context, tree));
        xmlSchemaFreeValidCtxt(context);
        xmlFreeDoc(tree);
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(document.size()) * state.iterations());
    xmlSchemaFree(schema);
    xmlSchemaFreeParserCtxt(parser);
}
}  // namespace

int main(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    if (argc < 2) {
        std::cerr << "usage: check_bench DOCUMENT [SCHEMA]\n";
        return 2;
    }
    std::ifstream in(argv[1], std::ios::binary);
    std::ostringstream all;
    all << in.rdbuf();
    document = all.str();
    benchmark::RegisterBenchmark("load the catalogue", load_catalogue)
        ->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark("verdict", verdict);
    if (argc > 2) {
        schema_file = argv[2];
        benchmark::RegisterBenchmark("libxml2 parse + XSD", libxml2_parse_and_xsd);
    }
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
