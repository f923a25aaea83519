import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../system/paths.ts';
import { code, table } from './markdown.ts';

/** Variables beside the settings of scenarios: which command reads them, and for what. A test compares them with the code. */
export const VARIABLES: Readonly<Record<string, readonly [who: string, meaning: string]>> = {
  SURREAL_USER: ['all commands', 'user of nodes that are not ours'],
  SURREAL_PASS: [
    'all commands',
    'password of that user; there is no flag for it, for arguments can be read by everybody',
  ],
  SURREAL_CA: ['all commands', 'certificate of the authority of https nodes (PEM), as `--ca`'],
  K6_BIN: ['`setup`, `load`', 'the k6 to use, before all others'],
  SURREAL_BIN: ['`setup`, `load`, `cluster`', 'the `surreal` to use, before all others'],
  SURREALDB_LOAD_CACHE: [
    'all commands',
    'folder for programs that were built, and for the state of a native cluster; `.cache` without it',
  ],
  K6_OUT: [
    '`load`',
    "k6's own: where metrics go beside the results; one that is set is left alone where a cluster has Prometheus",
  ],
  GOGC: ['`load`', "Go's: how rarely k6 collects garbage; 400 without it, where Go's own default is 100"],
  GOMEMLIMIT: ['`load`', "Go's: memory that k6 keeps to; a quarter of the machine's without it"],
  GOMAXPROCS: [
    '`load`',
    "Go's: cores that k6 uses; its share of the machine's with several generators, all of them with one",
  ],
  GITHUB_STEP_SUMMARY: ['`gate`', 'file that its Markdown summary is written to as well; set by GitHub Actions'],
  XDG_CONFIG_HOME: ['`load`', "k6's configuration file there, which is not applied, is named before the load"],
  NO_PROXY: ['`load`', 'hosts without a proxy; the nodes are added for k6'],
  ONLY_SCENARIO: ['tests', 'the only scenario that is tried behind faulty servers'],
  CI: ['all commands', 'progress as plain lines, as if the output were not a terminal'],
  EMBEDDED_PORTS: ['the embedded engine', 'its loopback ports; set by the suite'],
  EMBEDDED_STORE: ['the embedded engine', 'where it keeps its data; set by the suite'],
  BENCH_OPERATIONS: ['`bench`', 'operations of a round'],
  BENCH_ROUNDS: ['`bench`', 'rounds'],
  BENCH_RATE: ['`bench`', 'of `users` and `generators`: iterations a second'],
  BENCH_AGAINST: ['`bench`', 'of `client`: checkout of another version, which is measured in the same rounds'],
  BENCH_CHECKER: ['`bench`', 'of `checkers`: the only one that is measured, by the beginning of its name'],
  BENCH_PROTOCOL: ['`bench`', 'of `client`: `sql` or `rpc`, the only protocol that is measured'],
  BENCH_HISTORIES: ['`bench`', 'of `elle`: histories that are compared'],
  ELLE_CLASSPATH: ['`bench`', 'of `elle`: class path with Clojure and Elle, for `java -cp`'],
  BENCH_STORE: ['`bench`', 'of `users`: store of several nodes, `tikv://HOST:PORT`'],
  FUZZ_RUNS: ['tests', 'mutated files, settings and answers that are tried'],
  PROPERTY_RUNS: ['tests', 'cases that each property is tried on'],
  TEST_PD: ['tests', 'PD of a store to test native clusters on'],
};

/** A page with every variable. */
export function environmentPage(generated: string): string {
  const example = readFileSync(join(PROJECT_ROOT, '.env.example'), 'utf8');
  return [
    '# Environment variables',
    generated,
    'Settings of scenarios have a variable each: [settings](settings.md). Beside them there are:',
    '',
    table(
      ['variable', 'read by', 'meaning'],
      Object.entries(VARIABLES).map(([name, [who, meaning]]) => [code(name), who, meaning]),
    ),
    'The compose cluster takes its settings from `.env`; this is `.env.example`:',
    '',
    '```sh',
    example.trimEnd(),
    '```',
    '',
  ].join('\n');
}
