/** `sql`: POST /sql; `rest`: /key/:table/:id; `graphql`: POST /graphql; `rpc`: WebSocket /rpc, as the SDKs speak. */
export const PROTOCOLS = ['sql', 'rest', 'graphql', 'rpc'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** Those that carry any SurrealQL: transactions, conditional writes. */
export const SURREALQL = ['sql', 'rpc'] as const satisfies readonly Protocol[];

export const PROTOCOL_CHOICES = [...PROTOCOLS, 'all'] as const;
export type ProtocolChoice = (typeof PROTOCOL_CHOICES)[number];

export const protocolsOf = (choice: ProtocolChoice): readonly Protocol[] => (choice === 'all' ? PROTOCOLS : [choice]);
