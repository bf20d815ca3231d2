// The stand-in of Instagram: what only this vendor does, around what the family's vendors share (sheet section 10).
import type { StandIn } from '../../../core/ports/stand-in.ts'
import { startDm, type RunningDm } from '../../_shared/stand-in/meta-dm/running.ts'
import type { Page, VendorRules } from '../../_shared/stand-in/meta-dm/vendor.ts'
import { wantedFields } from '../settings.ts'
import { ownRoute, publicly } from './comments.ts'

/** The Facebook Page of an account, by which Facebook Login calls. */
export const pageOf = ({ id }: Pick<Page, 'id'>): string => `10${id.slice(-13)}`

const rules: VendorRules = {
  name: 'Instagram',
  object: 'instagram',
  pages: ['17841405726653026', '17841405726653027'],
  messagePrefix: 'aWdfZAG1',
  fits: (text) => Buffer.byteLength(text) <= 1_000,
  echoesNameUs: false,
  clicksOpen: false,
  receipts: 'mids',
  windowClosed: { code: 10, subcode: 2534022 },
  unknownPerson: 2534014,
  privateReplyUsed: 2534025,
  threadOwned: { code: 100, subcode: 2534037 },
  rate: { code: 613, subcode: 2534040 },
  subscribed: [...wantedFields, 'live_comments', 'mentions', 'message_edit', 'standby'],
  settings: (page) => ({ accountId: page.id }),
  linkedTo: pageOf,
  publicly,
  routeOf: ownRoute,
}

export type RunningInstagram = RunningDm
export const standIn: StandIn<RunningInstagram> = {
  takesNoKey: true,
  start: (options) => startDm(rules, options),
}
