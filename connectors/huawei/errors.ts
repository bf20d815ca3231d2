// AppGallery's codes, and what each means: for an answer that is sent, and for the poll (Huawei's table of return codes, 2026-11).
import type { Failed } from '../_shared/store-calls.ts'

type Means =
  | { readonly is: 'refused'; readonly word: string; readonly hint?: string }
  | { readonly is: 'down'; readonly hint: string }
  | { readonly is: 'token' }
  | { readonly is: 'unknown' }
  | { readonly is: 'empty' }
  | { readonly is: 'too-deep' }
  | { readonly is: 'duplicate' }
  | { readonly is: 'exists' }

const table: Readonly<Record<string, Means>> = {
  '50010003': { is: 'refused', word: 'bad_parameter' },
  '50010015': { is: 'duplicate' },
  '50010016': { is: 'too-deep' },
  '50010025': { is: 'empty' },
  '50010027': {
    is: 'down',
    hint: 'There is no such app: is appId the digits of AppGallery Connect, and the site right?',
  },
  '50010028': { is: 'down', hint: 'The app is not this developer’s, or not released yet.' },
  '50010029': { is: 'refused', word: 'not_legal', hint: 'Say it in other words.' },
  // Not created, or not told: the store is asked before it is tried again.
  '50010030': { is: 'unknown' },
  '50010034': { is: 'refused', word: 'bad_parameter' },
  '50010035': { is: 'refused', word: 'bad_parameter' },
  '50010037': { is: 'refused', word: 'review_gone', hint: 'The review is gone; it can no longer be answered.' },
  '50010040': { is: 'refused', word: 'bad_country', hint: 'A country is not one of this site.' },
  '50010059': { is: 'unknown' },
  '50010074': {
    is: 'refused',
    word: 'rejected',
    hint: 'Huawei’s review of contents did not let it pass: say it in other words.',
  },
  '50010077': { is: 'exists' },
  '50010146': { is: 'refused', word: 'bad_parameter' },
  '20770002': {
    is: 'down',
    hint: 'This developer is not on the allow-list of the Comments API. Apply for the Marketing API in AppGallery Connect first.',
  },
  '203890688': { is: 'down', hint: 'Look at clientId and clientSecret.' },
  '205524993': { is: 'token' },
}

/** Neighbours of the code for a dead token mean the same. */
export const meansOf = (code: string): Means | null =>
  table[code] ?? (/^20552499\d$/.test(code) ? { is: 'token' } : null)

/** What a code makes of a reply; `why` says the vendor's own words. */
export function outcomeOfCode(code: string, why: string): Failed {
  const means = meansOf(code)
  if (means === null) return { is: 'refused', code: code === '' ? 'vendor' : `vendor_${code}`, why }
  if (means.is === 'down') return { is: 'account-down', why: `${why}. ${means.hint}` }
  if (means.is === 'token')
    return { is: 'account-down', why: `${why}. The client must be an API client whose project is N/A, of this site.` }
  if (means.is === 'refused')
    return { is: 'refused', code: means.word, why: means.hint === undefined ? why : `${why}. ${means.hint}` }
  if (means.is === 'exists')
    return {
      is: 'refused',
      code: 'already_answered',
      why: `${why}. Another answer stands there that cannot be changed from here.`,
    }
  if (means.is === 'empty' || means.is === 'too-deep') return { is: 'refused', code: `vendor_${code}`, why }
  return { is: 'unknown', why }
}
