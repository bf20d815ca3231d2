// A desk to measure: fifty rules of the usual kinds, a group, twenty agents who are there, and an account that gives work out by itself.
import type { Inlet } from './inlet.ts'
import { channel } from './inlet.ts'

export const rulesOfADesk = 50
const agents = Array.from({ length: 20 }, (_, n) => `agent${n}`)

async function must(inlet: Inlet, method: 'POST' | 'PATCH', path: string, body: unknown): Promise<void> {
  const { status, text } = await inlet.call(method, path, { body })
  if (status >= 300) throw new Error(`${method} ${path} was answered with ${status}: ${text.slice(0, 300)}`)
}

/** Every message of the bench is met by one rule for its priority and one for its group, among others that do not match. */
export async function openDesk(inlet: Inlet): Promise<void> {
  await must(inlet, 'POST', '/v1/groups', { id: 'orders', name: 'Orders' })
  for (const id of agents)
    await must(inlet, 'POST', '/v1/agents', {
      id,
      name: id,
      email: `${id}@shop.example`,
      role: 'agent',
      groups: ['orders'],
      capacity: { '*': 10_000, [channel]: 10_000 },
    })
  for (const id of agents) await must(inlet, 'PATCH', `/v1/agents/${id}/presence`, { presence: 'online' })
  for (const rule of deskRules) await must(inlet, 'POST', '/v1/rules', rule)
  const { text } = await inlet.call('GET', `/v1/accounts/${channel}/line0`)
  const { version } = JSON.parse(text) as { readonly version: number }
  await must(inlet, 'PATCH', `/v1/accounts/${channel}/line0`, { version, assignment: 'auto' })
}

const contains = (field: string, value: string) => ({ field, op: 'contains', value })
const deskRules = [
  { id: 'ask', name: 'Where is it', weight: 90, when: contains('message.text', 'where is my order'), then: { priority: 'high' } }, // prettier-ignore
  { id: 'route', name: 'Orders', weight: 91, when: contains('message.text', 'order'), then: { group: 'orders' } },
  ...Array.from({ length: rulesOfADesk - 2 }, (_, n) => ({
    id: `other${n}`,
    name: `Other ${n}`,
    weight: n,
    when: {
      all: [
        contains('message.text', `subscription ${n}`),
        { any: [contains('contact.name', `John ${n}`), { field: 'ticket.language', op: 'is', value: 'de' }] },
      ],
    },
    then: n % 2 === 0 ? { priority: 'urgent' } : { tags: [`kind ${n}`] },
  })),
].map((rule) => ({ ...rule, on: 'created' }))

/** The newest tickets that are routed, prioritised and somebody's: at the rate, half a second of them, and no more than a page. A larger page costs the gateway as much as what is measured. */
export const readyTickets = (rate: number): string =>
  `/v1/tickets?limit=${Math.min(200, rate / 2)}&priority=high&group=orders&assignee=${agents.join(',')}`

/** Events of a message that opens a ticket, and of one on a ticket that is there: who is behind by more is behind by messages. */
export const opening = { feed: 9, others: 7 }
export const following = { feed: 3, others: 1 }

/** Messages whose ticket has passed every worker. */
export async function carried(
  inlet: Inlet,
  each: typeof opening,
): Promise<{ readonly accepted: number; readonly handled: number }> {
  const page = await inlet.metrics()
  const accepted = inlet.metric(page, 'inlet_accepted_total', { type: 'message.received' })
  const threaded = inlet.metric(page, 'inlet_handled_total', { worker: 'threading' })
  const behind = (worker: string) => inlet.metric(page, 'inlet_lag_events', { worker })
  const others = ['triage', 'assignment', 'sla', 'autoreply', 'notices'].map((worker) => behind(worker) / each.others)
  return { accepted, handled: Math.min(threaded, accepted - Math.max(behind('feed') / each.feed, ...others)) }
}
