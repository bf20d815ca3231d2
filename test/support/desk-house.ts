// One gateway for the rows of the desk: live chats and real mail come in as vendors bring them, everything else goes over `/v1`, as a tool does it.
import { expect } from 'vitest'
import type { StandIn, RunningStandIn } from '../../core/ports/stand-in.ts'
import { readRegistry } from '../../core/registry.ts'
import { foldersOf } from '../../infra/drivers/folders.ts'
import type { HistoryAnswer, TicketAnswer } from '../../schemas/answers.ts'
import type { AgentAnswer } from '../../schemas/desk-answers.ts'
import { noteSecrets } from './canaries.ts'
import { deskOf, until, type CloudEvent, type Desk, type Fields, type Problem } from './desk.ts'
import type { Gateway } from './gateway-process.ts'
import { journey, type Journey, type JourneyOptions } from './journey.ts'

/** Conversations that go on now, at a vendor that calls; and letters, in a mailbox that is read. */
export const [chat, letters] = ['whatsapp', 'email']
export const password = 'kedi çatıda uyur 77'

export interface Mail {
  /** Their address; somebody new when left out. */
  readonly from?: string
  readonly name?: string
  readonly subject?: string
  readonly text?: string
  readonly at?: Date
  readonly headers?: Readonly<Record<string, string>>
}
export interface DeskHouse {
  readonly gateway: Gateway
  readonly chats: RunningStandIn
  /** The mailboxes, and what went out as mail. */
  readonly box: RunningStandIn
  readonly desk: Desk
  readonly journey: Journey
  /** A new customer, or this one, writes to the first number or another; the ticket once rules were asked about it. */
  chat(text: string, how?: { readonly customer?: number; readonly account?: number }): Promise<TicketAnswer>
  mail(mail?: Mail): Promise<TicketAnswer>
  /** The bytes of it only. */
  post(mail: Mail): Promise<string>
  /** Done as the administrator’s key, or as a person; throws where it was refused. */
  done<Body = Fields>(method: string, path: string, body?: unknown, key?: string): Promise<Body>
  /** Refused, with which code. */
  refused(method: string, path: string, body?: unknown, key?: string): Promise<readonly [number, string | undefined]>
  agent(id: string, more?: Fields): Promise<AgentAnswer>
  /** Made, invited, and in by their own password. */
  person(id: string, more?: Fields): Promise<{ readonly id: string; readonly token: string }>
  is(agent: string, presence: string): Promise<void>
  /** Changes what is kept, whatever version it has by now. */
  change(path: string, set: Fields): Promise<void>
  drop(...paths: readonly string[]): Promise<void>
  history(ticket: string): Promise<readonly HistoryAnswer[]>
  /** Why the last such step was taken: the rule's id, or what else said so. */
  because(ticket: string, event: string, field?: string): Promise<HistoryAnswer['because']>
  /** Until it is theirs; null: nobody's. */
  owned(ticket: string, by: string | null): Promise<TicketAnswer>
  until(ticket: string, is: (found: TicketAnswer) => boolean): Promise<TicketAnswer>
  /** Everything that came before this call has been thought over by all workers: a message written now is triaged and shared out. */
  settled(): Promise<void>
  events(type: string, ticket?: string): Promise<readonly CloudEvent[]>
  end(): Promise<void>
}

