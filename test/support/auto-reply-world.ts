// A desk in memory that answers by itself: mails and chats come through threading, triage and automatic replies, as they would by the log.
import type { AutoReplyNote, AutoReplyRow } from '../../core/ports/auto-reply-rows.ts'
import type { CalendarRow, DeskRows } from '../../core/ports/desk-rows.ts'
import type { Capabilities } from '../../core/ports/channel.ts'
import type { BrandRow, MessageRow } from '../../core/ports/rows.ts'
import { autoReplyDefault } from '../../core/rules/desk-defaults.ts'
import { emptyDesk } from '../../core/rules/make-desk.ts'
import type { AnyEvent, Envelope, EventData, EventOf, EventType } from '../../schemas/events.ts'
import type { Instant } from '../../schemas/ids.ts'
import type { Party } from '../../schemas/message.ts'
import autoreply from '../../workers/autoreply/index.ts'
import threading from '../../workers/threading/index.ts'
import triage from '../../workers/triage/index.ts'
import { accountRow, channel, dm, echoed, received, start } from './given.ts'
import { emptyWorld, keyOf, take, type World } from './world.ts'

/** Letters: no windows, many answers, each thread a conversation. */
export const letters: Capabilities = {
  live: false,
  visibility: 'private',
  text: { max: 5_000, unit: 'codePoints', format: 'html' },
  attachments: 'none',
  parts: [],
  windows: [],
  replies: 'many',
  threads: 'message',
  machinesHeed: 'automatic_mail',
  resend: 'may-duplicate',
}
export const autoReplyRow = (more: Partial<AutoReplyRow> = {}): AutoReplyRow => ({
  ...autoReplyDefault,
  id: 'thanks',
  name: 'Thanks',
  kind: 'opened',
  texts: { en: { text: 'We have your mail, {{ticket.number}}.' } },
  version: 1,
  ...more,
})
/** In Istanbul, on weekdays from nine to five. */
export const office: CalendarRow = {
  id: 'office',
  name: 'Office',
  timezone: 'Europe/Istanbul',
  weekly: Object.fromEntries(['mon', 'tue', 'wed', 'thu', 'fri'].map((day) => [day, [{ from: '09:00', to: '17:00' }]])),
  holidays: [],
  exceptions: [],
  version: 1,
}
export const shop = { id: 'shop', name: 'Shop', language: 'en', timezone: null, calendar: 'office', version: 1 }

interface Given extends Partial<Omit<DeskRows, 'autoReplies' | 'brands'>> {
  readonly replies?: readonly Partial<AutoReplyRow>[]
  readonly brand?: Partial<BrandRow>
}
/** What somebody wrote. */
export interface Word {
  /** Its id at the vendor; the same word twice is one message. */
  readonly id: string
  /** `ada@people.example` writes letters; digits chat. */
  readonly from?: string
  readonly name?: string | null
  readonly thread?: string
  readonly at?: Instant
  readonly data?: Partial<EventData['message.received']>
  readonly envelope?: Partial<Envelope>
}
type Any = Parameters<typeof take<EventType, unknown>>[1]
const workers = [threading, triage, autoreply] as unknown as readonly Any[]

export const partyOf = (from: string, name: string | null): Party => {
  const isLetter = from.includes('@')
  const keys = [`${isLetter ? 'email' : 'phone'}:${from}`]
  return { id: from, name, address: isLetter ? from : `+${from}`, keys }
}
export function autoReplyWorld({ replies = [{}], brand, ...desk }: Given = {}) {
  const world: World = emptyWorld()
  Object.assign(world.kinds, { mail: letters, dm: { ...dm, text: { ...dm.text, max: 4_000 } } })
  const row = { ...shop, ...brand }
  world.desk = { ...emptyDesk, version: 1, calendars: [office], ...desk, autoReplies: replies.map(autoReplyRow) }
  world.brands.set(row.id, row)
  world.accounts.set(keyOf(channel, 'main'), accountRow({ settings: { routes: ['help@shop.example'] } }))

  async function hear(first: AnyEvent, now?: Instant): Promise<void> {
    const waiting = [first]
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      for (const worker of workers)
        if (worker.on.includes(next.type)) waiting.push(...(await take(world, worker, next as never, now)))
  }
  function word({ id, from = 'ada@people.example', name = 'Ada', thread, at = start, data, envelope }: Word) {
    const isLetter = from.includes('@')
    const key = thread ?? (isLetter ? `mail:${id}` : `phone:${from}`)
    const told = { kind: isLetter ? 'mail' : 'dm', from: partyOf(from, name), threadKeys: [key], text: 'Where is it?' }
    return received(id, { ...told, receivedAt: at, ...data }, { at, key, subject: key, ...envelope })
  }
  return {
    world,
    hear,
    word,
    comes: (it: Word, now?: Instant) => hear(word(it), now),
    /** An agent answered, by whatever way. */
    async agentWrites(to: string, at: Instant, id = `agent ${at}`): Promise<void> {
      const party = partyOf(to, 'Ada')
      const kind = to.includes('@') ? 'mail' : 'dm'
      const key = `phone:${to}`
      await hear(echoed(id, { kind, to: [party], threadKeys: [key], text: 'Hello' }, { at, key }))
    },
    sent: (): readonly MessageRow[] =>
      [...world.messages.values()].filter((it) => it.kind === 'auto' && it.direction === 'out'),
    texts: (): readonly string[] =>
      [...world.messages.values()].filter((it) => it.kind === 'auto' && it.direction === 'out').map(({ text }) => text),
    notes: (): readonly AutoReplyNote[] => world.notes,
    events: <T extends EventType>(type: T): readonly EventOf<T>[] =>
      world.events.filter((it) => it.type === type) as unknown as readonly EventOf<T>[],
    /** Why nothing was sent, as the history tells. */
    withheld(): readonly string[] {
      return this.events('ticket.auto_reply_withheld').map(({ data }) => data.code)
    },
  }
}
