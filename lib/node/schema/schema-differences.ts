/** How a database differs from what the files define, each in a sentence. */
export interface Differences {
  /** Defined in the files, and not in the database or otherwise. */
  readonly wrong: readonly string[];
  /** In the database, and in no file: no fault, as others may use it as well. */
  readonly unknown: readonly string[];
}

/** Compares definitions by what they define. Both come from a server, which writes each definition in one way. */
export function compareDefinitions(
  wanted: ReadonlyMap<string, string>,
  found: ReadonlyMap<string, string>,
): Differences {
  const wrong = [...wanted].flatMap(([what, definition]) => {
    const there = found.get(what);
    if (there === definition) return [];
    return [
      there === undefined
        ? `${what} is missing`
        : `${what} differs\n      files:    ${definition}\n      database: ${there}`,
    ];
  });
  const unknown = [...found.keys()].filter((what) => !wanted.has(what)).map((what) => `${what} is in no file`);
  return { wrong, unknown };
}
