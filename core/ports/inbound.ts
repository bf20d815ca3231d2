// What a channel says it heard: one shape a type of event, before ingest gives it an id, an envelope and a place for its bytes.
import type { HealthState, TemplateState } from '../../schemas/channel.ts'
import type { Instant } from '../../schemas/ids.ts'
import type { Part, Party } from '../../schemas/message.ts'

/** A file the customer sent, before it has a place. */
export interface IncomingFile {
  readonly name: string
  readonly type: string
  readonly size?: number
  readonly source:
    | { readonly bytes: Uint8Array }
    | { readonly atVendor: string } // fetched right after the message's event, by `fetchFile`
    | { readonly live: string } // never stored
}
export interface Incoming {
  readonly kind: string // which Capabilities: 'dm', 'comment', 'review', 'mail' …
  readonly externalId: string
  /** Where senders name their messages themselves, and may use a name twice: that name. `externalId` begins with it and a blank; the thread keys it stands in are its own. */
  readonly name?: string
  readonly from: Party
  readonly to?: readonly Party[]
  readonly cc?: readonly Party[]
  readonly subject?: string
  readonly text: string
  /** All of it, where `text` leaves out what was only quoted. */
  readonly fullText?: string
  readonly html?: Uint8Array
  readonly parts: readonly Part[]
  readonly attachments: readonly IncomingFile[]
  readonly repliesTo: readonly string[]
  readonly automatic?: string
  /** `false`: where it belongs to no conversation it begins none. It is set aside, and a person may have a ticket opened for it. */
  readonly begins?: false
  /** Of something `automatic`: it opens the reply window all the same, as the customer did it (a tapped link or advertisement). */
  readonly opens?: true
  readonly vendor: Readonly<Record<string, string>> // what send() will need again
}
interface About {
  readonly target: string
  readonly revision: string
  readonly by?: Party
}
/** What normalize may say, a type each. ingest adds workspace, channel, account, raw, id, and puts bytes where they belong. */
export interface InboundData {
  'message.received': Incoming
  /**
   * Written by us or another tool, seen through the vendor. `from` is us, `to[0]` the customer. `ours`: our key, where the vendor gives it
   * back. `mayBeOurs`: it gives none, so this may be the echo of a reply whose answer has not come yet: the oldest of the conversation
   * that is under way or unsure and says the same is then proven by it. `stands`: where a vendor keeps one answer (reviews), the external
   * ids of all of ours that stood there when this was seen: what went out before and is not among them has been overwritten.
   */
  'message.echoed': Incoming & {
    readonly ours?: string
    readonly mayBeOurs?: true
    readonly stands?: readonly string[]
  }
  'message.edited': About & Pick<Incoming, 'text' | 'html' | 'parts' | 'attachments'>
  'message.deleted': About
  'message.reacted': About & { readonly emoji: string | null }
  'message.delivery_updated': {
    readonly externalId?: string
    readonly ours?: string
    readonly upTo?: Instant
    readonly state: 'sent' | 'delivered' | 'read' | 'failed'
    readonly code?: string
    readonly why?: string
    readonly participant?: string
    /** The address a report speaks of. Where it is only one of those a reply went to as well, the reply has not failed. */
    readonly recipient?: string
    /**
     * Of what anybody could say who has seen the message: a thread key of its conversation that only those have whom it went to. Where it
     * leads elsewhere or nowhere this counts for nothing, and people are shown it.
     */
    readonly proof?: string
  }
  'contact.linked': { readonly from: readonly string[]; readonly to: Party; readonly why: string }
  /** What a customer told the vendor about being written to: `stop` or `resume`, of a subject (`marketing_messages`). */
  'contact.preference_changed': {
    readonly party: Party
    readonly subject: string
    readonly value: 'stop' | 'resume'
    readonly why?: string
    /** A reply of ours that proves it: it counts only for an address that reply went to. */
    readonly ours?: string
  }
  'template.state_changed': {
    readonly template: string
    readonly name: string
    readonly language: string
    readonly state?: TemplateState
    readonly quality?: string
    readonly category?: string
    readonly why?: string
  }
  'channel.health_changed': {
    /**
     * Leave out when the vendor tells a fact that changes no state (a better limit). A vendor that bans an account makes it
     * `auth_failed`: only a person switches one off, as nothing would be heard of it any more, not even that it is back.
     */
    readonly state?: Extract<HealthState, 'connected' | 'degraded' | 'auth_failed'>
    readonly why?: string
    readonly facts: Readonly<Record<string, string>>
  }
  'ingest.quarantined': { readonly path: string; readonly why: string }
}
/**
 * `dedupe` is the sheet's dedupe key: different for different facts of one message (sent, delivered, edit). `lane` orders (sender or
 * thread root, from the bytes alone); `threadKeys`, strongest first, are what threading resolves to a conversation: empty only where
 * there is none (templates, health, quarantine); each says that whoever wrote belongs there. An item that cannot be read is an event of its own, so its neighbours live.
 */
export type InboundEvent<T extends keyof InboundData = keyof InboundData> = {
  [K in T]: {
    readonly type: K
    readonly dedupe: string
    readonly lane: string
    readonly threadKeys: readonly string[]
    /** Lead to a conversation where no thread key does, because its requester and whoever wrote are of one organisation: they join, marked as new. Never become keys by themselves. */
    readonly colleagueKeys?: readonly string[]
    /** Lead to a conversation where no thread key does, whoever wrote: they come in as a guest. Never become keys by themselves. */
    readonly guestKeys?: readonly string[]
    /** Where nothing else leads anywhere, and only to a conversation that was alive within 90 days. Never become keys by themselves. */
    readonly weakKeys?: readonly string[]
    readonly at: Instant
    /** History the vendor hands over after the fact: it is recorded, but greets nobody and starts no clock. Live when left out. */
    readonly origin?: 'import'
    readonly data: InboundData[K]
  }
}[T]
