import { type VersionRange, version } from './version.ts';

/** A command that installs a program, and where it works. */
export interface Installation {
  readonly platform: string;
  readonly command: string;
}

/** What the suite asks of a program that it drives, and where the program can come from. */
export interface Specification {
  readonly name: 'k6' | 'surreal';
  /** The version that the suite is tested with, and that it builds and pulls. */
  readonly pinned: string;
  readonly supported: VersionRange;
  /** Why no other version: part of the messages about one. */
  readonly because: string;
  /** The environment variable that names the program's file. */
  readonly variable: 'K6_BIN' | 'SURREAL_BIN';
  /** Picks the version out of what `PROGRAM version` prints. */
  readonly versionLine: RegExp;
  readonly image: string;
  /** The files of `binaries/NAME` that decide what a build gives: their hash names the cached build. */
  readonly sources: readonly string[];
  readonly installations: readonly Installation[];
}

export const K6: Specification = {
  name: 'k6',
  pinned: '2.2.0',
  supported: { from: version('2.2.0'), below: version('3.0.0') },
  // Release notes of k6 2.2.0 and 2.0.0.
  because: 'the feature merge-run-tags and the global TextEncoder came with 2.2.0; 3.x may change options and metrics',
  variable: 'K6_BIN',
  // k6 begins the line with its file's name, whatever that is, and ends it with the Go version in parentheses.
  versionLine: /^\S+ (v\d\S*) \(.*\bgo\d/m,
  image: 'grafana/k6:2.2.0',
  sources: ['go.mod', 'go.sum', 'main.go'],
  installations: [
    { platform: 'macOS', command: 'brew install k6' },
    {
      platform: 'Debian, Ubuntu',
      command: [
        'curl -fsSL https://dl.k6.io/key.gpg | sudo gpg --dearmor -o /usr/share/keyrings/k6-archive-keyring.gpg',
        'echo "deb [signed-by=/usr/share/keyrings/k6-archive-keyring.gpg] https://dl.k6.io/deb stable main"' +
          ' | sudo tee /etc/apt/sources.list.d/k6.list',
        'sudo apt-get update && sudo apt-get install -y k6',
      ].join('\n'),
    },
    { platform: 'Fedora', command: 'sudo dnf install https://dl.k6.io/rpm/repo.rpm && sudo dnf install k6' },
    { platform: 'with Go 1.25 or later', command: 'npm run setup' },
    { platform: 'with Docker', command: 'docker pull grafana/k6:2.2.0' },
  ],
};

export const SURREAL: Specification = {
  name: 'surreal',
  pinned: '3.3.5',
  supported: { from: version('3.2.0'), below: version('4.0.0') },
  // Read in the crates surrealdb-server 3.0.5, 3.1.0, 3.2.0 and 3.3.0: /metrics is there from 3.1 on, /ready from 3.2 on.
  because: 'the suite waits for the endpoint /ready, which came with 3.2.0; 4.x may change the protocols it measures',
  variable: 'SURREAL_BIN',
  versionLine: /^v?(\d+\.\d+\.\d+\S*) for \S+ on \S+/m,
  image: 'surrealdb/surrealdb:v3.3.5',
  sources: ['Cargo.toml', 'Cargo.lock', 'src/main.rs', '.cargo/config.toml'],
  installations: [
    { platform: 'macOS', command: 'brew install surrealdb/tap/surreal' },
    { platform: 'Linux, macOS', command: 'curl -sSf https://install.surrealdb.com | sh -s -- --version v3.3.5' },
    { platform: 'with Docker', command: 'npm run setup -- --pull surreal' },
    { platform: 'with Rust (half an hour)', command: 'npm run setup -- --build surreal' },
  ],
};

export const SPECIFICATIONS = { k6: K6, surreal: SURREAL } as const;
