// Reads the values of process settings: sizes, durations, lists, addresses; and guesses what a mistyped word was meant to be.
import ipaddr from 'ipaddr.js'

/** Either the value, or in words what would have been one. */
export type Parsed<T> = { readonly is: T } | { readonly meant: string }
export type Parser<T> = (text: string) => Parsed<T>

const matching =
  <T>(meant: string, read: (text: string) => T | null): Parser<T> =>
  (text) => {
    const value = read(text.trim())
    return value === null ? { meant } : { is: value }
  }

export const text = matching('a text', (it) => (it === '' ? null : it))
export const host = matching('a host name or an IP address, such as 127.0.0.1 or 0.0.0.0', (it) =>
  ipaddr.isValid(it) || /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i.test(it) ? it : null,
)

export const whole = (min: number, max: number): Parser<number> =>
  matching(`a whole number from ${min} to ${max}`, (it) =>
    within(/^\d{1,9}$/.test(it) ? Number(it) : Number.NaN, min, max),
  )

const within = (value: number, min: number, max: number): number | null => (value >= min && value <= max ? value : null)

const byteUnits: Readonly<Record<string, number>> = { '': 1, b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }

/** `4 MB`, `4MiB`, `512k`, `4194304`; a kB is 1024 bytes. */
export const bytes = (min: number, max: number): Parser<number> =>
  matching(`a size from ${sizeText(min)} to ${sizeText(max)}, such as 4MB`, (it) => {
    const [, amount, unit] = /^(\d{1,12}(?:\.\d{1,3})?)\s*([kmg]?)(?:i?b)?$/i.exec(it) ?? []
    if (amount === undefined || unit === undefined) return null
    return within(Math.round(Number(amount) * (byteUnits[unit.toLowerCase()] ?? Number.NaN)), min, max)
  })

export const sizeText = (size: number): string =>
  size % 1024 ** 2 === 0 ? `${size / 1024 ** 2}MB` : size % 1024 === 0 ? `${size / 1024}kB` : `${size}`

const secondsIn: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 }

/** `10`, `10s`, `5m`, `24h`, `30d`; a bare number counts in `unit`. */
export const duration = (unit: 's' | 'd', min: number, max: number): Parser<number> =>
  matching(
    `a duration from ${min}${unit} to ${max}${unit}, such as ${Math.ceil(min) + 1} or ${Math.ceil(min) + 1}${unit}`,
    (it) => {
      const [, amount, given] = /^(\d{1,9}(?:\.\d{1,3})?)\s*([smhd]?)$/i.exec(it) ?? []
      if (amount === undefined || given === undefined) return null
      const seconds = Number(amount) * (secondsIn[given.toLowerCase() || unit] ?? Number.NaN)
      return within(seconds / (secondsIn[unit] ?? 1), min, max)
    },
  )

export const oneOf = <const T extends string>(...words: readonly T[]): Parser<T> =>
  matching(`one of ${words.join(', ')}`, (it) => words.find((word) => word === it.toLowerCase()) ?? null)

export const url = (meant: string, ...schemes: readonly string[]): Parser<string> =>
  matching(meant, (it) => (URL.canParse(it) && schemes.includes(new URL(it).protocol) ? it : null))

/** With commas or spaces between. */
export const listOf =
  <T>(one: Parser<T>): Parser<readonly T[]> =>
  (given) => {
    const parsed = given
      .split(/[\s,]+/)
      .filter((it) => it !== '')
      .map((it) => one(it))
    const wrong = parsed.find((it) => 'meant' in it)
    if (parsed.length === 0 || wrong) return { meant: `a list, with commas between, of: ${wrong?.meant ?? 'values'}` }
    return { is: parsed.flatMap((it) => ('is' in it ? [it.is] : [])) }
  }

export const network = matching('an IP address or a network such as 10.0.0.0/8', (it) =>
  ipaddr.isValidCIDR(it) || (ipaddr.isValid(it) && !/^[\dx]+$/.test(it)) ? it : null,
)

/** Which channel listens where: `name=host:port`. */
export const listening = matching('a channel and its place, such as name=0.0.0.0:2525', (it) => {
  const [, channel, host, port] = /^([a-z_][a-z0-9_]{0,31})=([a-z0-9.-]+|\[[0-9a-f:]+\]):(\d{1,5})$/i.exec(it) ?? []
  if (channel === undefined || host === undefined || Number(port) > 65_535) return null
  return { channel, host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
})

/** What a name of a Host header may be: a host, with a port where it is not the usual one. */
export const hostHeader = matching('a host name, with a port where one is needed', (it) =>
  /^(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.test(it) ? it.toLowerCase() : null,
)

/** `kafka-1:9092`, `[::1]:9092`: the port is always said. */
export const broker = matching('a broker as host:port, such as kafka-1:9092', (it) =>
  /^(?:[a-z0-9][a-z0-9._-]*|\[[0-9a-f:.]+\]):[1-9]\d{0,4}$/i.test(it) && Number(/\d+$/.exec(it)?.[0]) <= 65_535
    ? it.toLowerCase()
    : null,
)

/** Brokers, or the one word `none`: an empty list. */
export const brokers = matching('a list of brokers as host:port, such as kafka-1:9092, or the word none', (it) => {
  if (it.trim().toLowerCase() === 'none') return []
  const parsed = listOf(broker)(it)
  return 'is' in parsed ? parsed.is : null
})

/** What a name of a topic may begin with. */
export const topicPrefix = matching('letters, digits, dots, dashes and underscores, at most 100', (it) =>
  /^[\w.-]{1,100}$/.test(it) ? it : null,
)

export const yesOrNo = matching('yes or no', (it) => {
  const word = it.toLowerCase()
  if (['yes', 'true', 'on', '1'].includes(word)) return true
  return ['no', 'false', 'off', '0'].includes(word) ? false : null
})

/** The nearest of `among`, when it is near enough to have been meant. */
export function nearest(word: string, among: readonly string[]): string | null {
  const ranked = among.map((one) => ({ one, away: distance(word.toLowerCase(), one.toLowerCase()) }))
  const best = ranked.sort((a, b) => a.away - b.away)[0]
  return best && best.away <= Math.max(2, Math.floor(word.length / 3)) ? best.one : null
}

/** Levenshtein: how many letters to add, drop or change. */
export function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (let line = 1; line <= one.length; line++) {
    const next = [line]
    for (let at = 1; at <= other.length; at++) {
      const change = (row[at - 1] ?? 0) + (one[line - 1] === other[at - 1] ? 0 : 1)
      next.push(Math.min(change, (row[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[other.length] ?? 0
}
