// What the vendor says of the account itself.
import type { InboundEvent } from '../../../core/ports/channel.ts'
import { textAt, type Json } from '../../_shared/read-json.ts'
import { timeOf } from '../wire.ts'
import type { Scene } from './scene.ts'

/** Somebody took the app its permission: nothing can be read or sent until they give it again (P8). */
export const revoked = (about: Json, scene: Scene): InboundEvent => ({
  type: 'channel.health_changed',
  dedupe: `revoke ${textAt(about, 'date_time') ?? scene.digest()}`,
  lane: `${scene.us.userId}/account`,
  threadKeys: [],
  at: timeOf(about, scene.receivedAt),
  data: {
    state: 'auth_failed',
    why: 'The account took the app its permission at X. Connect it again and give the account the new tokens.',
    facts: {},
  },
})
