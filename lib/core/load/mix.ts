/**
 * Deals iterations by their number, so that of as many iterations as there are shares each gets exactly its share, evenly
 * spread; `iteration` counts those of one alone. Shares are whole numbers.
 */
export function shareDealer<T>(shares: readonly (readonly [to: T, share: number])[]) {
  const whole = shares.reduce((sum, [, share]) => sum + share, 0);
  const dealt = shares.flatMap(([to, share]) =>
    Array.from({ length: share }, (_, index) => ({ to, share, index, at: (index + 0.5) / share })),
  );
  dealt.sort((a, b) => a.at - b.at);
  return (iteration: number): { readonly to: T; readonly iteration: number } => {
    const { to, share, index } = dealt[iteration % whole] as (typeof dealt)[number];
    return { to, iteration: Math.floor(iteration / whole) * share + index };
  };
}

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
