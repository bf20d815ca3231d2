// What a vendor says about an account itself: the state of its templates and its health; the newest fact counts.
import type { EventOf } from '../schemas/events.ts'
import type { ChannelName } from '../schemas/ids.ts'
import type { Reader } from '../core/ports/reader.ts'
import type { AccountRow, TemplateRow } from '../core/ports/rows.ts'
import { lockOf, nothing, worker, type Decision } from '../core/ports/worker.ts'
import { accountLock } from '../core/rules/account-lock.ts'

type Said = EventOf<'template.state_changed' | 'channel.health_changed'>
type TemplateSaid = EventOf<'template.state_changed'>
type HealthSaid = EventOf<'channel.health_changed'>
interface Facts {
  readonly template: TemplateRow | null
  readonly account: AccountRow | null
}

export default worker({
  name: 'channels',
  on: ['template.state_changed', 'channel.health_changed'],
  guard: 'inbox',
  locks: (event: Said) => [
    event.type === 'template.state_changed'
      ? lockOf('thread', event.channel, event.account, `template:${event.data.template}:${event.data.language}`)
      : accountLock(event.channel, event.account),
  ],
  async facts(events: readonly Said[], read) {
    const each: Facts[] = []
    // One after the other: a transaction has one connection.
    for (const event of events) each.push(await factsOf(event, read))
    return { each, shared: undefined }
  },
  decide: (event: Said, facts: Facts): Decision =>
    event.type === 'template.state_changed' ? templateSaid(event, facts) : healthSaid(event, facts),
})

async function factsOf({ channel, account, data, type }: Said, read: Reader): Promise<Facts> {
  if (channel === null || account === null) return { template: null, account: null }
  if (type === 'channel.health_changed') return { template: null, account: await read.accounts.one(channel, account) }
  const { template, language } = data
  const [row] = await read.templates.byIds([{ channel, account, template, language }])
  return { template: row ?? null, account: null }
}

/** What the vendor did not say this time stays as it was. */
function templateSaid({ channel, account, data, at }: TemplateSaid, { template: known }: Facts): Decision {
  if (channel === null || account === null || (known !== null && known.at > at)) return nothing
  const template: TemplateRow = {
    channel: channel satisfies ChannelName,
    account,
    template: data.template,
    name: data.name,
    language: data.language,
    state: data.state ?? known?.state ?? null,
    quality: data.quality ?? known?.quality ?? null,
    category: data.category ?? known?.category ?? null,
    why: data.state === null ? (known?.why ?? null) : data.why,
    at,
  }
  return { changes: [{ do: 'set-template', template }], events: [] }
}

/**
 * Only what came from the vendor, which has bytes behind it: what our own loops found out is recorded where they raise it. An account that
 * a person switched off stays off, whatever the vendor says; older words than the present state's change no state.
 */
function healthSaid({ channel, account: id, data, at, raw }: HealthSaid, { account }: Facts): Decision {
  if (channel === null || id === null || account === null || raw === null) return nothing
  const stands = account.state === 'disabled' || account.state === 'draft' || account.since > at
  const state = stands ? null : data.state
  if (state === null && Object.keys(data.facts).length === 0) return nothing
  const { why, facts } = data
  return { changes: [{ do: 'set-health', channel, account: id, state, why, facts, at }], events: [] }
}
