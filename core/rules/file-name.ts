// Makes a label of a file name that came with data: no path, no control or bidi characters, bounded, never empty (S13).

const maxLength = 120
/** Control, format (bidi overrides, zero width), line separators, private use, lone surrogates, and what some systems read as syntax. */
const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}<>:"|?*]/gu
/** Device names of Windows, with or without an extension. */
const reserved = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|$)/i

const extensions: Readonly<Record<string, string>> = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/webp': 'webp',
  'image/gif': 'gif',
  'video/mp4': 'mp4',
  'video/3gpp': '3gp',
  'audio/ogg': 'ogg',
  'audio/mpeg': 'mp3',
  'audio/mp4': 'm4a',
  'audio/aac': 'aac',
  'audio/amr': 'amr',
  'application/pdf': 'pdf',
  'text/plain': 'txt',
}

/** A label for what came without a name: `image.jpg`. */
export function generatedName(what: string, type: string): string {
  const bare = type.split(';')[0]!.trim().toLowerCase()
  return `${what}.${Object.hasOwn(extensions, bare) ? extensions[bare] : 'bin'}`
}

/** The name as a person may see it, or `instead` where nothing of it is left. The ending survives the cut: it says what the file is. */
export function cleanFileName(name: string | undefined, instead: string): string {
  const last = (name ?? '').slice(0, 4_000).split(/[/\\]/).at(-1)!
  const shown = last
    .replace(unsafe, '')
    .replace(/\s+/g, ' ')
    .replace(/^[ .]+|[ .]+$/g, '')
    .normalize('NFC')
  if (shown === '') return instead
  return bounded(reserved.test(shown) ? `_${shown}` : shown)
}
function bounded(name: string): string {
  const points = [...name]
  if (points.length <= maxLength) return name
  const ending = /\.[^. ]{1,12}$/.exec(name)?.[0] ?? ''
  return (
    points
      .slice(0, maxLength - [...ending].length)
      .join('')
      .trimEnd() + ending
  )
}
