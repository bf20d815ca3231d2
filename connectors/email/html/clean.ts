// A mail's HTML made harmless: an allow-list of tags, attributes and styles; nothing runs, nothing is fetched until somebody asks (S11).
import sanitize from 'sanitize-html'
import { textOfHtml } from '../../../core/rules/html-text.ts'

export interface CleanHtml {
  readonly html: string
  /** Images at other addresses, which stay off: each would tell its sender that the mail was read. */
  readonly remoteImages: number
  /** Content ids of files that it shows. */
  readonly cids: readonly string[]
}

const longest = 1_000_000
const deepest = 500

const size = /^\d{1,5}(?:\.\d{1,3})?(?:px|pt|em|rem|%)?$/
const colour = /^(?:#[0-9a-f]{3,8}|[a-z]{3,30}|rgba?\([\d\s.,%]{1,40}\))$/i
const sides = /^(?:\d{1,4}(?:\.\d{1,3})?(?:px|pt|em|rem|%)?(?:\s+|$)){1,4}$/
const border = /^[a-z0-9#.\s]{1,60}$/i
const styles: Readonly<Record<string, readonly RegExp[]>> = {
  color: [colour],
  'background-color': [colour],
  'font-size': [size, /^(?:xx-small|x-small|small|medium|large|x-large|xx-large|smaller|larger)$/],
  'font-weight': [/^(?:normal|bold|bolder|lighter|\d{3})$/],
  'font-style': [/^(?:normal|italic|oblique)$/],
  'font-family': [/^[\w\s"',-]{1,200}$/],
  'text-align': [/^(?:left|right|center|justify|start|end)$/],
  'text-decoration': [/^(?:none|underline|line-through|overline)$/],
  'vertical-align': [/^(?:top|middle|bottom|baseline|sub|super)$/],
  'line-height': [size, /^normal$/],
  'white-space': [/^(?:normal|pre|pre-wrap|pre-line|nowrap)$/],
  width: [size],
  'max-width': [size],
  height: [size],
  margin: [sides],
  'margin-left': [size],
  padding: [sides],
  'padding-left': [size],
  border: [border],
  'border-left': [border],
  'border-top': [border],
  'border-collapse': [/^(?:collapse|separate)$/],
  direction: [/^(?:ltr|rtl)$/],
}
const tags =
  'a abbr address article aside b bdi bdo blockquote br caption center cite code col colgroup dd del details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark ol p pre q s samp section small span strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr'.split(
    ' ',
  )

/** Each declaration stands by itself or goes: a name and a value of the list, without anything that could end one or call a function. */
function cleanStyle(style: string): string {
  const kept = style
    .slice(0, 10_000)
    .split(';')
    .flatMap((declaration) => {
      const at = declaration.indexOf(':')
      const name = declaration.slice(0, Math.max(0, at)).trim().toLowerCase()
      const value = declaration
        .slice(at + 1)
        .trim()
        .slice(0, 300)
        .replace(/\s{0,20}!\s{0,20}important$/i, '')
      const rules = Object.hasOwn(styles, name) ? styles[name]! : []
      return rules.some((rule) => rule.test(value)) ? [`${name}:${value}`] : []
    })
  return kept.join(';')
}
function withCleanStyle({ style, ...rest }: sanitize.Attributes): sanitize.Attributes {
  const kept = style === undefined ? '' : cleanStyle(style)
  return kept === '' ? rest : { ...rest, style: kept }
}

/** What may stay, as the library wants it. */
const allowed: sanitize.IOptions = {
  allowedTags: tags,
  allowedAttributes: {
    '*': ['style', 'dir', 'lang', 'align', 'title'],
    a: ['href', 'name', 'rel', 'target'],
    img: ['src', 'alt', 'width', 'height', 'data-remote-src'],
    font: ['color', 'size', 'face'],
    table: ['width', 'border', 'cellpadding', 'cellspacing', 'bgcolor'],
    td: ['colspan', 'rowspan', 'width', 'height', 'valign', 'bgcolor'],
    th: ['colspan', 'rowspan', 'width', 'height', 'valign', 'bgcolor'],
    tr: ['valign', 'bgcolor'],
    ol: ['start', 'type'],
    col: ['width', 'span'],
  },
  // Styles are looked at below, before it sees them: it would parse each as a sheet.
  parseStyleAttributes: false,
  allowedSchemes: ['http', 'https', 'mailto', 'tel'],
  allowedSchemesByTag: { img: ['cid'] },
  allowedSchemesAppliedToAttributes: ['href', 'src', 'cite'],
  allowProtocolRelative: false,
  disallowedTagsMode: 'discard',
  nonTextTags: [
    'script',
    'style',
    'textarea',
    'option',
    'noscript',
    'title',
    'xml',
    'svg',
    'math',
    'template',
    'iframe',
    'object',
    'noembed',
    'noframes',
    'plaintext',
    'xmp',
  ],
  nestingLimit: deepest,
  enforceHtmlBoundary: false,
}

/** Of what we send ourselves images may lie anywhere: who writes it chose them. */
const allowedOut: sanitize.IOptions = { ...allowed, allowedSchemesByTag: { img: ['cid', 'http', 'https'] } }

export function cleanHtml(dirty: string, remote: 'off' | 'shown' = 'off'): CleanHtml {
  if (dirty.length > longest || depthOf(dirty) > deepest) return asText(dirty)
  let remoteImages = 0
  const cids = new Set<string>()
  const image = (tag: string, attribs: sanitize.Attributes): sanitize.Tag => {
    // An image that was put off before stays off and counts; beside a source of its own nothing else is kept.
    const { src, 'data-remote-src': off, ...rest } = attribs
    const address = (src ?? off ?? '').trim()
    if (/^cid:/i.test(address)) {
      cids.add(address.slice(4))
      return { tagName: tag, attribs: { ...rest, src: address } }
    }
    if (!/^(?:https?:)?\/\//i.test(address)) return { tagName: tag, attribs: rest }
    if (remote === 'shown') return { tagName: tag, attribs: { ...rest, src: address } }
    remoteImages += 1
    return { tagName: tag, attribs: { ...rest, 'data-remote-src': address.slice(0, 2_000) } }
  }
  const html = sanitize(dirty, {
    ...(remote === 'shown' ? allowedOut : allowed),
    transformTags: {
      // Of every tag, also those that have a line of their own.
      '*': (tag, attribs) => ({ tagName: tag, attribs: withCleanStyle(attribs) }),
      img: image,
      a: (tag, attribs) => ({
        tagName: tag,
        attribs: { ...attribs, rel: 'noopener noreferrer nofollow', target: '_blank' },
      }),
    },
  })
  return { html, remoteImages, cids: [...cids] }
}

/** What is too large or too deep to be cleaned in good time is shown as its words; the bytes of the mail keep the rest. */
const asText = (dirty: string): CleanHtml => ({
  html: `<pre>${escaped(textOfHtml(dirty.slice(0, 2 * longest)).slice(0, longest))}</pre>`,
  remoteImages: 0,
  cids: [],
})
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** Openings less endings, at most: an upper bound is enough. */
function depthOf(html: string): number {
  let depth = 0
  let most = 0
  for (let at = html.indexOf('<'); at !== -1; at = html.indexOf('<', at + 1)) {
    const next = html[at + 1] ?? ''
    if (next === '/') depth = Math.max(0, depth - 1)
    else if (
      /[a-zA-Z]/.test(next) &&
      !/^(?:br|img|hr|input|meta|link|col|wbr|area)\b/i.test(html.slice(at + 1, at + 7))
    )
      depth += 1
    most = Math.max(most, depth)
  }
  return most
}
