// The words of HTML, where there are no others: of a mail that came, of an answer that goes. One pass, so that nothing hostile makes it slow.

const breaks: ReadonlySet<string> = new Set(
  'address article aside blockquote br center dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section table tr ul'.split(
    ' ',
  ),
)
/** What stands in these is no text. */
const silent: ReadonlySet<string> = new Set(['style', 'script', 'head', 'title', 'template', 'noscript', 'xml'])
const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' }

export function textOfHtml(html: string): string {
  const out: string[] = []
  const endless = new Set<string>()
  let at = 0
  while (at < html.length) {
    const open = html.indexOf('<', at)
    out.push(open === -1 ? html.slice(at) : html.slice(at, open))
    if (open === -1) break
    at = afterTag(html, open, { out, endless })
  }
  return tidy(entities(out.join('')))
}

interface Sink {
  readonly out: string[]
  /** Tags whose end does not come any more. */
  readonly endless: Set<string>
}

/** Newlines of the source are spaces; those of tags are `\u0001` until the end. */
function afterTag(html: string, open: number, { out, endless }: Sink): number {
  if (html.startsWith('<!--', open)) return past(html, '-->', open + 4)
  const close = html.indexOf('>', open)
  if (close === -1) return html.length
  const name = /^<\/?\s*([a-zA-Z][a-zA-Z0-9]{0,20})/
    .exec(html.slice(open, Math.min(close, open + 40)))?.[1]
    ?.toLowerCase()
  if (name === undefined) {
    if (!/^<[!?/]/.test(html.slice(open, open + 2))) out.push('<')
    return /^<[!?/]/.test(html.slice(open, open + 2)) ? close + 1 : open + 1
  }
  if (silent.has(name) && html[open + 1] !== '/' && html[close - 1] !== '/')
    return closing(html, name, { from: close + 1, endless })
  if (breaks.has(name)) out.push('\u0001')
  else if (name === 'td' || name === 'th') out.push(' ')
  return close + 1
}

/** An opening without an end hides nothing: mails are cut off. It is looked for once, or many openings would each look to the end. */
function closing(
  html: string,
  name: string,
  { from, endless }: { readonly from: number; readonly endless: Set<string> },
): number {
  if (endless.has(name)) return from
  const found = new RegExp(`</${name}\\s*>`, 'gi')
  found.lastIndex = from
  if (found.exec(html) !== null) return found.lastIndex
  endless.add(name)
  return from
}
function past(html: string, end: string, from: number): number {
  const found = html.indexOf(end, from)
  return found === -1 ? html.length : found + end.length
}

const entities = (text: string): string =>
  text.replace(
    /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-zA-Z]{2,8}));?/g,
    (whole, dec?: string, hex?: string, name?: string) => {
      const code = dec !== undefined ? Number(dec) : hex !== undefined ? parseInt(hex, 16) : -1
      if (code >= 0)
        return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : '\ufffd'
      return (name !== undefined && Object.hasOwn(named, name) ? named[name] : latin(name)) ?? whole
    },
  )

/** Letters with marks, as `&uuml;` writes them: their base and what stands over it. */
const marks: Readonly<Record<string, string>> = {
  uml: '\u0308',
  acute: '\u0301',
  grave: '\u0300',
  circ: '\u0302',
  tilde: '\u0303',
  ring: '\u030a',
  cedil: '\u0327',
}
const symbols: Readonly<Record<string, string>> = {
  szlig: 'ß',
  oslash: 'ø',
  Oslash: 'Ø',
  aelig: 'æ',
  AElig: 'Æ',
  euro: '€',
  copy: '©',
  reg: '®',
  trade: '™',
  hellip: '…',
  mdash: '—',
  ndash: '–',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
  laquo: '«',
  raquo: '»',
  bull: '•',
  middot: '·',
  zwnj: '',
  zwj: '',
  shy: '',
  iexcl: '¡',
  iquest: '¿',
  deg: '°',
  pound: '£',
  thinsp: ' ',
  ensp: ' ',
  emsp: ' ',
}
function latin(name: string | undefined): string | undefined {
  if (name === undefined) return undefined
  if (Object.hasOwn(symbols, name)) return symbols[name]
  const mark = Object.hasOwn(marks, name.slice(1)) ? marks[name.slice(1)] : undefined
  return mark === undefined ? undefined : `${name[0]}${mark}`.normalize('NFC')
}

const tidy = (text: string): string =>
  text
    .split('\u0001')
    .map((it) => it.replace(/[\s\u00a0]+/g, ' ').trim())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
