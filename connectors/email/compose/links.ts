// The words about files that went as links, in the customer's language, as text and as HTML from one source.
import type { Instant } from '../../../schemas/ids.ts'
import { escaped } from './escaped.ts'

export interface Links {
  readonly until: Instant
  readonly items: readonly { readonly name: string; readonly size: number | null; readonly url: string }[]
}

/** `{until}` is a day as the language writes it. A language that is not here reads English. */
const words = {
  en: {
    one: 'This file is too large for a mail. The link works until {until}:',
    many: 'These files are too large for a mail. The links work until {until}:',
  },
  tr: {
    one: 'Bu dosya bir e-posta için çok büyük. Bağlantı {until} tarihine kadar açılır:',
    many: 'Bu dosyalar bir e-posta için çok büyük. Bağlantılar {until} tarihine kadar açılır:',
  },
} as const
type Language = keyof typeof words

export function linksIn({ until, items }: Links, language: string): { readonly text: string; readonly html: string } {
  const known = (language.toLowerCase().split('-')[0] ?? 'en') as Language
  const spoken: Language = known in words ? known : 'en'
  const day = new Intl.DateTimeFormat(spoken, { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(until))
  const head = words[spoken][items.length === 1 ? 'one' : 'many'].replace('{until}', day)
  const sized = items.map((it) => ({
    ...it,
    label: it.size === null ? it.name : `${it.name} (${inMegabytes(it.size, spoken)})`,
  }))
  return {
    text: [head, ...sized.map((it) => `- ${it.label}\n  ${it.url}`)].join('\n'),
    html: `<p>${escaped(head)}</p>\n<ul>\n${sized.map((it) => `<li><a href="${escaped(it.url)}">${escaped(it.label)}</a></li>`).join('\n')}\n</ul>`,
  }
}

const inMegabytes = (bytes: number, language: Language): string =>
  `${new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(bytes / 1_000_000)} MB`
