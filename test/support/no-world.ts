// Takes clock, chance and network away while something runs that must need none of them.
import { Socket } from 'node:net'

const gone = (what: string) => (): never => {
  throw new Error(`something that must be pure reached for ${what}`)
}

/** Runs with the world removed and puts it back, whatever happens. Nothing else may run meanwhile. */
export async function withoutWorld<T>(run: () => T | Promise<T>): Promise<T> {
  const kept = { Date: globalThis.Date, fetch: globalThis.fetch, random: Math.random, now: performance.now }
  const connect = Socket.prototype.connect
  globalThis.Date = datesOnlyFromValues(kept.Date)
  globalThis.fetch = gone('fetch')
  Math.random = gone('Math.random')
  performance.now = gone('performance.now')
  Socket.prototype.connect = gone('a socket')
  try {
    return await run()
  } finally {
    globalThis.Date = kept.Date
    globalThis.fetch = kept.fetch
    Math.random = kept.random
    performance.now = kept.now
    Socket.prototype.connect = connect
  }
}

/** `new Date(value)` is arithmetic; `new Date()`, `Date()` and `Date.now()` read the clock. */
function datesOnlyFromValues(real: DateConstructor): DateConstructor {
  return new Proxy(real, {
    construct: (target, args) => (args.length === 0 ? gone('new Date()')() : Reflect.construct(target, args)),
    apply: gone('Date()'),
    get: (target, name, self) => (name === 'now' ? gone('Date.now') : Reflect.get(target, name, self)),
  })
}
