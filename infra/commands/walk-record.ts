// What passes through the ports of a house while it is walked through: appended, locked, decided, raised.
import type { AnyEvent } from '../../schemas/events.ts'
import type { Batch, EventLog } from '../../core/ports/event-log.ts'
import type { Store, StoreTx } from '../../core/ports/store.ts'
import type { AnyWorker, Change, LockKey } from '../../core/ports/worker.ts'
import type { HouseNeeds } from '../house.ts'

export interface Record {
  readonly appended: Batch[]
  readonly locks: LockKey[]
  readonly facts: unknown[]
  readonly changes: Change[]
  readonly raised: AnyEvent[]
}
export const emptyRecord = (): Record => ({ appended: [], locks: [], facts: [], changes: [], raised: [] })

/** For `buildHouse`: the real ports, with a look at what goes in. */
export const recording =
  (into: () => Record): NonNullable<HouseNeeds['wrap']> =>
  (name, port) => {
    if (name === 'log') return watched(port, { append: (batch) => void into().appended.push(batch as Batch) })
    if (name !== 'store') return port
    const store = port as unknown as Store
    const transaction: Store['transaction'] = (work) =>
      store.transaction((enter) => work(async (workspace) => watchedTx(await enter(workspace), into())))
    return { ...store, transaction } as unknown as typeof port
  }

const watchedTx = (tx: StoreTx, record: Record): StoreTx =>
  watched(tx, {
    lock: (keys) => void record.locks.push(...(keys as readonly LockKey[])),
    apply: (changes) => void record.changes.push(...(changes as readonly Change[])),
    emit: (events) => void record.raised.push(...(events as readonly AnyEvent[])),
  })

type Look<T> = { readonly [K in keyof T]?: (first: unknown) => void }
/** The port itself, whose first argument is shown to somebody on the way. */
function watched<T extends object>(port: T, looks: Look<T> & Look<EventLog>): T {
  return new Proxy(port, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      const look = (looks as Readonly<{ [name: string | symbol]: ((first: unknown) => void) | undefined }>)[name]
      if (typeof value !== 'function') return value
      return (...given: unknown[]): unknown => {
        look?.(given[0])
        return Reflect.apply(value, target, given)
      }
    },
  })
}

/** A worker that tells what it was given to decide on. */
export const watchedWorker = (worker: AnyWorker, record: Record): AnyWorker => ({
  ...worker,
  locks: (event) => worker.locks(event),
  ...(worker.moreLocks === undefined ? {} : { moreLocks: (event, facts) => worker.moreLocks?.(event, facts) ?? [] }),
  async facts(events, read) {
    const found = await worker.facts(events, read)
    record.facts.splice(0, record.facts.length, ...found.each)
    return found
  },
  decide: (...given) => worker.decide(...given),
})
