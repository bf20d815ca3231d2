// Where reading stands in one folder: how far, what was missing on the way, and what is in doubt. Pure; kept as text.
import type { Instant } from '../../../schemas/ids.ts'

/** Whose folder it is: the settings may name another mailbox tomorrow. */
export interface Mailbox {
  readonly address: string
  /** Who logs in, and where. */
  readonly login: string
}
export interface Place {
  /** Absent in what an older release kept. */
  readonly of?: Mailbox
  /** Another one means that every UID is void. */
  readonly uidValidity: string
  readonly lastUid: number
  /** UIDs up to `lastUid` that were not there when we looked: one may become visible late. */
  readonly holes: readonly number[]
  /** What CONDSTORE said last: where it stands still, nothing became visible either. */
  readonly modseq: string | null
  /** Mail that arrived before is none of ours; null: everything is. */
  readonly from: Instant | null
  readonly seenAt: Instant
  readonly back?: LookBack
  /** A fetch of these ended badly so many times: they are fetched one by one. `cut`: of this one only the beginning is asked for. */
  readonly doubt?: { readonly uid: number; readonly to: number; readonly tries: number; readonly cut?: true }
}

/** Old mail that is being read: what the first connection was asked for, or, when the UIDs changed, what was read before them (`again`). */
export interface LookBack {
  readonly to: number
  readonly since: Instant
  readonly of: number
  readonly done: number
  readonly again?: true
}

/** So far below the newest UID a late one is looked for. */
const lateWindow = 200

export const placeKey = (folder: string): string => `folder ${folder}`

export const placeText = ({ holes, ...place }: Place): string => JSON.stringify({ ...place, holes: rangesOf(holes) })

/** Null for what cannot be read: the folder is then begun anew, as after a changed UIDVALIDITY. */
export function placeOf(text: string | null): Place | null {
  if (text === null) return null
  try {
    const read = JSON.parse(text) as Omit<Place, 'holes'> & { readonly holes: string }
    return { ...read, holes: uidsIn(read.holes) }
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** Nothing of another mailbox was read yet. Under its own address it is the same one, however it is reached: it may have moved. */
export const isOfAnother = ({ of }: Place, now: Mailbox): boolean =>
  of !== undefined && of.login !== now.login && of.address !== now.address

/** UIDs mean what they meant. Servers give many mailboxes one UIDVALIDITY, and one that was set up anew from a copy keeps it and counts from below. */
export const holdsFor = (
  { of, uidValidity, lastUid }: Place,
  at: { readonly uidValidity: string; readonly uidNext: number },
  now: Mailbox,
): boolean =>
  uidValidity === at.uidValidity &&
  (of === undefined || of.login === now.login) &&
  (at.uidNext === 0 || at.uidNext > lastUid)

/** Reading went on to `lastUid` and met `uids`; what lies between and was not met is a hole. */
export function advanced(place: Place, uids: readonly number[], lastUid: number): Place {
  const met = new Set(uids)
  const floor = lastUid - lateWindow
  const holes = place.holes.filter((uid) => uid > floor && !met.has(uid))
  for (let uid = Math.max(place.lastUid, floor) + 1; uid <= lastUid; uid += 1) if (!met.has(uid)) holes.push(uid)
  return { ...place, lastUid, holes }
}

/** The place without what was settled: `uids` were read, whatever `lastUid` says. */
export const filled = (place: Place, uids: readonly number[]): Place => {
  const met = new Set(uids)
  return { ...place, holes: place.holes.filter((uid) => !met.has(uid)) }
}

/** `1:3,7` of 1, 2, 3, 7: what IMAP calls a sequence set. */
export function rangesOf(uids: readonly number[]): string {
  const sorted = [...uids].toSorted((one, other) => one - other)
  const ranges: [number, number][] = []
  for (const uid of sorted) {
    const last = ranges.at(-1)
    if (last !== undefined && uid <= last[1] + 1) last[1] = Math.max(uid, last[1])
    else ranges.push([uid, uid])
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}:${to}`)).join(',')
}
export function uidsIn(ranges: string): number[] {
  if (ranges === '') return []
  return ranges.split(',').flatMap((range) => {
    const [from = 0, to = from] = range.split(':').map(Number)
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, n) => from + n)
  })
}
