import { Command } from 'commander';

/** A command line of ours: wrong usage ends with exit code 2, where commander's own is 1. Subcommands take it over. */
export const commandNamed = (name: string): Command =>
  new Command(name).exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
