// The files of a message or a post, however its feed names them.
import type { IncomingFile } from '../../../core/ports/channel.ts'
import { cleanFileName } from '../../../core/rules/file-name.ts'
import { isObject, listAt, numberAt, objectAt, textAt, type Json } from '../../_shared/read-json.ts'
import type { Scene } from './scene.ts'

const types: Readonly<Record<string, string>> = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  gif: 'image/gif',
  mp4: 'video/mp4',
}

/** A file that is only an address; null: the vendor gave none, so there is nothing to fetch. */
function fileAt(address: string | undefined, kind: string): IncomingFile | null {
  const url = address === undefined ? null : URL.parse(address)
  if (url === null || !/^https?:$/.test(url.protocol)) return null
  const last = url.pathname.split('/').at(-1) ?? ''
  const ending = /\.([a-z0-9]{2,5})$/i.exec(last)?.[1]?.toLowerCase() ?? url.searchParams.get('format') ?? ''
  const guess = kind === 'photo' ? 'image/jpeg' : 'video/mp4'
  const type = Object.hasOwn(types, ending) ? types[ending]! : guess
  return { name: cleanFileName(last, kind), type, source: { atVendor: url.href } }
}

/** Of a film the best version that is one file; lists of pieces (m3u8) are none. */
function bestVariant(variants: readonly unknown[]): string | undefined {
  const films = variants.filter((it) => (textAt(it, 'content_type') ?? 'video/mp4') === 'video/mp4')
  const best = films.toSorted((a, b) => rateOf(b) - rateOf(a))[0]
  return textAt(best, 'url')
}
const rateOf = (variant: unknown): number => numberAt(variant, 'bitrate') ?? numberAt(variant, 'bit_rate') ?? 0

/** Account activity writes the whole of it into the item. */
export function fileOfEntity(media: Json): IncomingFile | null {
  const kind = textAt(media, 'type') ?? 'file'
  const film = bestVariant(listAt(objectAt(media, 'video_info'), 'variants'))
  return fileAt(film ?? textAt(media, 'media_url_https') ?? textAt(media, 'media_url'), kind)
}
/** The API names keys, and says beside the items what they are. */
export function fileOfKey(key: string, scene: Scene): IncomingFile | null {
  const media = scene.media(key)
  if (media === undefined) return null
  const film = bestVariant(listAt(media, 'variants'))
  return fileAt(film ?? textAt(media, 'url') ?? textAt(media, 'preview_image_url'), textAt(media, 'type') ?? 'file')
}

export const entityFiles = (list: readonly unknown[]): readonly IncomingFile[] =>
  list.flatMap((it) => {
    const file = isObject(it) ? fileOfEntity(it) : null
    return file === null ? [] : [file]
  })
export const keyFiles = (keys: readonly unknown[], scene: Scene): readonly IncomingFile[] =>
  keys.flatMap((key) => {
    const file = typeof key === 'string' ? fileOfKey(key, scene) : null
    return file === null ? [] : [file]
  })
