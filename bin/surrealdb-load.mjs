#!/usr/bin/env node
// npx surrealdb-load COMMAND …: the same programs as `npm run COMMAND -- …` in a clone.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { register } from 'tsx/esm/api';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Of the project's own, and those that another command starts. */
const NOT_COMMANDS = ['failover', 'quiet', 'reference', 'words'];

const files = readdirSync(join(ROOT, 'scripts')).filter((file) => file.endsWith('.ts'));
const commands = files.map((file) => file.slice(0, -'.ts'.length)).filter((name) => !NOT_COMMANDS.includes(name));
const [, , command, ...rest] = process.argv;

if (commands.includes(command)) {
  // The settings of our compiler, whatever the user's folder has.
  process.env.TSX_TSCONFIG_PATH = join(ROOT, 'tsconfig.json');
  register();
  const script = join(ROOT, 'scripts', `${command}.ts`);
  process.argv = [process.execPath, script, ...rest];
  await import(script);
} else {
  const isHelp = command === undefined || command === '--help' || command === '-h';
  const usage = `Usage: surrealdb-load COMMAND [options]\n\nCommands: ${commands.join(', ')}. Each has a --help.`;
  if (isHelp) console.log(usage);
  else console.error(`There is no command "${command}".\n\n${usage}`);
  process.exitCode = isHelp ? 0 : 2;
}
