// Which files of an answer go along, and which go as links because they would make the mail too large (D25, sheet section 6).
import { isGatewayError, isOfTheWorld } from '../../../core/errors.ts'
import type { Edges, OutboundMessage, SendOutcome } from '../../../core/ports/channel.ts'
import type { Attachment } from '../../../schemas/message.ts'
import type { Instant } from '../../../schemas/ids.ts'
import type { Settings } from '../settings.ts'
import type { File } from './build.ts'
import type { Links } from './links.ts'

type Failed = Exclude<SendOutcome, { is: 'sent' }>
export interface Packed {
  readonly files: readonly File[]
  readonly links: Links | null
}

export const megabyte = 1_000_000
const dayMs = 24 * 3600 * 1000
/** Base64 makes four bytes of three, and breaks lines. */
const encoded = (bytes: number): number => Math.ceil((bytes * 4) / 3) * 1.03

export const mostBytes = (of: Settings): number => (of.attachMaxMegabytes ?? 18) * megabyte
export const linkDays = (of: Settings): number => of.linkDays ?? 30

/** In their order: each that still fits goes along, the others as links. */
export function shared(attachments: readonly Attachment[], most: number) {
  let sum = 0
  const along: Attachment[] = []
  const linked: Attachment[] = []
  for (const file of attachments) {
    const bytes = encoded(file.size ?? 0)
    if (sum + bytes > most) linked.push(file)
    else {
      sum += bytes
      along.push(file)
    }
  }
  return { along, linked }
}

export async function packed(
  message: OutboundMessage,
  settings: Settings,
  edges: Edges,
  most: number,
): Promise<Packed | Failed> {
  const { along, linked } = shared(message.attachments, most)
  const files: File[] = []
  for (const file of along) {
    const read = await fileOf(file, edges)
    if ('is' in read) return read
    files.push(read)
  }
  if (linked.length === 0) return { files, links: null }
  const links = await linksTo(linked, settings, edges)
  return 'is' in links ? links : { files, links }
}

async function fileOf({ name, type, source }: Attachment, edges: Edges): Promise<File | Failed> {
  if (!('blob' in source)) return { is: 'refused', code: 'file_missing', why: `The file ${name} is not stored here` }
  try {
    return { filename: name, contentType: type, content: Buffer.from(await edges.file(source.blob)) }
  } catch (error) {
    if (isOfTheWorld(error))
      return { is: 'try-later', afterSeconds: 30, scope: 'message', why: `The file ${name} cannot be read for now` }
    if (!isGatewayError(error)) throw error
    return { is: 'refused', code: 'file_missing', why: `The file ${name} is no longer stored here` }
  }
}

async function linksTo(files: readonly Attachment[], settings: Settings, edges: Edges): Promise<Links | Failed> {
  const until = new Date(Date.parse(edges.clock.now()) + linkDays(settings) * dayMs).toISOString() as Instant
  const items: Links['items'][number][] = []
  for (const { id, name, size, source } of files) {
    if (!('blob' in source)) return { is: 'refused', code: 'file_missing', why: `The file ${name} is not stored here` }
    const url = await edges.linkTo(id, until)
    if (url === null) return nobodyCouldOpen(name, settings)
    items.push({ name, size, url })
  }
  return { until, items }
}

const nobodyCouldOpen = (name: string, settings: Settings): Failed => ({
  is: 'refused',
  code: 'too_large',
  why: `The file ${name} does not fit into the mail (${mostBytes(settings) / megabyte} MB as encoded), and as a link nobody could open it: this gateway has no address the world reaches it by. Set INLET_PUBLIC_URL, or send the files in several answers.`,
})
