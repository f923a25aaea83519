/** A property if there is a value for it, to be spread into an object; nothing otherwise. */
export const given = <N extends string, T>(name: N, value: T | undefined): { readonly [K in N]?: T } =>
  value === undefined ? {} : ({ [name]: value } as { [K in N]: T });
