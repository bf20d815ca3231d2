// Which charset these bytes are really in, whatever their label says, and how they become text (sheet 7.1).
import { isAscii, isUtf8 as isValidUtf8 } from 'node:buffer'

/** Labels as mails write them → names the decoder knows. */
const aliases: Readonly<Record<string, string>> = {
  'iso-8859-9': 'windows-1254',
  latin5: 'windows-1254',
  cp1254: 'windows-1254',
  'x-cp1254': 'windows-1254',
  'iso-8859-1': 'windows-1252',
  latin1: 'windows-1252',
  ascii: 'windows-1252',
  'us-ascii': 'windows-1252',
  'ansi_x3.4-1968': 'windows-1252',
  gb2312: 'gb18030',
  gbk: 'gb18030',
  'x-gbk': 'gb18030',
  cp936: 'gb18030',
  'ks_c_5601-1987': 'euc-kr',
  ksc5601: 'euc-kr',
  euc_kr: 'euc-kr',
  cp949: 'euc-kr',
  uhc: 'euc-kr',
  'iso-2022-jp-ms': 'iso-2022-jp',
  cp50221: 'iso-2022-jp',
  'x-sjis': 'shift_jis',
  'windows-31j': 'shift_jis',
  cp932: 'shift_jis',
  'iso-8859-8-i': 'windows-1255',
  'iso-8859-6': 'windows-1256',
  utf8: 'utf-8',
  utf_8: 'utf-8',
  'unicode-1-1-utf-8': 'utf-8',
  'unicode-1-1-utf-7': 'utf-7',
}

/** `Windows-1254; format` → `windows-1254`; null for a word nobody knows. */
export function charsetNamed(label: string | null): string | null {
  const bare =
    (label ?? '')
      .trim()
      .toLowerCase()
      .split(/[\s;"'*]/)[0] ?? ''
  if (bare === '') return null
  const name = Object.hasOwn(aliases, bare) ? aliases[bare]! : bare
  if (name === 'utf-7') return name
  try {
    return new TextDecoder(name).encoding
  } catch {
    return null
  }
}

/** Numbers as Windows gives them to code pages. */
export const charsetOfPage = (page: number): string =>
  page === 65_001
    ? 'utf-8'
    : page === 932
      ? 'shift_jis'
      : page === 936
        ? 'gb18030'
        : page === 949
          ? 'euc-kr'
          : page === 950
            ? 'big5'
            : `windows-${page}`

export const hasHighBytes = (bytes: Uint8Array): boolean => !isAscii(bytes)

/** At least one character of more than one byte, and none that is broken. */
export const isUtf8 = (bytes: Uint8Array): boolean => hasHighBytes(bytes) && isValidUtf8(bytes)

const singleByteWest: ReadonlySet<string> = new Set(['windows-1252'])
/** Letters of Turkish in windows-1254, where windows-1252 has Icelandic ones. */
const turkishLetters = [0xfd, 0xfe, 0xf0, 0xdd, 0xde, 0xd0]
/** Icelandic writes ð, þ and ý as well; what it writes a great deal and Turkish never is á, é, í, ó, ú, æ. */
const icelandicLetters = [0xe1, 0xe9, 0xed, 0xf3, 0xfa, 0xe6]

function looksTurkish(bytes: Uint8Array): boolean {
  let turkish = 0
  let other = 0
  for (const byte of bytes) {
    if (turkishLetters.includes(byte)) turkish += 1
    else if (icelandicLetters.includes(byte)) other += 1
  }
  return turkish > 0 && turkish > other
}

/** The charset to read these bytes by: UTF-8 where they are that, then the label, then what fits. */
export function charsetOf(bytes: Uint8Array, label: string | null): string {
  const named = charsetNamed(label)
  if (named === 'utf-7' || named === 'iso-2022-jp') return named
  if (named !== 'utf-16le' && named !== 'utf-16be' && isUtf8(bytes)) return 'utf-8'
  if (named !== null && named !== 'utf-8' && !singleByteWest.has(named)) return named
  if (!hasHighBytes(bytes)) return named ?? 'utf-8'
  return looksTurkish(bytes) ? 'windows-1254' : 'windows-1252'
}

/** Never throws: what cannot be read becomes U+FFFD. */
export function decoded(bytes: Uint8Array, charset: string): string {
  if (charset === 'utf-7') return decodeUtf7(Buffer.from(bytes).toString('latin1'))
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch {
    return new TextDecoder('windows-1252').decode(bytes)
  }
}

/** RFC 2152, as old Outlook writes it. */
export function decodeUtf7(text: string): string {
  return text.replace(/\+([A-Za-z0-9+/]*)-?/g, (_whole, inner: string) => {
    if (inner === '') return '+'
    const bytes = Buffer.from(inner, 'base64')
    const even = bytes.subarray(0, bytes.length - (bytes.length % 2))
    return new TextDecoder('utf-16be').decode(even)
  })
}
