import type { RpcFormatName } from './protocols.ts';
import { cbor } from './rpc-cbor.ts';
import { json, type RpcFormat } from './rpc-messages.ts';

/** `json`, or `cbor` as the SDKs speak. */
export const RPC_FORMATS: Readonly<Record<RpcFormatName, RpcFormat>> = { json, cbor };
