// What knocks at the gateway from a product of Meta: a call of its customers, in its bytes and under its signature.
import type { Knock, KnockOptions, RunningStandIn, Writing } from '../../../core/ports/stand-in.ts'
import type { Knocker } from './knock.ts'
import { signedHeaders, vendorBytes } from './meta-signing.ts'

interface Vendor {
  readonly knocker: Knocker
  readonly keys: { readonly appSecret: string }
}
type WrittenCall<V> = (
  writings: readonly Writing[],
  vendor: V,
) => { readonly ids: readonly string[]; readonly call: unknown }

export function inward<V extends Vendor>(
  vendor: V,
  writtenCall: WrittenCall<V>,
): Pick<RunningStandIn, 'knocksAt' | 'write' | 'writeMany' | 'post'> {
  const knock = (bytes: Uint8Array, ids: readonly string[], options: KnockOptions = {}): Promise<Knock> => {
    const headers = signedHeaders(bytes, vendor.keys.appSecret, options.signature ?? 'right')
    return vendor.knocker.knock({ what: 'message', ids, bytes, headers }, options)
  }
  const writeMany: RunningStandIn['writeMany'] = (writings, options) => {
    const { ids, call } = writtenCall(writings, vendor)
    return knock(vendorBytes(call), ids, options)
  }
  return {
    knocksAt: (url) => vendor.knocker.to(url),
    writeMany,
    write: (writing, options) => writeMany([writing], options),
    post: (bytes, options) => knock(typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes, [], options),
  }
}
