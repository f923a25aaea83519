import type { History, Operation } from './history.ts';

/** The function that an operation called, without the part of a mixed load that it belongs to: `transfer` of `bank/transfer`. */
export const bareFunction = (f: string): string => f.slice(f.indexOf('/') + 1);

/** The histories of the parts of a mixed load, by name; each as its scenario would have recorded it alone. */
export function partsOf({ header, operations, damaged }: History): ReadonlyMap<string, History> {
  const { parts = {}, options, ...rest } = header;
  const of = new Map<string, Operation[]>(Object.keys(parts).map((name) => [name, []]));
  for (const operation of operations) {
    const part = operation.f.slice(0, Math.max(0, operation.f.indexOf('/')));
    of.get(part)?.push({ ...operation, f: bareFunction(operation.f) });
  }
  return new Map(
    [...of].map(([name, own]) => [
      name,
      { header: { ...rest, scenario: name, options: { ...options, ...parts[name] } }, operations: own, damaged },
    ]),
  );
}
