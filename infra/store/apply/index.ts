// Does to the record what was decided: verb by verb in one fixed order, whatever order was decided in.
import type { Change, Verb } from '../../../core/ports/worker.ts'
import { askedTogether } from '../../../core/ports/asked-together.ts'
import type { Here } from '../statement.ts'
import type { Applier } from './applier.ts'
import * as accounts from './accounts.ts'
import * as autoReplies from './auto-replies.ts'
import * as contacts from './contacts.ts'
import * as conversations from './conversations.ts'
import * as desk from './desk.ts'
import * as messages from './messages.ts'
import * as replies from './replies.ts'
import * as tickets from './tickets.ts'
import * as people from './people.ts'
import * as sla from './sla.ts'
import * as signIns from './sign-ins.ts'
import * as assigning from './assigning.ts'
import * as timeAndFeed from './time-and-feed.ts'

const appliers = {
  'make-contact': contacts.makeContact,
  'set-contact': contacts.setContact,
  'merge-contacts': contacts.mergeContacts,
  'make-conversation': conversations.makeConversation,
  'set-conversation': conversations.setConversation,
  'open-ticket': tickets.openTicket,
  'set-ticket': tickets.setTicket,
  'add-message': messages.addMessage,
  'change-message': messages.changeMessage,
  'await-target': messages.awaitTarget,
  'forget-waiting': messages.forgetWaiting,
  'queue-reply': replies.queueReply,
  'set-reply': replies.setReply,
  'tell-seen': replies.tellSeen,
  'wake-me': timeAndFeed.wakeMe,
  'forget-wake': timeAndFeed.forgetWake,
  'set-template': accounts.setTemplate,
  'set-health': accounts.setHealth,
  'set-aside': timeAndFeed.setAside,
  'queue-ticket': assigning.queueTicket,
  'unqueue-ticket': assigning.unqueueTicket,
  'note-hour': assigning.noteHour,
  'note-assignment': assigning.noteAssignment,
  'put-clock': sla.putClock,
  'set-presence': assigning.setPresence,
  publish: timeAndFeed.publish,
  'keep-upload': messages.keepUpload,
  'put-workspace': desk.putWorkspace,
  'drop-workspace': desk.dropWorkspace,
  'put-brand': desk.putBrand,
  'drop-brand': desk.dropBrand,
  'put-agent': people.putAgent,
  'drop-agent': people.dropAgent,
  'put-group': people.putGroup,
  'drop-group': people.dropGroup,
  'put-folder': people.putFolder,
  'drop-folder': people.dropFolder,
  'put-entry': people.putEntry,
  'drop-entry': people.dropEntry,
  'put-status': people.putStatus,
  'drop-status': people.dropStatus,
  'put-rule': people.putRule,
  'drop-rule': people.dropRule,
  'put-calendar': people.putCalendar,
  'drop-calendar': people.dropCalendar,
  'put-auto-reply': autoReplies.putAutoReply,
  'drop-auto-reply': autoReplies.dropAutoReply,
  'put-notification': autoReplies.putNotification,
  'drop-notification': autoReplies.dropNotification,
  'note-auto-reply': autoReplies.noteAutoReply,
  'note-notice': autoReplies.noteNotice,
  'put-sla-policy': sla.putSlaPolicy,
  'drop-sla-policy': sla.dropSlaPolicy,
  'put-account': accounts.putAccount,
  'drop-account': accounts.dropAccount,
  'put-key': desk.putKey,
  'revoke-key': desk.revokeKey,
  'put-password': signIns.putPassword,
  'put-invitation': signIns.putInvitation,
  'drop-invitation': signIns.dropInvitation,
  'end-sessions': signIns.endSessions,
  'put-session': signIns.putSession,
  audit: desk.audit,
} satisfies { readonly [K in Verb]: Applier<K> }

/** The order verbs are applied in: that of `Verbs`. The compiler finds a verb that is missing here. */
const order = [
  'make-contact',
  'set-contact',
  'merge-contacts',
  'make-conversation',
  'set-conversation',
  'open-ticket',
  'set-ticket',
  'keep-upload', // before the message that may use it
  'add-message',
  'change-message',
  'await-target',
  'forget-waiting',
  'queue-reply',
  'set-reply',
  'tell-seen',
  'wake-me',
  'forget-wake',
  'set-template',
  'set-health',
  'set-aside',
  'queue-ticket',
  'unqueue-ticket',
  'note-hour',
  'note-assignment',
  'note-auto-reply',
  'note-notice',
  'put-clock',
  'publish',
  'put-workspace',
  'drop-workspace',
  'put-brand',
  'drop-brand',
  'put-group', // before the agents that are in it
  'put-agent',
  'set-presence',
  'drop-agent',
  'drop-group',
  'put-folder',
  'drop-folder',
  'put-entry',
  'drop-entry',
  'put-status',
  'drop-status',
  'put-rule',
  'drop-rule',
  'put-calendar',
  'drop-calendar',
  'put-auto-reply',
  'drop-auto-reply',
  'put-notification',
  'drop-notification',
  'put-sla-policy',
  'drop-sla-policy',
  'put-account',
  'drop-account',
  'put-key',
  'revoke-key',
  'put-password',
  'drop-invitation',
  'put-invitation',
  'end-sessions', // before the one that begins
  'put-session',
  'audit',
] as const satisfies readonly Verb[]
type Missing = Exclude<Verb, (typeof order)[number]>
const complete: [Missing] extends [never] ? typeof order : never = order

export async function applyChanges(here: Here, changes: readonly Change[]): Promise<void> {
  if (changes.length === 0) return
  const groups = Map.groupBy(changes, (change) => change.do)
  let sent: Promise<void>[] = []
  for (const verb of complete) {
    const group = groups.get(verb)
    if (group === undefined) continue
    // Grouped by `do`, so each change is of this verb; TypeScript does not carry that through the map.
    const apply = appliers[verb] as Applier<Verb>
    sent.push(apply(here, group))
    if (!apply.waits) continue
    await askedTogether(sent)
    sent = []
  }
  await askedTogether(sent)
}
