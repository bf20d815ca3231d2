// RTF as mail programs write it: its words, or the HTML it was made of (MS-OXRTFEX). One pass; formats are passed over.
import { charsetOfPage, decoded } from './charset.ts'

export interface FromRtf {
  readonly html: string | null
  readonly text: string
}

/** Groups that hold no words of the body. */
const silent: ReadonlySet<string> = new Set(
  'fonttbl colortbl stylesheet info pict object header headerl headerr headerf footer footerl footerr footerf generator listtable listoverridetable revtbl themedata colorschememapping latentstyles datastore xmlnstbl rsidtbl fldinst bkmkstart bkmkend mmathPr filetbl author operator title subject'.split(
    ' ',
  ),
)
const characters: Readonly<Record<string, string>> = {
  par: '\n',
  line: '\n',
  sect: '\n',
  page: '\n',
  row: '\n',
  cell: '\t',
  tab: '\t',
  emdash: '—',
  endash: '–',
  bullet: '•',
  lquote: '‘',
  rquote: '’',
  ldblquote: '“',
  rdblquote: '”',
  emspace: ' ',
  enspace: ' ',
}
/** `\fcharset` of a font → what its bytes are in. */
const charsets: Readonly<Record<number, string>> = {
  128: 'shift_jis',
  129: 'euc-kr',
  134: 'gb18030',
  136: 'big5',
  161: 'windows-1253',
  162: 'windows-1254',
  163: 'windows-1258',
  177: 'windows-1255',
  178: 'windows-1256',
  186: 'windows-1257',
  204: 'windows-1251',
  222: 'windows-874',
  238: 'windows-1250',
}
const token = /\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)/g
const mostUnits = 4_000_000
const deepest = 500

interface Group {
  readonly isSilent: boolean
  /** A piece of the HTML this was made of. */
  readonly isTag: boolean
  /** Between `\htmlrtf` and `\htmlrtf0`: there for readers of RTF alone. */
  readonly isForRtf: boolean
  readonly font: number
  /** How many characters stand beside each `\u`, for programs that do not know it. */
  readonly beside: number
}
interface Reading {
  group: Group
  readonly above: Group[]
  readonly out: string[]
  length: number
  isHtml: boolean
  page: string
  readonly fonts: Map<number, string>
  isFontTable: boolean
  /** Characters still to be passed over. */
  skip: number
  /** Bytes that wait to be read together. */
  bytes: number[]
}

/** `rtf` has one character a byte. */
export function fromRtf(rtf: string): FromRtf {
  const group = { isSilent: false, isTag: false, isForRtf: false, font: -1, beside: 1 }
  const it: Reading = {
    group,
    above: [],
    out: [],
    length: 0,
    isHtml: false,
    page: 'windows-1252',
    fonts: new Map(),
    isFontTable: false,
    skip: 0,
    bytes: [],
  }
  const isNext = starts(rtf)
  for (const found of rtf.matchAll(token)) {
    if (it.length > mostUnits) break
    const [, word, number, hex, sign, brace, words] = found
    if (hex === undefined) flush(it)
    if (word !== undefined) control(it, word, number === undefined ? null : Number(number))
    else if (hex !== undefined) byte(it, parseInt(hex, 16))
    else if (sign !== undefined) symbol(it, sign)
    else if (brace === '{') open(it, isNext(found.index + 1))
    else if (brace === '}') close(it)
    else if (words !== undefined) plain(it, words)
  }
  flush(it)
  const said = it.out.join('')
  return it.isHtml ? { html: said, text: '' } : { html: null, text: said.replace(/\n{3,}/g, '\n\n').trim() }
}

/** What the group that opens here is for. */
const starts = (rtf: string) => (at: number) =>
  /^\s{0,4}(\\\*)?\s{0,4}\\([a-zA-Z]{1,32})/.exec(rtf.slice(at, at + 50))?.slice(1) as
    readonly [string | undefined, string] | undefined

function open(it: Reading, named: readonly [string | undefined, string] | undefined): void {
  if (it.above.length >= deepest) it.group = { ...it.group, isSilent: true }
  it.above.push(it.group)
  const [star, name] = named ?? [undefined, '']
  if (name === 'fonttbl') it.isFontTable = true
  const isTag = star !== undefined && name === 'htmltag'
  const isSilent = it.group.isSilent || silent.has(name) || (star !== undefined && !isTag && name !== 'shppict')
  it.group = { ...it.group, isTag: it.group.isTag || isTag, isSilent }
}
function close(it: Reading): void {
  it.group = it.above.pop() ?? it.group
  it.skip = 0
  if (!it.group.isSilent) it.isFontTable = false
}

function control(it: Reading, word: string, number: number | null): void {
  const { group } = it
  if (word === 'fromhtml') it.isHtml = number !== 0
  else if (word === 'htmlrtf') it.group = { ...group, isForRtf: number !== 0 }
  else if (word === 'ansicpg' && number !== null) it.page = charsetOfPage(number)
  else if (word === 'f' && number !== null) it.group = { ...group, font: number }
  else if (word === 'fcharset' && number !== null && it.isFontTable) {
    const charset = charsets[number]
    if (charset !== undefined && it.fonts.size < 500) it.fonts.set(group.font, charset)
  } else if (word === 'uc' && number !== null) it.group = { ...group, beside: Math.min(Math.max(number, 0), 10) }
  else if (word === 'u' && number !== null) {
    say(it, String.fromCharCode(number & 0xffff))
    it.skip = group.beside
  } else if (Object.hasOwn(characters, word)) say(it, it.isHtml && word === 'par' ? '\r\n' : characters[word]!)
}
function byte(it: Reading, value: number): void {
  if (it.skip > 0) it.skip -= 1
  else it.bytes.push(value)
}
function symbol(it: Reading, sign: string): void {
  if (it.skip > 0) it.skip -= 1
  else if (sign === '~') say(it, '\u00a0')
  else if (sign === '_') say(it, '-')
  else if (sign === '\n' || sign === '\r') say(it, '\n')
  else if ('{}\\'.includes(sign)) say(it, sign)
}
function plain(it: Reading, words: string): void {
  const left = words.slice(it.skip)
  it.skip = Math.max(0, it.skip - words.length)
  if (left === '') return
  // Raw bytes above 127 are written by some, though the format forbids it.
  say(it, /[\u0080-\u00ff]/.test(left) ? decoded(Buffer.from(left, 'latin1'), charsetNow(it)) : left)
}
const charsetNow = (it: Reading): string => it.fonts.get(it.group.font) ?? it.page

/** Characters of several bytes come as several escapes. */
function flush(it: Reading): void {
  if (it.bytes.length === 0) return
  const bytes = Uint8Array.from(it.bytes)
  it.bytes = []
  say(it, decoded(bytes, charsetNow(it)))
}
function say(it: Reading, text: string): void {
  const { isSilent, isTag, isForRtf } = it.group
  if (isSilent || (it.isHtml && isForRtf && !isTag)) return
  it.out.push(text)
  it.length += text.length
}
