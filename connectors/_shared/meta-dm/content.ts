// What a private message says: its text, its parts and its files (D42). What this build does not know is still a message.
import type { Incoming, IncomingFile } from '../../../core/ports/channel.ts'
import { cleanFileName, generatedName } from '../../../core/rules/file-name.ts'
import type { Part } from '../../../schemas/message.ts'
import { field, idAt, isObject, listAt, objectAt, present, textAt, type Json } from '../read-json.ts'
import { unread, type Unread } from '../unread.ts'

export type Content = Pick<Incoming, 'text' | 'parts' | 'attachments'>
export const says = (text: string, ...parts: readonly Part[]): Content => ({ text, parts, attachments: [] })
type Piece = Pick<Content, 'parts' | 'attachments'>
const onlyPart = (part: object): Piece => ({ parts: [part as Part], attachments: [] })

export function contentOf(message: Json): Content | Unread {
  const text = field(message, 'text')
  if (text !== undefined && typeof text !== 'string') return unread('.text', 'its text is no text')
  const attachments = field(message, 'attachments')
  if (attachments !== undefined && !Array.isArray(attachments)) return unread('.attachments', 'it is not a list')
  const pieces = [...answered(message), ...onceEach(message).map(pieceOf), ...around(message)]
  const parts = pieces.flatMap((it) => it.parts)
  const files = pieces.flatMap((it) => it.attachments)
  const bare = (text ?? '') === '' && parts.length === 0 && files.length === 0
  const empty = { kind: 'unsupported', type: 'empty', why: 'It came without text, file or anything else.' } as Part
  return { text: text ?? '', parts: bare ? [empty] : parts, attachments: files }
}

/** A tapped quick reply: the payload is what rules match, the text is what the agent sees. */
function answered(message: Json): readonly Piece[] {
  const id = textAt(objectAt(message, 'quick_reply'), 'payload')
  const title = textAt(message, 'text')
  return id === undefined ? [] : [onlyPart({ kind: 'answer', of: 'quick_reply', id, ...present({ title }) })]
}

/** For some weeks of 2026 one sticker came twice, as itself and as an image of the same `sticker_id` (sheet 3.3): once is enough. */
function onceEach(message: Json): readonly unknown[] {
  const all = listAt(message, 'attachments')
  const stickers = new Set(all.filter((it) => isObject(it) && it['type'] === 'sticker').map(stickerOf))
  return all.filter((it) => {
    const sticker = stickerOf(it)
    return sticker === undefined || !isObject(it) || it['type'] === 'sticker' || !stickers.has(sticker)
  })
}
const stickerOf = (attachment: unknown): string | undefined =>
  isObject(attachment) ? idAt(objectAt(attachment, 'payload'), 'sticker_id') : undefined

/** Media types by the vendor's word; the true type is found in the bytes once they are here. */
const files: Readonly<Record<string, string>> = {
  image: 'image/jpeg',
  audio: 'audio/mp4',
  video: 'video/mp4',
  file: 'application/octet-stream',
}
/** Posts of others that the customer points at: shown as links, not kept as files. */
const shared: ReadonlySet<string> = new Set(['share', 'post', 'reel', 'ig_post', 'ig_reel', 'media'])
const stories: ReadonlySet<string> = new Set(['story', 'ig_story', 'story_mention'])

function pieceOf(attachment: unknown): Piece {
  const type = textAt(attachment, 'type') ?? 'unknown'
  const payload = objectAt(attachment, 'payload')
  const url = textAt(payload, 'url')
  const title = textAt(payload, 'title') ?? textAt(attachment, 'title')
  if (type === 'sticker') return stickerPiece(payload, url)
  if (Object.hasOwn(files, type) && url !== undefined) return filePiece(type, url)
  if (stories.has(type)) return storyPiece(type === 'story_mention' ? 'mention' : 'share', payload)
  if (shared.has(type)) return onlyPart({ kind: 'share', of: type, ...present({ url, title, id: sharedId(payload) }) })
  if (type === 'fallback')
    return onlyPart({ kind: 'link', ...present({ url: url ?? textAt(attachment, 'url'), title }) })
  if (type === 'template')
    return onlyPart({ kind: 'template', ...present({ title, of: textAt(payload, 'template_type') }) })
  const why = Object.hasOwn(files, type)
    ? 'The vendor gave no address to fetch it by.'
    : 'This kind of content is not known yet; its bytes are kept.'
  return onlyPart({ kind: 'unsupported', type, why, ...present({ url }) })
}
const sharedId = (payload: Json | undefined): string | undefined =>
  idAt(payload, 'ig_post_media_id') ?? idAt(payload, 'reel_video_id') ?? idAt(payload, 'id')

const atVendor = (url: string, type: string): IncomingFile['source'] => ({ atVendor: JSON.stringify({ url, type }) })

/** The address is signed and ends: it is fetched right after the message. Its last word is the file's name where it has an ending. */
function filePiece(kind: string, url: string): Piece {
  const type = files[kind]!
  const last = URL.parse(url)?.pathname.split('/').at(-1) ?? ''
  const named = kind === 'file' && /\.[A-Za-z0-9]{1,8}$/.test(last) ? last : undefined
  const name = cleanFileName(named, kind === 'file' ? 'file' : generatedName(kind, type))
  return { parts: [], attachments: [{ name, type, source: atVendor(url, type) }] }
}

function stickerPiece(payload: Json | undefined, url: string | undefined): Piece {
  const part = { kind: 'sticker', ...present({ id: idAt(payload, 'sticker_id') }) } as Part
  const type = 'image/png'
  return {
    parts: [part],
    attachments: url === undefined ? [] : [{ name: generatedName('sticker', type), type, source: atVendor(url, type) }],
  }
}

/** A story's media may not be stored, and its address dies with it after a day: it is shown by its live address or not at all. */
function storyPiece(of: string, story: Json | undefined): Piece {
  const url = textAt(story, 'url')
  const part = { kind: 'story', of, ...present({ id: idAt(story, 'id') }) } as Part
  const live: IncomingFile[] =
    url === undefined ? [] : [{ name: 'story', type: 'application/octet-stream', source: { live: url } }]
  return { parts: [part], attachments: live }
}

function around(message: Json): readonly Piece[] {
  const story = objectAt(objectAt(message, 'reply_to'), 'story')
  const referral = objectAt(message, 'referral')
  const unsupported = field(message, 'is_unsupported') === true
  const why = 'The vendor does not hand over this kind of message; it can be seen in the app.'
  return [
    ...(story === undefined ? [] : [storyPiece('reply', story)]),
    ...(unsupported ? [onlyPart({ kind: 'unsupported', type: 'unsupported', why })] : []),
    ...(referral === undefined ? [] : [onlyPart(referralPart(referral))]),
  ]
}

/** What brought them: an advertisement, a link, a code (sheets 3.3, checked 2026-11). */
export function referralPart(referral: Json): Part {
  const ad = objectAt(referral, 'ads_context_data')
  const said = {
    source: textAt(referral, 'source'),
    type: textAt(referral, 'type'),
    ref: textAt(referral, 'ref'),
    adId: idAt(referral, 'ad_id'),
    headline: textAt(ad, 'ad_title'),
    imageUrl: textAt(ad, 'photo_url'),
    videoUrl: textAt(ad, 'video_url'),
    postId: idAt(ad, 'post_id'),
  }
  return { kind: 'referral', ...present(said) } as Part
}
