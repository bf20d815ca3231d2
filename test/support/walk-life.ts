// One life of a process that ends at a chosen moment: at the n-th time it waits for a port, before the call or after its work.
import { makeCommands } from '../../core/runtime/run-command.ts'
import type { EventLog } from '../../core/ports/event-log.ts'
import type { Store, StoreTx } from '../../core/ports/store.ts'
import type { House } from '../../infra/house.ts'

export class Crash extends Error {
  constructor(where: string) {
    super(`the process ended ${where}`)
    this.name = 'Crash'
  }
}
export interface Life {
  /** The same house, with every port counted. */
  readonly house: House
  /** Resolves with where it ended; never, when the stop is not reached. */
  readonly crashed: Promise<string>
  isDead(): boolean
  /** Where it ended; null while it lives. */
  readonly endedAt: string | null
}
type Gate = (where: string) => void

/** Not moments of their own: what only waits for news, looks, or answers from memory. */
const passing = new Set([
  'wait',
  'changed',
  'lag',
  'ping',
  'close',
  'raws',
  'nudge',
  'now',
  'capabilities',
  'kinds',
  'keysOfReply',
  'address',
  'whyNotAnAccount',
  'routesOf',
])

/** `stopAt`: the so many-eth moment, or the first of this name. From its end on every call of this life throws; a transaction under way is rolled back by that throw, as the server would. */
export function lifeOf(house: House, stopAt: number | string): Life {
  const end = Promise.withResolvers<string>()
  let calls = 0
  let endedAt: string | null = null
  const gate: Gate = (where) => {
    calls += 1
    if (endedAt === null && (calls === stopAt || where === stopAt)) end.resolve((endedAt = where))
    if (endedAt !== null) throw new Crash(endedAt)
  }
  const store = storeBehind(gate, house.store)
  const queues = { ...house.queues }
  for (const [name, port] of Object.entries(house.queues))
    // Who is there is read once at the start and followed from memory.
    if (typeof port === 'object' && name !== 'accounts') Object.assign(queues, { [name]: behind(gate, name, port) })
  return {
    crashed: end.promise,
    isDead: () => endedAt !== null,
    get endedAt() {
      return endedAt
    },
    house: {
      ...house,
      store,
      queues,
      log: logBehind(gate, house.log),
      blobs: behind(gate, 'blobs', house.blobs),
      http: behind(gate, 'http', house.http),
      commands: makeCommands({
        ...house,
        store,
      }),
    },
  }
}

/** Every method: once before its call, once after its work but before the answer is seen. */
function behind<T extends object>(gate: Gate, name: string, port: T): T {
  return new Proxy(port, {
    get(target, key, self) {
      const member: unknown = Reflect.get(target, key, self)
      if (typeof key !== 'string' || passing.has(key)) return member
      if (typeof member === 'object' && member !== null) return behind(gate, `${name}.${key}`, member)
      if (typeof member !== 'function') return member
      return async (...words: unknown[]) => {
        gate(`before ${name}.${key}`)
        const answer: unknown = await (member as (...all: unknown[]) => unknown).apply(target, words)
        gate(`after ${name}.${key}`)
        return answer
      }
    },
  })
}

/** A batch that was handled moves the position afterwards: the process may end between the two. */
const logBehind = (gate: Gate, log: EventLog): EventLog => ({
  ...log,
  append: behind(gate, 'log', log).append,
  raw: behind(gate, 'log', log).raw,
  consume: (group, types, handle, signal, options) =>
    log.consume(
      group,
      types,
      async (batch) => {
        gate('before a batch is handled')
        await handle(batch)
        gate('after a batch was handled, before its position moved')
      },
      signal,
      // One batch at a time: the n-th moment of one life is then the n-th of the next, and the walk leaves none out.
      { ...options, handlers: 1 },
    ),
})

const storeBehind = (gate: Gate, store: Store): Store => ({
  async transaction(work) {
    gate('before a transaction')
    const result = await store.transaction((enter) =>
      work(async (workspace) => {
        const tx = await enter(workspace)
        gate('after a workspace was entered')
        return txBehind(gate, tx)
      }),
    )
    gate('after a commit')
    return result
  },
})

const txBehind = (gate: Gate, tx: StoreTx): StoreTx => {
  const read = behind(gate, 'tx.read', tx.read)
  return behind(gate, 'tx', { ...tx, read })
}
