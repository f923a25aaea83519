import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../../cli/errors.ts';
import type { Progress } from '../../cli/progress.ts';
import { findK6 } from '../../programs/find-program.ts';
import type { Program } from '../../programs/program.ts';

/** Variables of k6 for its outputs, dashboard and logs. Any other changes the load, or what k6 judges of it. */
const ALLOWED =
  /^K6_(BIN|OUT|NO_COLOR|NO_USAGE_REPORT|(LOG|WEB_DASHBOARD|PROMETHEUS_RW|INFLUXDB|STATSD|CSV|OTEL|CLOUD)(_\w+)?)$/;

/** @throws UsageError naming each exported variable of k6 that changes the load */
export function checkK6Environment(env: NodeJS.ProcessEnv = process.env): void {
  const names = Object.keys(env).filter((name) => name.startsWith('K6_') && env[name] && !ALLOWED.test(name));
  if (names.length === 0) return;
  throw new UsageError(
    `${names.join(', ')} would replace settings of the load in k6. Unset ${names.length === 1 ? 'it' : 'them'}, and use the flags of this command (--help).`,
  );
}

/** k6's own configuration, which its runs here ignore (os.UserConfigDir of Go; k6 documentation, "config"). */
const configFiles = (env: NodeJS.ProcessEnv): string[] =>
  [
    env.XDG_CONFIG_HOME,
    join(env.HOME ?? homedir(), '.config'),
    join(env.HOME ?? homedir(), 'Library/Application Support'),
  ]
    .flatMap((folder) => (folder ? [join(folder, 'k6/config.json'), join(folder, 'loadimpact/k6/config.json')] : []))
    .filter((file) => existsSync(file));

const PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'] as const;

/**
 * Variables that keep k6 from sending to nodes through a proxy, which Node does not do either; its outputs still may.
 * @param nodes base URLs
 */
export function withoutProxy(nodes: readonly string[], env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  if (PROXIES.every((name) => !env[name])) return {};
  const hosts = nodes.map((url) => new URL(url).hostname.replace(/^\[|\]$/g, ''));
  const direct = [env.NO_PROXY || env.no_proxy, ...hosts].filter(Boolean).join(',');
  return { NO_PROXY: direct, no_proxy: direct };
}

/**
 * Finds k6, and reports what of the environment applies to it.
 * @throws UsageError, Failure
 */
export async function prepareK6(progress: Progress, env: NodeJS.ProcessEnv = process.env): Promise<Program> {
  checkK6Environment(env);
  const k6 = await findK6(progress);
  progress.say(`k6      ${k6.version} (${k6.source})`);
  for (const file of configFiles(env)) progress.say(`        k6's configuration ${file} is not applied.`);
  const proxies = PROXIES.filter((name) => env[name]);
  if (proxies.length > 0)
    progress.say(`        ${proxies.join(', ')}: not applied to nodes; requests go to them directly.`);
  return k6;
}
