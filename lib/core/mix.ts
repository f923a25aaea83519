/** Shares of a hundred by name. */
export type Mix<Name extends string> = Readonly<Record<Name, number>>;

/**
 * Makes a function that picks a name by its share.
 * @throws Error where shares do not add up to a hundred
 */
export function picker<Name extends string>(mix: Mix<Name>): (hundred: number) => Name {
  const names = (Object.entries(mix) as [Name, number][]).flatMap(([name, share]) => Array<Name>(share).fill(name));
  if (names.length !== 100) throw new Error(`shares of a mix add up to a hundred, not ${names.length}`);
  return (hundred) => names[hundred] as Name;
}
