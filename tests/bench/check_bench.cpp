/// The whole verdict of one document beside libxml2's parse and XSD validation of the same file, in
/// one run. Usage: check_bench DOCUMENT [CDA_extended.xsd] [benchmark options]
#include <benchmark/benchmark.h>
#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

#include <fstream>
#include <iostream>
#include <sstream>

#include "cda/check.hpp"

namespace {
std::string document, schema_file;

void verdict(benchmark::State& state) {
    cda::check_options options;
    options.env = cda::environment::test;
    for (auto _ : state) {
        auto v = cda::check({document}, options);
        benchmark::DoNotOptimize(v.accepted);
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(document.size()) * state.iterations());
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
    benchmark::RegisterBenchmark("verdict", verdict);
    if (argc > 2) {
        schema_file = argv[2];
        benchmark::RegisterBenchmark("libxml2 parse + XSD", libxml2_parse_and_xsd);
    }
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
