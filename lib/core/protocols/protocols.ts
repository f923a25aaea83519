/** `sql`: POST /sql; `rest`: /key/:table/:id; `graphql`: POST /graphql; `rpc`: WebSocket /rpc, as the SDKs speak. */
export const PROTOCOLS = ['sql', 'rest', 'graphql', 'rpc'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** Those that carry any SurrealQL: transactions, conditional writes. */
export const SURREALQL = ['sql', 'rpc'] as const satisfies readonly Protocol[];

/** Formats of messages by `rpc`, which are subprotocols of the WebSocket; `cbor` is that of the SDKs. */
export const RPC_FORMAT_NAMES = ['json', 'cbor'] as const;
export type RpcFormatName = (typeof RPC_FORMAT_NAMES)[number];

export const PROTOCOL_CHOICES = [...PROTOCOLS, 'all'] as const;
export type ProtocolChoice = (typeof PROTOCOL_CHOICES)[number];

export const protocolsOf = (choice: ProtocolChoice): readonly Protocol[] => (choice === 'all' ? PROTOCOLS : [choice]);
