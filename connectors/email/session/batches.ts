// Brings mails in batches that fit into memory: the next one is fetched while the one before is being made safe.
import { readMail } from '../mime/pool.ts'
import { mailMaxBytes } from '../raw-mail.ts'
import type { Box, Head, Mail } from './box.ts'

/** One mail as it was found, or why it cannot be had whole. */
export interface Found {
  readonly head: Head
  readonly mail: Mail
  /** It was larger than is taken, and had so many bytes. */
  readonly cutFrom?: number
}
export interface Batch {
  readonly found: readonly Found[]
  /** Everything up to here was met or is gone. */
  readonly asked: readonly number[]
  /** What it needed beside memory is given back. */
  release(): void
}

const headsAtOnce = 500
const mailsAtOnce = 100
const bytesAtOnce = 2_000_000
/** A mail from this size on is fetched alone, and few of those at once. */
const largeBytes = 1_000_000

export type FetchOptions = {
  readonly box: Box
  /** A place for one large mail. */
  large(): Promise<() => void>
  /** Up to this UID one by one. */
  readonly carefulTo: number
  /** Of this one only the beginning. */
  readonly cut: number | null
}
/** What was being fetched when it went wrong. */
export class FetchFailed extends Error {
  readonly uids: readonly number[]
  constructor(uids: readonly number[], cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.name = 'FetchFailed'
    this.uids = uids
  }
}

export async function* batches(uids: readonly number[], options: FetchOptions): AsyncGenerator<Batch> {
  for (let at = 0; at < uids.length; at += headsAtOnce) {
    const asked = uids.slice(at, at + headsAtOnce)
    const heads = await options.box.heads(asked)
    const groups = grouped(heads, options.carefulTo)
    // All of them deleted meanwhile: said all the same, so that reading goes on behind them.
    if (groups.length === 0) yield { found: [], asked, release: () => undefined }
    for (const [n, group] of groups.entries()) {
      const upTo = n === groups.length - 1 ? Infinity : (group.at(-1)?.uid ?? 0)
      const after = groups[n - 1]?.at(-1)?.uid ?? 0
      const covered = asked.filter((uid) => uid > after && uid <= upTo)
      yield await fetched(group, covered, options)
    }
  }
}

function grouped(heads: readonly Head[], carefulTo: number): readonly (readonly Head[])[] {
  const groups: Head[][] = []
  let bytes = 0
  for (const head of heads.toSorted((one, other) => one.uid - other.uid)) {
    const last = groups.at(-1)
    const isAlone = head.uid <= carefulTo || head.size >= largeBytes
    const isFull =
      last === undefined || last.length >= mailsAtOnce || bytes + head.size > bytesAtOnce || bytes >= largeBytes * 1.5
    const isBehindOneAlone = last?.[0] !== undefined && (last[0].uid <= carefulTo || last[0].size >= largeBytes)
    if (isAlone || isFull || isBehindOneAlone) {
      groups.push([head])
      bytes = head.size
    } else {
      last.push(head)
      bytes += head.size
    }
  }
  return groups
}

async function fetched(group: readonly Head[], asked: readonly number[], options: FetchOptions): Promise<Batch> {
  const [first] = group
  const isLarge = (first?.size ?? 0) >= largeBytes
  const release = isLarge ? await options.large() : () => undefined
  try {
    if (first !== undefined && (first.size > mailMaxBytes || first.uid === options.cut)) {
      const mail = await options.box.beginning(first)
      if (mail === null) await refuseSilence([first], [], options.box)
      return { found: mail === null ? [] : [{ head: first, mail, cutFrom: first.size }], asked, release }
    }
    const mails = await options.box.mails(group)
    // Read while the batch before is being made safe. Large ones wait: read, they need their memory twice.
    for (const mail of mails) if (mail.bytes.byteLength < largeBytes) void readMail(mail.bytes)
    await refuseSilence(group, mails, options.box)
    const headOf = new Map(group.map((head) => [head.uid, head]))
    const found = mails.flatMap((mail) => {
      const head = headOf.get(mail.uid)
      return head === undefined ? [] : [{ head, mail }]
    })
    return { found, asked, release }
  } catch (error) {
    release()
    throw new FetchFailed(
      group.map((head) => head.uid),
      error,
    )
  }
}

/** A mail that is there, asked for, and not given is no deleted one: it must not be passed over. */
async function refuseSilence(group: readonly Head[], mails: readonly Mail[], box: Box): Promise<void> {
  const given = new Set(mails.map((mail) => mail.uid))
  const still = await box.heads(group.map((head) => head.uid).filter((uid) => !given.has(uid)))
  if (still.length > 0)
    throw Object.assign(new Error(`The server gave nothing readable of the mail ${still[0]?.uid}`), {
      code: 'InvalidResponse',
    })
}

/** One step ahead of whoever reads: a failure is met when its turn comes. */
export async function* ahead<T>(source: AsyncGenerator<T>): AsyncGenerator<T> {
  let next = source.next()
  try {
    for (;;) {
      const now = await next
      if (now.done === true) return
      next = source.next()
      next.catch(() => undefined)
      yield now.value
    }
  } finally {
    // What was fetched ahead and nobody will read gives back its place.
    next.then(
      ({ value }) => (value as { release?: () => void } | undefined)?.release?.(),
      () => undefined,
    )
  }
}