export async function deskHouse(
  seed: number,
  args: readonly string[] = [],
  how: Partial<JourneyOptions> = {},
): Promise<DeskHouse> {
  const registry = await readRegistry(foldersOf())
  const standIns = await Promise.all([chat, letters].map((name) => registry.standIn(name as never) as Promise<StandIn>))
  const at = await journey(chat!, standIns[0]!, { seed, args, bare: true, ...how })
  const box = await standIns[1]!.start({ seed: seed + 1 })
  noteSecrets([...Object.values(box.account().secrets), password])
  const { gateway, vendor: chats, desk } = at
  const mails = deskOf(gateway, letters!, box)
  const done: DeskHouse['done'] = async (method, path, body, key) => {
    const answer = await gateway.call<never>(method, path, {
      ...(body === undefined ? {} : { body }),
      ...(key === undefined ? {} : { key }),
    })
    expect(answer.status, `${method} ${path}: ${answer.text}`).toBeLessThan(300)
    return answer.body
  }
  const refused: DeskHouse['refused'] = async (method, path, body, key) => {
    const answer = await gateway.call<Problem>(method, path, {
      ...(body === undefined ? {} : { body }),
      ...(key === undefined ? {} : { key }),
    })
    return [answer.status, answer.body.code] as const
  }
  for (const [id, language] of [
    ['shop', 'tr'],
    ['bank', 'de'],
  ])
    await done('POST', '/v1/brands', { id, name: id, language, timezone: 'Europe/Istanbul' })
  await desk.account({ more: { brand: 'shop' } })
  await desk.account({ id: 'second', n: 1, more: { brand: 'bank', endpoint: 'main' } })
  await mails.account({ more: { brand: 'shop' } })
  await until(
    () => done<{ health: { state: string } }>('GET', `/v1/accounts/${letters}/main`),
    ({ health }) => health.state === 'connected',
  )
  let [customers, letter] = [100, 0]

  const whole: DeskHouse = {
    gateway,
    chats,
    box,
    desk,
    journey: at,
    done,
    refused,
    async chat(text, how = {}) {
      const customer = how.customer ?? (customers += 1)
      const before = how.customer === undefined ? [] : await desk.tickets(`?requester=${addressOf(chats, customer)}`)
      await chats.write({ customer, text, account: how.account ?? 0 })
      const found = await desk.ticketsOf(customer, before.length + 1)
      return desk.triaged(found[0]!.id)
    },
    async mail(mail = {}) {
      const from = await whole.post(mail)
      const [found] = await until(
        () => desk.list<TicketAnswer>(`/v1/tickets?requester=${encodeURIComponent(from)}`),
        (all) => all.length > 0,
        // Where the clock jumped the lease on its mailbox is over; who reads it comes back after a pause, longer each time within minutes.
        70_000,
      )
      return desk.triaged(found!.id)
    },
    async post(mail) {
      letter += 1
      const from = mail.from ?? `person${letter}@people.test`
      await box.post(mailOf({ ...mail, from }, letter))
      return from
    },
    agent: (id, more = {}) => done('POST', '/v1/agents', { id, name: id, email: `${id}@shop.example`, ...more }),
    async person(id, more = {}) {
      await whole.agent(id, more)
      const { link } = await done<{ link: string }>('POST', `/v1/agents/${id}/invite`)
      const { token } = await done<{ token: string }>('POST', '/v1/invitations/accept', { link, password })
      return { id, token }
    },
    is: async (agent, presence) => void (await done('PATCH', `/v1/agents/${agent}/presence`, { presence })),
    async change(path, set) {
      const { version } = await done<{ version: number }>('GET', path)
      await done('PATCH', path, { version, ...set })
    },
    async drop(...paths) {
      for (const path of paths) await done('DELETE', path)
    },
    history: (ticket) => desk.history(ticket),
    because: async (ticket, event, field) =>
      (await desk.history(ticket)).findLast(
        (it) => it.event === event && (field === undefined || it.change?.field === field),
      )?.because,
    owned: (ticket, by) => whole.until(ticket, (found) => found.assignee === by),
    until: (ticket, is) => until(() => desk.ticket(ticket), is),
    async settled() {
      const last = await whole.chat('merhaba')
      await until(
        () => desk.events('?types=ticket.triaged'),
        (all) => all.some(({ data }) => data['ticket'] === last.id),
      )
    },
    events: async (type, ticket) =>
      (await desk.events(`?types=${type}`)).filter(({ data }) => ticket === undefined || data['ticket'] === ticket),
    async end() {
      await box.stop()
      await at.end()
    },
  }
  return whole
}

const addressOf = (vendor: RunningStandIn, customer: number): string => {
  const { address, name } = vendor.customer(customer)
  return encodeURIComponent(address === '' ? name : address)
}

function mailOf({ from, name, subject, text, at, headers }: Mail, n: number): string {
  const head = {
    'Message-ID': `<row${n}@people.test>`,
    From: `${name ?? 'Ana Kaya'} <${from}>`,
    To: '<support@shop.test>',
    Subject: subject ?? `Letter ${n}`,
    Date: (at ?? new Date()).toUTCString(),
    'Content-Type': 'text/plain; charset=utf-8',
    ...headers,
  }
  const lines = Object.entries(head).map(([field, value]) => `${field}: ${value}`)
  return `${lines.join('\r\n')}\r\n\r\n${text ?? 'Merhaba, bir sorum var.'}\r\n`
}
