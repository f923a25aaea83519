import type { History, Operation } from './history.ts';

/** The function that an operation called, without the part of a mixed load that it belongs to: `transfer` of `bank/transfer`. */
export const bareFunction = (f: string): string => f.slice(f.indexOf('/') + 1);

/** The part of a mixed load that the function of an operation belongs to: `bank` of `bank/transfer`; undefined of one alone. */
export function partOf(f: string): string | undefined {
  const slash = f.indexOf('/');
  return slash < 0 ? undefined : f.slice(0, slash);
}

/** The histories of the parts of a mixed load, by name; each as its scenario would have recorded it alone. */
export function partsOf({ header, operations, ...state }: History): ReadonlyMap<string, History> {
  const { parts = {}, options, ...rest } = header;
  const of = new Map<string, Operation[]>(Object.keys(parts).map((name) => [name, []]));
  for (const operation of operations)
    of.get(partOf(operation.f) ?? '')?.push({ ...operation, f: bareFunction(operation.f) });
  return new Map(
    [...of].map(([name, own]) => [
      name,
      { header: { ...rest, scenario: name, options: { ...options, ...parts[name] } }, operations: own, ...state },
    ]),
  );
}
