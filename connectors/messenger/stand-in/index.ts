// The stand-in of Messenger and of a page's comments: what only this vendor does, around what the family's vendors share (sheet section 10).
import type { StandIn } from '../../../core/ports/stand-in.ts'
import { startDm, type RunningDm } from '../../_shared/stand-in/meta-dm/running.ts'
import { publicly, publicRoute } from './feed.ts'
import type { VendorRules } from '../../_shared/stand-in/meta-dm/vendor.ts'
import { wantedFields } from '../settings.ts'

const rules: VendorRules = {
  name: 'Messenger',
  object: 'page',
  pages: ['682498302938465', '682498302938466'],
  messagePrefix: 'm_',
  fits: (text) => text.length < 2_000,
  echoesNameUs: true,
  clicksOpen: true,
  receipts: 'watermarks',
  windowClosed: { code: 10, subcode: 2018278 },
  unknownPerson: 2018001,
  privateReplyUsed: 2534025,
  threadOwned: { code: 2018300 },
  rate: { code: 613 },
  subscribed: [...wantedFields, 'feed', 'mention', 'messaging_referrals', 'standby', 'messaging_handovers'],
  settings: (page) => ({ pageId: page.id }),
  publicly,
  routeOf: publicRoute,
}

export type RunningMessenger = RunningDm
export const standIn: StandIn<RunningMessenger> = { start: (options) => startDm(rules, options) }
