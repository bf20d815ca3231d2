// What the vendor takes and how fast, as numbers with their source; capabilities, sending and the stand-in read the same ones.

/** Cloud API reference, message objects (sheet section 6, checked 2026-11). Counted in code points, as the vendor does not say. */
export const textMax = 4_096
export const captionMax = 1_024
export const buttonsMax = { count: 3, title: 20, id: 256, body: 1_024, footer: 60, header: 60 } as const
export const listMax = {
  button: 20,
  sections: 10,
  rows: 10,
  rowId: 200,
  rowTitle: 24,
  rowDescription: 72,
  sectionTitle: 24,
  body: 4_096,
} as const
/** Our key goes whole into `biz_opaque_callback_data`. */
export const callbackDataMax = 512

export type MediaKind = 'image' | 'audio' | 'video' | 'sticker' | 'document'
interface FileRule {
  readonly type: string
  readonly maxBytes: number
  readonly as: MediaKind
}
const megabytes = (count: number): number => count * 1_024 * 1_024
/**
 * First match wins (sheet section 7, checked 2026-11). What the vendor does not show as a picture, sound or film goes as a document,
 * which may be of any type. Static stickers may have 100 KB, animated ones 500 KB; which one a file is only the vendor looks at.
 */
export const fileRules: readonly FileRule[] = [
  ...['image/jpeg', 'image/png'].map((type) => ({ type, maxBytes: megabytes(5), as: 'image' as const })),
  { type: 'image/webp', maxBytes: 500 * 1_024, as: 'sticker' },
  ...['audio/aac', 'audio/amr', 'audio/mpeg', 'audio/mp4', 'audio/ogg'].map((type) => ({
    type,
    maxBytes: megabytes(16),
    as: 'audio' as const,
  })),
  ...['video/mp4', 'video/3gpp'].map((type) => ({ type, maxBytes: megabytes(16), as: 'video' as const })),
  { type: '*', maxBytes: megabytes(100), as: 'document' },
]
/** One reply is one vendor message and has one outcome, so it carries one file; the text becomes its caption. */
export const filesInOneReply = 1
/** Part kinds a reply may carry, one at a time. */
export const partsOut = ['location', 'contacts', 'interactive', 'reaction'] as const
export const incomingFileMaxBytes = megabytes(100)

/** Buckets (sheet section 7): 80 a second for a number; for a pair 45 at once, then one each 6 s. */
export const sendLimits = [
  { scope: 'account', max: 80, perSeconds: 1 },
  { scope: 'recipient', max: 45, perSeconds: 270 },
] as const
