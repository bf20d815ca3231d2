// What one mail means, as events; its bytes are RFC 5322, its meta is MailMeta.
import { GatewayError } from '../../core/errors.ts'
import type { InboundEvent, Raw } from '../../core/ports/channel.ts'
import type { Settings } from './settings.ts'

export function normalize(
  raw: Raw,
  account: { readonly id: string; readonly settings: Settings },
): readonly InboundEvent[] | Promise<readonly InboundEvent[]> {
  throw new GatewayError(
    'event.invalid',
    `The mail for ${account.id} (${raw.bytes.byteLength} bytes) cannot be read yet.`,
  )
}
