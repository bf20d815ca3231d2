// Plays the demo's hour: customers write through the stand-ins, an agent answers through the API, nothing goes round either.
import { randomUUID } from 'node:crypto'
import type { Clock } from '../../core/ports/edges.ts'
import type { RunningStandIn } from '../../core/ports/stand-in.ts'
import type { ReplyAnswer, TicketAnswer } from '../../schemas/answers.ts'
import type { ApiClient } from './api-client.ts'
import { passersBy, picture, story, type Line } from './demo-script.ts'
import { printable } from './table.ts'
import { ToolRefusal } from './tool.ts'

/** A channel in the demo. */
export interface Stage {
  readonly name: string
  readonly account: string
  readonly standIn: RunningStandIn
}
export interface PlayDeps {
  readonly client: ApiClient
  readonly clock: Clock
  readonly stop: AbortSignal
  say(text: string): void
}
export interface Played {
  readonly messages: number
  readonly accepted: number
  /** What the agent asked for. */
  readonly replies: readonly { readonly id: string; readonly text: string; readonly ticket: string }[]
}

interface Doing {
  readonly atMs: number
  do(): Promise<void>
}

/** Every stage plays the whole story with people of its own. `minuteMs`: how long a minute of it takes. */
export async function play(stages: readonly Stage[], minuteMs: number, deps: PlayDeps): Promise<Played> {
  const played = { messages: 0, accepted: 0, replies: [] as Played['replies'][number][] }
  const wrote = async (stage: Stage, line: Line): Promise<void> => {
    played.messages += 1
    const knock = await write(stage, line)
    if (knock.status >= 200 && knock.status < 300) played.accepted += 1
  }
  const doings = stages.flatMap((stage): Doing[] => [
    ...story.map((line) => ({
      atMs: line.minute * minuteMs,
      do: async () => {
        deps.say(told(stage, line))
        if (line.reply === undefined) return wrote(stage, line)
        played.replies.push(await answer(stage, line, deps))
      },
    })),
    ...passing().map(({ minute, who }) => ({ atMs: minute * minuteMs, do: () => wrote(stage, { minute, who }) })),
  ])
  await inTime(
    doings.toSorted((a, b) => a.atMs - b.atMs),
    deps,
  )
  return played
}

const passing = (): readonly { readonly minute: number; readonly who: number }[] =>
  Array.from({ length: passersBy.many * 2 }, (_, n) => ({
    minute: 1.2 * (n + 1),
    who: passersBy.first + (n % (passersBy.many + 7)),
  }))

async function inTime(doings: readonly Doing[], { clock, stop }: PlayDeps): Promise<void> {
  const began = clock.ticks()
  const underWay: Promise<void>[] = []
  for (const doing of doings) {
    const waitMs = began + doing.atMs - clock.ticks()
    if (waitMs > 0) await clock.sleep(waitMs, stop).catch(() => undefined)
    if (stop.aborted) break
    underWay.push(doing.do())
  }
  await Promise.all(underWay)
}

function write({ standIn }: Stage, { who, says, kind }: Line) {
  const file = kind === 'image' ? { file: { name: 'foto.png', type: 'image/png', bytes: picture } } : {}
  return standIn.write({
    customer: who,
    ...(says === undefined ? {} : { text: says }),
    ...(kind === undefined ? {} : { kind }),
    ...file,
  })
}

/** As an agent's tool would: find the ticket, answer it, say how it stands. */
async function answer(stage: Stage, line: Line, deps: PlayDeps): Promise<Played['replies'][number]> {
  const { client } = deps
  const ticket = await ticketOf(stage, line.who, deps)
  const text = line.reply ?? ''
  if (line.trouble !== undefined) stage.standIn.fail(1, { how: line.trouble })
  const asked = await client.call('POST', `/v1/tickets/${ticket.id}/replies`, {
    body: { text },
    idempotencyKey: randomUUID(),
  })
  if (line.status !== undefined) await setStatus(ticket.id, line.status, client)
  return { id: (asked.body as ReplyAnswer).id, text, ticket: ticket.id }
}

/** Somebody else may have changed it in between: then what they left is read and the wish is said again. */
async function setStatus(id: string, status: string, client: ApiClient): Promise<void> {
  for (let tries = 0; tries < 5; tries += 1) {
    const { version } = await client.get<TicketAnswer>(`/v1/tickets/${id}`)
    const { status: code } = await client.call('PATCH', `/v1/tickets/${id}`, {
      body: { version, status },
      takes: [409],
    })
    if (code !== 409) return
  }
}

async function ticketOf(stage: Stage, who: number, { client, clock, stop }: PlayDeps): Promise<TicketAnswer> {
  const { address, name } = stage.standIn.customer(who)
  const asked = new URLSearchParams({ channel: stage.name, requester: address === '' ? name : address })
  const until = clock.ticks() + ticketWithinMs
  while (clock.ticks() < until) {
    const [ticket] = await client.all<TicketAnswer>(`/v1/tickets?${asked}`)
    if (ticket !== undefined) return ticket
    await clock.sleep(100, stop)
  }
  throw new ToolRefusal(
    `What ${name} wrote at ${stage.name} is on no ticket after ${ticketWithinMs / 1000} seconds; the gateway’s log above says what became of it.`,
  )
}
/** A message is on its ticket in a tenth of a second; a machine with much other work takes longer. */
const ticketWithinMs = 60_000

function told(stage: Stage, line: Line): string {
  const { name } = stage.standIn.customer(line.who)
  const minute = `${String(line.minute).padStart(2)} min  ${stage.name}`
  if (line.reply !== undefined) return `${minute}  agent to ${name}: ${line.reply}\n`
  return `${minute}  ${printable(name)}: ${line.says ?? ''}${line.kind === undefined ? '' : ` [${line.kind}]`}\n`
}
