/** The subprotocols that lubdub speaks; the plain protocol has none. */
export const Subprotocol = {
  v1: "lubdub.v1",
  binary: "lubdub.v1.binary",
  gzip: "lubdub.v1.gzip",
} as const;
export type Subprotocol = (typeof Subprotocol)[keyof typeof Subprotocol];

const known: readonly string[] = Object.values(Subprotocol);

export function isSubprotocol(name: string): name is Subprotocol {
  return known.includes(name);
}

/** The first known one of the client's offer, in the client's order; undefined means the plain protocol. */
export function chooseSubprotocol(offered: Iterable<string>): Subprotocol | undefined {
  for (const name of offered) if (isSubprotocol(name)) return name;
  return undefined;
}
