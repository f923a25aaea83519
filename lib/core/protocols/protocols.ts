/** `sql`: POST /sql; `rest`: /key/:table/:id; `graphql`: POST /graphql. */
export const PROTOCOLS = ['sql', 'rest', 'graphql'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export const PROTOCOL_CHOICES = [...PROTOCOLS, 'all'] as const;
export type ProtocolChoice = (typeof PROTOCOL_CHOICES)[number];

export const protocolsOf = (choice: ProtocolChoice): readonly Protocol[] => (choice === 'all' ? PROTOCOLS : [choice]);
