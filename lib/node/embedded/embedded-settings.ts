import * as v from 'valibot';
import { UsageError } from '../cli/errors.ts';

export interface EmbeddedSettings {
  /** Loopback ports, one for each node; 0 takes a free one. */
  readonly ports: readonly number[];
  readonly store: string;
  readonly user: string;
  readonly pass: string;
}

const PORTS = v.pipe(
  v.string(),
  v.regex(/^\d{1,5}(,\d{1,5})*$/),
  v.transform((text) => text.split(',').map(Number)),
  v.array(v.pipe(v.number(), v.maxValue(65_535))),
);
const STORE = v.pipe(v.string(), v.regex(/^(mem:\/\/|(surrealkv|rocksdb):\/\/.+)$/));
const TEXT = v.pipe(v.string(), v.minLength(1));

/** Reads the settings of the embedded target. @throws UsageError naming each wrong setting and its valid values */
export function embeddedSettings(environment: Readonly<Record<string, string | undefined>>): EmbeddedSettings {
  const problems: string[] = [];
  const read = <T>(
    name: string,
    fallback: string,
    schema: v.GenericSchema<string, T>,
    values: string,
  ): T | undefined => {
    const value = environment[name] ?? fallback;
    const result = v.safeParse(schema, value);
    if (result.success) return result.output;
    problems.push(
      `${name} must be ${values} (got ${name === 'SURREAL_PASS' ? 'an empty text' : JSON.stringify(value)}).`,
    );
    return undefined;
  };
  const ports = read(
    'EMBEDDED_PORTS',
    '8000,8001,8002',
    PORTS,
    'ports from 0 (any free one) to 65535, separated by commas',
  );
  const store = read('EMBEDDED_STORE', 'mem://', STORE, 'mem://, surrealkv://DIRECTORY or rocksdb://DIRECTORY');
  const user = read('SURREAL_USER', 'root', TEXT, 'the name of the root user');
  const pass = read('SURREAL_PASS', 'root', TEXT, 'the password of the root user');
  for (const name of Object.keys(environment))
    if (name.startsWith('EMBEDDED_') && name !== 'EMBEDDED_PORTS' && name !== 'EMBEDDED_STORE')
      problems.push(
        `${name} is not a setting. Settings are: EMBEDDED_PORTS, EMBEDDED_STORE, SURREAL_USER, SURREAL_PASS.`,
      );
  if (ports === undefined || store === undefined || user === undefined || pass === undefined || problems.length > 0)
    throw new UsageError(problems.join('\n'));
  return { ports, store, user, pass };
}
