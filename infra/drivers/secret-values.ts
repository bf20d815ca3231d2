// Remembers the secret values that were opened, and takes them out of any text in whatever spelling they got there.

export interface SecretValues {
  /** From now on `value` is `[secret]` in every line, also percent-encoded, in base64, in hex and inside JSON. */
  keepSecret(value: string): void
  /** The text up to there; a secret that only begins before is taken out whole: a cut through it would leave half. */
  redact(text: string, upTo?: number): string
}

export const secretMark = '[secret]'
/** Shorter values would blank out half of every line, and guard nothing. */
const shortestSecret = 4
/** What is left of a spelling when its ends depend on the neighbours must still be worth looking for. */
const shortestSpelling = 6

/** `most` bounds memory: the value that was longest not opened is forgotten first. */
export function makeSecretValues(most = 2_000): SecretValues {
  const spellingsOf = new Map<string, readonly string[]>()
  const index = makeIndex()
  return {
    keepSecret(value) {
      for (const part of partsOf(value)) {
        const known = spellingsOf.get(part)
        spellingsOf.delete(part)
        spellingsOf.set(part, known ?? spellings(part))
        if (!known) for (const spelling of spellingsOf.get(part) ?? []) index.add(spelling)
      }
      for (const [oldest, its] of spellingsOf) {
        if (spellingsOf.size <= most) break
        spellingsOf.delete(oldest)
        for (const spelling of its) index.remove(spelling)
      }
    },
    redact: (text, upTo = text.length) => index.redact(text.toWellFormed(), upTo),
  }
}

const ofThisProcess = makeSecretValues()
/** The registry every logger of this process looks into. */
export const secretValues: SecretValues = ofThisProcess
export const keepSecret = (value: string): void => ofThisProcess.keepSecret(value)

/** A PEM key or a service account's JSON is printed line by line or field by field, so its parts are secrets as well. */
function partsOf(value: string): readonly string[] {
  // Half a surrogate pair has no percent-encoding; what leaves the process has U+FFFD in its place.
  const whole = value.trim().toWellFormed()
  const lines = whole.includes('\n') ? whole.split('\n').map((line) => line.trim()) : []
  const parts = [whole, ...lines.filter((line) => line.length >= 16 && !line.startsWith('-----'))]
  if (whole.startsWith('{')) parts.push(...longStringsIn(whole))
  return parts.filter((part) => part.length >= shortestSecret)
}

function longStringsIn(json: string): readonly string[] {
  try {
    const fields = Object.entries(JSON.parse(json) as Record<string, unknown>)
    const secrets = fields.filter(([name]) => /key|secret|token|password/i.test(name) && !/uri|url$/i.test(name))
    return secrets.flatMap(([, value]) => (typeof value === 'string' && value.length >= 16 ? partsOf(value) : []))
  } catch {
    return [] // Only looked like JSON; the whole text is kept all the same.
  }
}

function spellings(value: string): readonly string[] {
  const percent = encodeURIComponent(value)
  const form = new URLSearchParams({ v: value }).toString().slice(2)
  const bytes = Buffer.from(value)
  const base64 = [0, 1, 2].map((offset) => base64At(bytes, offset))
  const all = [
    value,
    percent,
    form,
    lowerHex(percent),
    lowerHex(form),
    JSON.stringify(value).slice(1, -1),
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    ...base64.map((text) => encodeURIComponent(text)),
    bytes.toString('hex'),
  ]
  return [...new Set(all)].filter((text) => text === value || text.length >= shortestSpelling)
}

const lowerHex = (text: string): string => text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())

/** Base64 of `user:secret` shows the secret shifted: the characters that do not depend on the neighbours, for each shift. */
function base64At(bytes: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString('base64')
    .replace(/=+$/, '')
  const whole = Math.floor(((offset + bytes.length) * 8) / 6)
  return text.slice(offset === 0 ? 0 : offset + 1, whole)
}

/** Looks spellings up by their first characters, so that the price of a line does not grow with the number of secrets. */
function makeIndex() {
  const byStart = new Map<string, string[]>()
  return {
    add(spelling: string): void {
      const same = byStart.get(startOf(spelling)) ?? []
      byStart.set(
        startOf(spelling),
        [...same, spelling].sort((a, b) => b.length - a.length),
      )
    },
    remove(spelling: string): void {
      const same = byStart.get(startOf(spelling)) ?? []
      const at = same.indexOf(spelling)
      if (at < 0) return
      const left = same.toSpliced(at, 1)
      if (left.length > 0) byStart.set(startOf(spelling), left)
      else byStart.delete(startOf(spelling))
    },
    redact: (text: string, upTo: number): string =>
      byStart.size === 0 ? text.slice(0, upTo) : replaceIn(text, upTo, byStart),
  }
}

const startOf = (text: string, at = 0): string => text.slice(at, at + shortestSecret)

function replaceIn(text: string, upTo: number, byStart: ReadonlyMap<string, readonly string[]>): string {
  let clean = ''
  let from = 0
  for (let at = 0; at < upTo && at + shortestSecret <= text.length; at++) {
    const found = byStart.get(startOf(text, at))?.find((spelling) => text.startsWith(spelling, at))
    if (found === undefined) continue
    clean += text.slice(from, at) + secretMark
    from = at + found.length
    at = from - 1
  }
  return clean + text.slice(from, upTo)
}
